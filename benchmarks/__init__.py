"""Commands that print ratios against a peer, measured in one run."""
