"""Guided help: one player for trees that somebody wrote and for questions that are asked from the cases."""
