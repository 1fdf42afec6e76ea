"""Component flavors of Gatehouse."""
