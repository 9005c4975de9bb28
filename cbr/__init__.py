"""Case-based reasoning: cases, similarity, guided help, learning."""
