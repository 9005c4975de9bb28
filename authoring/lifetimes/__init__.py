"""Lifetimes: what a kind lasts, what expires and when, reminders, renewals."""
