"""What is learned from questions."""
