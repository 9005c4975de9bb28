"""Decision trees that people write: their nodes, how they are checked, run, read and written."""
