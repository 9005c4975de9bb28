"""Writing: working copies, merging, history, comments, suggestions, how articles hang together."""
