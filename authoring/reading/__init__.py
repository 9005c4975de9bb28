"""Read and understood: who was asked to read what, and who has."""
