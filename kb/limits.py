"""Rate limits at public doors, counted per process and address."""

from __future__ import annotations

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(get_remote_address, default_limits=[], storage_uri="memory://", headers_enabled=False)

LOGIN = "20 per minute; 200 per hour"
FEEDBACK = "10 per minute; 100 per hour"
MOST_STREAMS = 64
"""Who may listen to one process at a time for what happens next; each holds a thread."""
API = "600 per minute"
SEARCH = "300 per minute"
