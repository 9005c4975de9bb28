"""Runs of guided help: the service, the API and the pages."""
