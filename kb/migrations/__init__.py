"""Numbered, small migrations with one head."""
