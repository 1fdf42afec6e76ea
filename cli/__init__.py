"""The command line: thin commands over pipelines, adapters and core."""
