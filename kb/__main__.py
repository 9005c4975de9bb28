"""`python -m kb` is the command `kalauz` where it is not installed."""

from __future__ import annotations

from kb.cli import main

main()
