"""Telling people: notices, and mails made of them."""
