"""What work pages of every package have in common: nothing of them is cached, and they speak the person's language."""

from __future__ import annotations

from flask import Blueprint, g, request

from kb import context
from kb.languages import INTERFACE_LANGUAGES, negotiate


def keep_private() -> None:
    """Nothing of these pages stays in a cache."""
    g.private = True


def for_staff(blueprint: Blueprint) -> Blueprint:
    """Make the pages of a blueprint work pages."""
    blueprint.before_request(keep_private)
    blueprint.before_request(_speak_to_the_person)
    return blueprint


def _speak_to_the_person() -> None:
    """The language in an address is that of a text; the page around it is in the person's own."""
    accepted = (code for code, _ in request.accept_languages)
    g.language = negotiate([*context.viewer().languages, *accepted], INTERFACE_LANGUAGES, "en")
