"""Words that stand in an order everybody knows: levels, sizes, days, months; in the four languages. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Ladder(NamedTuple):
    """Levels in their order.

    Args:
        levels: the lowest first.
        cyclic: the first follows the last.
    """

    levels: Sequence[str]
    cyclic: bool = False


_IN_ORDER = """
none, very poor, poor, bad, fair, ok, average, good, very good, great, excellent
none, very low, low, medium, moderate, high, very high, severe, critical
no connection, very poor, poor, fair, good, excellent
never, rarely, sometimes, often, usually, always
small, medium, large
tiny, small, medium, big, huge
xxs, xs, s, m, l, xl, xxl, xxxl
slow, medium, fast
new, like new, excellent, good, fair, salvage
2g, 3g, 4g, 5g, 6g
bronze, silver, gold, platinum
basic, standard, premium
beginner, intermediate, advanced, expert
cold, cool, warm, hot
nincs, nagyon rossz, rossz, gyenge, közepes, megfelelő, jó, nagyon jó, kiváló
nincs, alacsony, közepes, magas, nagyon magas, kritikus
soha, ritkán, néha, gyakran, mindig
kicsi, közepes, nagy
ingen, mycket dålig, dålig, svag, okej, medel, bra, god, mycket bra, utmärkt
ingen, låg, medel, hög, mycket hög, kritisk
aldrig, sällan, ibland, ofta, alltid
liten, mellan, stor
нет, очень плохо, плохо, слабо, средне, нормально, хорошо, отлично
нет, очень плохой, плохой, слабый, средний, хороший, отличный
нет, низкий, средний, высокий, очень высокий, критический
никогда, редко, иногда, часто, всегда
маленький, средний, большой
"""

_AROUND = """
monday, tuesday, wednesday, thursday, friday, saturday, sunday
mon, tue, wed, thu, fri, sat, sun
hétfő, kedd, szerda, csütörtök, péntek, szombat, vasárnap
måndag, tisdag, onsdag, torsdag, fredag, lördag, söndag
понедельник, вторник, среда, четверг, пятница, суббота, воскресенье
january, february, march, april, may, june, july, august, september, october, november, december
jan, feb, mar, apr, may, jun, jul, aug, sep, oct, nov, dec
január, február, március, április, május, június, július, augusztus, szeptember, október, november, december
januari, februari, mars, april, maj, juni, juli, augusti, september, oktober, november, december
январь, февраль, март, апрель, май, июнь, июль, август, сентябрь, октябрь, ноябрь, декабрь
spring, summer, autumn, winter
morning, noon, afternoon, evening, night
"""


def _ladders(lines: str, cyclic: bool) -> list[Ladder]:
    return [Ladder(line.split(", "), cyclic) for line in lines.strip().splitlines()]


LADDERS: Sequence[Ladder] = [*_ladders(_IN_ORDER, False), *_ladders(_AROUND, True)]

FEWEST = 2
"""One word alone does not say in which order it stands."""


def ladder_of(words: Iterable[str]) -> Ladder | None:
    """The words in their order, where it is known of all of them. What goes around is whole, the rest as it occurs.

    >>> ladder_of(["good", "None", "excellent"])
    Ladder(levels=['None', 'good', 'excellent'], cyclic=False)
    >>> ladder_of(["red", "blue"]) is None
    True
    """
    written = {word.casefold(): word for word in words}
    if len(written) < FEWEST:
        return None
    for levels, cyclic in LADDERS:
        if written.keys() <= set(levels):
            whole = levels if cyclic else [level for level in levels if level in written]
            return Ladder([written.get(level, level) for level in whole], cyclic)
    return None
