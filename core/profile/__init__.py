"""What a file or a data set nobody has described looks like, and the config that follows."""
