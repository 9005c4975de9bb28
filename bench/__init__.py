"""Benchmarks that anybody can repeat, side by side with peers from PyPI."""
