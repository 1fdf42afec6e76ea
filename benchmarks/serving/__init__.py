"""Our service against its peers: the same model, the same texts, the same machine, in turns."""
