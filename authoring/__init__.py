"""Authoring: drafts, approval, expiry, translations, import and export."""
