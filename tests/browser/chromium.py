"""The browser of the tests: found on this machine, or installed with `python -m tests.browser.chromium`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PLACES = (
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
)
ADVICE = (
    "The tests need Chromium or Google Chrome, and this machine has neither. Install one of them, for example with "
    "'apt-get install chromium' as root, or with '.venv/bin/python -m playwright install --with-deps chromium'."
)


def find() -> str | None:
    """Say where a browser is that Playwright can drive, or None."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    with sync_playwright() as playwright:
        places = [*PLACES, Path(playwright.chromium.executable_path)]
    return next((str(place) for place in places if place.exists()), None)


def install() -> bool:
    """Install Debian's Chromium where that needs no question; say whether it worked."""
    if shutil.which("apt-get") is None:
        return False
    rights = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if rights and shutil.which("sudo") is None:
        return False
    environment = ["env", "DEBIAN_FRONTEND=noninteractive"]
    steps = (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", "chromium"])
    return all(
        subprocess.run(
            [*rights, *environment, "apt-get", *step], stdin=subprocess.DEVNULL, check=False
        ).returncode
        == 0
        for step in steps
    )


if __name__ == "__main__":
    if find() is None and not (install() and find()):
        sys.exit(ADVICE)
