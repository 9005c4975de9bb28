"""Tests of meaning beside words."""
