"""Meaning beside words: texts as vectors, and the nearest of them."""
