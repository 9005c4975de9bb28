"""Units of measure in which contact centres count, and how one becomes another; pure."""

from __future__ import annotations

from collections.abc import Mapping

FAMILIES: tuple[Mapping[str, float], ...] = (
    {"b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12},
    {"kib": 2.0**10, "mib": 2.0**20, "gib": 2.0**30, "tib": 2.0**40},
    {"bit/s": 1, "kbit/s": 1e3, "mbit/s": 1e6, "gbit/s": 1e9},
    {"ms": 0.001, "s": 1, "min": 60, "h": 3600, "d": 86_400, "week": 604_800},
    {"mm": 0.001, "cm": 0.01, "m": 1, "km": 1000, "mile": 1609.344},
    {"mg": 1e-6, "g": 0.001, "kg": 1, "t": 1000},
    {"ml": 0.001, "cl": 0.01, "dl": 0.1, "l": 1},
    {"w": 1, "kw": 1000, "mw": 1e6},
    {"wh": 1, "kwh": 1000, "mwh": 1e6},
    {"%": 1},
    {"eur": 1},
    {"usd": 1},
    {"huf": 1},
    {"sek": 1},
    {"rub": 1},
    {"gbp": 1},
    {"°c": 1},
)
"""Units of which each can be turned into every other: unit in small letters -> how many of the smallest it is."""

OTHER_WORDS: Mapping[str, str] = {
    **dict.fromkeys("mbps mbit мбит/с".split(), "mbit/s"),
    **dict.fromkeys("kbps kbit кбит/с".split(), "kbit/s"),
    **dict.fromkeys("gbps gbit гбит/с".split(), "gbit/s"),
    **dict.fromkeys("гб gigabyte gigabytes gigabájt гигабайт гигабайта".split(), "gb"),
    **dict.fromkeys("мб megabyte megabytes megabájt мегабайт мегабайта".split(), "mb"),
    **dict.fromkeys("тб terabyte terabytes".split(), "tb"),
    **dict.fromkeys("кб kilobyte kilobytes".split(), "kb"),
    **dict.fromkeys("sec secs second seconds mp másodperc sekund sekunder сек секунд секунды".split(), "s"),
    **dict.fromkeys("minute minutes mins perc minut minuter мин минут минуты минута".split(), "min"),
    **dict.fromkeys("hour hours hr hrs óra timme timmar ч час часа часов".split(), "h"),
    **dict.fromkeys("day days nap dag dagar день дня дней".split(), "d"),
    **dict.fromkeys("weeks hét vecka veckor неделя недели недель".split(), "week"),
    **dict.fromkeys("miles mi".split(), "mile"),
    **dict.fromkeys("км kilometre kilometres kilometer kilometers".split(), "km"),
    **dict.fromkeys("метр метра метров metre metres meter meters м".split(), "m"),
    **dict.fromkeys("кг kilo kilos".split(), "kg"),
    **dict.fromkeys("percent százalék procent процент процента процентов".split(), "%"),
    **dict.fromkeys("€ euro euros euró евро".split(), "eur"),
    **dict.fromkeys("$ dollar dollars".split(), "usd"),
    **dict.fromkeys("ft forint forints".split(), "huf"),
    **dict.fromkeys("kr krona kronor".split(), "sek"),
    **dict.fromkeys("₽ руб рубль рубля рублей".split(), "rub"),
    **dict.fromkeys("£ pound pounds".split(), "gbp"),
    "°": "°c",
}
"""How people write a unit -> as it stands in `FAMILIES`."""


WRITTEN: Mapping[str, str] = {
    "kb": "kB",
    "mb": "MB",
    "gb": "GB",
    "tb": "TB",
    "mbit/s": "Mbit/s",
    "gbit/s": "Gbit/s",
}
"""Units as people read them, where small letters are wrong."""


def usual(unit: str) -> str:
    """A unit as it stands in `FAMILIES`, or in small letters where it is none of those.

    >>> usual("Mbps"), usual("GB"), usual("ports")
    ('mbit/s', 'gb', 'ports')
    """
    small = unit.strip().rstrip(".").casefold()
    return OTHER_WORDS.get(small, small)


def factor(written: str, wanted: str) -> float | None:
    """What a number is multiplied with to be in the wanted unit; None where one cannot become the other.

    >>> factor("MB", "GB"), factor("Mbps", "mbit/s"), factor("kg", "GB")
    (0.001, 1.0, None)
    """
    from_, to = usual(written), usual(wanted)
    if from_ == to:
        return 1.0
    for family in FAMILIES:
        if from_ in family and to in family:
            return family[from_] / family[to]
    return None
