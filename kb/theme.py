"""A portal's theme: the house's tokens and base, followed by what the portal overrides, as one stylesheet."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from kb.errors import N_, Invalid

COLOURS = ("brand", "brand-ink", "brand-soft")
FONTS = {
    "system": 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", Arial, sans-serif',
    "humanist": 'Seravek, "Gill Sans Nova", Ubuntu, Calibri, "DejaVu Sans", "Noto Sans", sans-serif',
    "serif": 'Charter, "Bitstream Charter", "Sitka Text", Cambria, "Noto Serif", "DejaVu Serif", serif',
}
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
READABLE_CONTRAST = 4.5
PIXELS_A_REM = 16
PANEL = ".help"
"""What holds everything in a shadow root: rules of the page around reach the host element, and nothing inside of it."""
_REM = re.compile(r"(?<![\w.])(\d*\.?\d+)rem\b")
_MEDIA = {"light": "not all", "dark": "screen"}
BRAND = "#0b6470"
"""As tokens.css has it."""


def check(tokens: Mapping[str, str]) -> None:
    """Refuse tokens that are not colours like #0b5fff or fonts of the list, and brands on which text is unreadable.

    Raises:
        Invalid: names each token and what it must be.
    """
    problems = {}
    for name, value in tokens.items():
        if name in COLOURS and not _COLOUR.fullmatch(value):
            problems[name] = N_("Give a colour such as #0b5fff.")
        elif name in {"font-body", "font-heading"} and value not in FONTS:
            problems[name] = N_("Choose one of %(fonts)s.", fonts=", ".join(FONTS))
        elif name not in COLOURS and name not in {"font-body", "font-heading"}:
            problems[name] = N_("There is no such token.")
    if not problems and "brand" in tokens and "brand-ink" in tokens:
        ratio = contrast(tokens["brand"], tokens["brand-ink"])
        if ratio < READABLE_CONTRAST:
            problems["brand-ink"] = N_(
                "Text on the brand colour has a contrast of %(ratio)s; it needs at least 4.5.",
                ratio=f"{ratio:.1f}",
            )
    if problems:
        raise Invalid(problems)


def contrast(first: str, second: str) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2, relative luminance).

    >>> round(contrast("#000000", "#ffffff"))
    21
    """
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ink_on(tokens: Mapping[str, str]) -> tuple[str, str]:
    """The brand colour and what is legible on it, for where there is no stylesheet.

    >>> ink_on({}), ink_on({"brand": "#ffdd00"})
    (('#0b6470', '#ffffff'), ('#ffdd00', '#000000'))
    """
    brand = tokens.get("brand", BRAND)
    better = max("#ffffff", "#000000", key=lambda ink: contrast(brand, ink))
    return brand, tokens.get("brand-ink", better)


def stylesheet(tokens: Mapping[str, str], static_folder: Path) -> str:
    """tokens.css and base.css in one, which saves every page a request, followed by the portal's own values."""
    return "".join(_read(static_folder / name) for name in ("tokens.css", "base.css")) + _own(tokens)


def in_shadow(tokens: Mapping[str, str], static_folder: Path, scheme: str = "") -> str:
    """The tokens with the portal's own values, for a shadow root in another site's page: what is `rem` there is that
    page's, so lengths are in pixels.

    Args:
        scheme: "light" or "dark"; else as the reader's browser has it.
    """
    text = _read(static_folder / "tokens.css") + _own(tokens)
    text = _REM.sub(lambda found: f"{float(found[1]) * PIXELS_A_REM:g}px", text.replace(":root", PANEL))
    if scheme in _MEDIA:
        text = text.replace("screen and (prefers-color-scheme: dark)", _MEDIA[scheme])
        text = text.replace("color-scheme: light dark", f"color-scheme: {scheme}")
    return text


def _own(tokens: Mapping[str, str]) -> str:
    lines = [f"  --{name}: {FONTS.get(value, value)};" for name, value in sorted(tokens.items())]
    return "\n:root {\n" + "\n".join(lines) + "\n}\n" if lines else ""


@cache
def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def version(tokens: Mapping[str, str], static_folder: Path) -> str:
    """Changes whenever the stylesheet does, for its address."""
    return hashlib.sha256(stylesheet(tokens, static_folder).encode()).hexdigest()[:12]
