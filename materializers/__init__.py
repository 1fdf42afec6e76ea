"""How our artifacts are stored."""
