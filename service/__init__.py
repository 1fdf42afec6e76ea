"""The BentoML service: an HTTP API over one pinned, verified model."""
