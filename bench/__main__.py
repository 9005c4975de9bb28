"""`python -m bench` measures everything and prints Markdown; `python -m bench pages` only that."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping

from bench import (
    agents,
    authoring,
    cbr_speed,
    duplicates,
    embed,
    foresight,
    guided_help,
    imports,
    machine,
    matching,
    pages,
    search_quality,
    search_speed,
)
from bench.tables import table
from bench.texts import Texts, texts

MEASURES: Mapping[str, Callable[[Texts], str]] = {
    "search": search_speed.measure,
    "quality": search_quality.measure,
    "duplicates": duplicates.measure,
    "imports": imports.measure,
    "pages": pages.measure,
    "authoring": authoring.measure,
    "cases": cbr_speed.measure,
    "guided": guided_help.measure,
    "foresight": foresight.measure,
    "matching": matching.measure,
    "agents": agents.measure,
    "embed": embed.measure,
}


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure Kalauz beside its peers.")
    parser.add_argument(
        "names", nargs="*", metavar="name", help=f"any of {', '.join(MEASURES)}; none for all"
    )
    names = parser.parse_args().names or list(MEASURES)
    if unknown := set(names) - set(MEASURES):
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    print(table("Measured on", ["what", "which"], machine.facts()), end="\n\n", flush=True)
    measured_with = texts()
    for name in names:
        print(MEASURES[name](measured_with), end="\n\n", flush=True)


if __name__ == "__main__":
    main()
