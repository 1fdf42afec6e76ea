"""The services that ours is measured against, each as people write it."""
