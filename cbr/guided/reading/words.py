"""Small words that say whether something is so, how many, and when; in the four languages. Pure."""

from __future__ import annotations

from collections.abc import Mapping

NEGATIONS: Mapping[str, frozenset[str]] = {
    "en": frozenset(
        "no not without never isn't aren't wasn't don't doesn't didn't haven't hasn't cannot can't won't nor".split()
    ),
    "hu": frozenset("nem nincs nincsen nincsenek sem ne sincs soha".split()),
    "sv": frozenset("inte ej icke ingen inget inga utan aldrig".split()),
    "ru": frozenset("не нет без ни никогда нету".split()),
}

NEGATIONS_BEHIND: Mapping[str, frozenset[str]] = {
    "hu": frozenset({"nélkül"}),
    "sv": frozenset({"inte", "ej"}),
}
"""They stand behind what they deny."""

BETWEEN: Mapping[str, frozenset[str]] = {
    "en": frozenset(
        "a an the is are am was were be been i i'm my we our it currently now any in on have has had using yet"
        " at still turned switched set".split()
    ),
    "hu": frozenset("a az vagyok vagyunk van volt most jelenleg éppen is még nekem be ki".split()),
    "sv": frozenset("en ett den det de är var jag vi har hade nu just min mitt mina på i av ännu".split()),
    "ru": frozenset("я мы у меня нас в на сейчас это был была было есть мой моя еще".split()),
}
"""What may stand between a word and what is said of it."""

ON: Mapping[str, frozenset[str]] = {
    "en": frozenset(
        "on enabled active activated connected yes true turned-on running set allowed granted".split()
    ),
    "hu": frozenset(
        "bekapcsolva bekapcsoltam bekapcsolt aktív engedélyezve engedélyezett igen csatlakozva".split()
    ),
    "sv": frozenset("på aktiv aktiverad aktiverat påslagen påslaget igång ja ansluten tillåten".split()),
    "ru": frozenset(
        "включен включена включено включил активен активна да подключен подключена разрешено".split()
    ),
}

OFF: Mapping[str, frozenset[str]] = {
    "en": frozenset("off disabled inactive deactivated disconnected false denied".split()),
    "hu": frozenset("kikapcsolva kikapcsoltam kikapcsolt inaktív letiltva letiltott".split()),
    "sv": frozenset("av avstängd avstängt avaktiverad avaktiverat inaktiv inaktiverad frånkopplad".split()),
    "ru": frozenset("выключен выключена выключено выключил отключен отключена неактивен запрещено".split()),
}

STATES: frozenset[str] = frozenset(
    "enabled active activated connected on off set allowed granted status is has be have".split()
) | frozenset().union(*ON.values(), *OFF.values())
"""Words in the names of yes-no attributes that say not what it is about, but how it is."""

INSIDE: Mapping[str, frozenset[str]] = {
    "en": frozenset(["in"]),
    "sv": frozenset(["i"]),
    "ru": frozenset(["в", "во"]),
}
"""``in airplane mode``: it is so. Hungarian says it by the ending."""

PLACED: Mapping[str, frozenset[str]] = {
    "en": frozenset("in on at out away".split()),
    "sv": frozenset("i på vid hos".split()),
    "ru": frozenset("в во за на у".split()),
}
"""What a name begins with that says where somebody is: it is so when it is only said."""

INSIDE_ENDINGS: Mapping[str, tuple[str, ...]] = {"hu": ("ban", "ben", "on", "en", "ön")}

MORE: Mapping[str, frozenset[str]] = {
    "en": frozenset(["more than", "over", "above", "at least"]),
    "hu": frozenset(["több mint", "legalább", "túl"]),
    "sv": frozenset(["mer än", "över", "minst"]),
    "ru": frozenset(["больше", "более", "больше чем", "свыше", "не менее"]),
}

LESS: Mapping[str, frozenset[str]] = {
    "en": frozenset(["less than", "under", "below", "at most", "up to"]),
    "hu": frozenset(["kevesebb mint", "legfeljebb"]),
    "sv": frozenset(["mindre än", "under", "högst"]),
    "ru": frozenset(["меньше", "менее", "меньше чем", "не более", "до"]),
}

ONSET: frozenset[str] = frozenset(
    "since start starts started begin began begins beginning onset first occurred kezdődött kezdete kezdet óta"
    " sedan började början börjat startade начало началось начался началась".split()
)
"""Words in the names of dates on which a problem began."""

