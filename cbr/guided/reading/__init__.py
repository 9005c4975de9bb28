"""Facts read out of sentences."""
