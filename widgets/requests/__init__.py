"""Requests: what customers ask of people when nothing helped, with all that they read and answered before."""
