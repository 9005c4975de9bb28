"""What was asked and what became of it: the gap report, and what it teaches the order of results."""