SINCE: Mapping[str, frozenset[str]] = {
    "en": frozenset(["since", "from", "for", "started", "began"]),
    "hu": frozenset(["óta", "kezdve"]),
    "sv": frozenset(["sedan", "från"]),
    "ru": frozenset(["с", "со", "от", "уже"]),
}

COUNTS: Mapping[str, int] = {
    **dict.fromkeys(["one", "a", "an", "egy", "en", "ett", "один", "одну", "одной"], 1),
    **dict.fromkeys(["two", "két", "kettő", "två", "два", "две", "двух"], 2),
    **dict.fromkeys(["three", "három", "tre", "три", "трех", "трёх"], 3),
    **dict.fromkeys(["four", "négy", "fyra", "четыре"], 4),
    **dict.fromkeys(["five", "öt", "fem", "пять"], 5),
    **dict.fromkeys(["six", "hat", "sex", "шесть"], 6),
    **dict.fromkeys(["seven", "hét", "sju", "семь"], 7),
}

UNITS_OF_DAYS: Mapping[str, int] = {
    **dict.fromkeys("day days napja nappal napon dag dagar dagen день дня дней".split(), 1),
    **dict.fromkeys("week weeks hete héttel vecka veckor неделя неделю недели недель".split(), 7),
    **dict.fromkeys("month months hónapja hónappal månad månader месяц месяца месяцев".split(), 30),
}

AGO: frozenset[str] = frozenset("ago ezelőtt sedan назад".split())

SPEAKS_FOR_ITSELF: frozenset[str] = frozenset("napja hete hónapja".split())
"""Hungarian says ``three days ago`` by the ending alone."""

NEAR_DAYS: Mapping[str, Mapping[str, int]] = {
    "en": {
        "today": 0,
        "tonight": 0,
        "this morning": 0,
        "yesterday": 1,
        "last night": 1,
        "the day before yesterday": 2,
    },
    "hu": {
        "ma": 0,
        "mai nap": 0,
        "ma reggel": 0,
        "tegnap": 1,
        "tegnaptól": 1,
        "tegnap este": 1,
        "tegnapelőtt": 2,
        "tegnapelőttől": 2,
    },
    "sv": {
        "idag": 0,
        "i dag": 0,
        "i morse": 0,
        "igår": 1,
        "i går": 1,
        "i går kväll": 1,
        "i förrgår": 2,
        "förrgår": 2,
    },
    "ru": {
        "сегодня": 0,
        "сегодняшнего дня": 0,
        "сегодня утром": 0,
        "вчера": 1,
        "вчерашнего дня": 1,
        "вчера вечером": 1,
        "позавчера": 2,
        "позавчерашнего дня": 2,
    },
}
"""Words -> days before today."""

WEEKDAYS: Mapping[str, tuple[str, ...]] = {
    "en": ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    "hu": ("hétfő", "kedd", "szerda", "csütörtök", "péntek", "szombat", "vasárnap"),
    "sv": ("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag"),
    "ru": ("понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье"),
}

WEEKDAY_FORMS: Mapping[str, Mapping[str, int]] = {
    "hu": {
        "hétfőn": 0,
        "kedden": 1,
        "szerdán": 2,
        "csütörtökön": 3,
        "pénteken": 4,
        "szombaton": 5,
        "vasárnaptól": 6,
    },
    "sv": {"måndags": 0, "tisdags": 1, "onsdags": 2, "torsdags": 3, "fredags": 4, "lördags": 5, "söndags": 6},
    "ru": {
        "понедельника": 0,
        "вторника": 1,
        "среды": 2,
        "среду": 2,
        "четверга": 3,
        "пятницы": 4,
        "пятницу": 4,
        "субботы": 5,
        "субботу": 5,
        "воскресенья": 6,
    },
}
"""Forms that stemming does not lead back."""

MONTHS: Mapping[str, tuple[str, ...]] = {
    "en": tuple(
        "january february march april may june july august september october november december".split()
    ),
    "hu": tuple(
        "január február március április május június július augusztus szeptember október november december".split()
    ),
    "sv": tuple(
        "januari februari mars april maj juni juli augusti september oktober november december".split()
    ),
    "ru": tuple("января февраля марта апреля мая июня июля августа сентября октября ноября декабря".split()),
}
