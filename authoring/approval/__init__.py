"""Approval: workflows, reviews and their decisions, the desk, the content standard."""
