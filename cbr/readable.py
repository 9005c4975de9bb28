"""What machines write, in words that people read: headings, values, steps, and how to ask for a column. Pure."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from textwrap import shorten

from cbr import units
from cbr.case_type import Kind

PICTURES = frozenset({"So", "Sk"})
PART_OF_PICTURES = PICTURES | {"Mn", "Cf", "No"}
"""Categories of characters: what follows a little picture, as the small digit of one with bars, belongs to it."""

UNREADABLE = str.maketrans(dict.fromkeys('_{}[]"', " "))

IN_CAPITALS: Mapping[str, str] = {
    **{
        word: word.upper()
        for word in "sim vpn apn mms mmsc sms puk imei imsi ip dns dhcp usb gps lte dsl tv pc ivr crm vip iban vat"
        " hdmi ssid nat sla wps url id pin".split()
    },
    **{
        "esim": "eSIM",
        "wifi": "Wi-Fi",
        "bluetooth": "Bluetooth",
        "wlan": "WLAN",
        "volte": "VoLTE",
        "ios": "iOS",
    },
}
"""Words that machines write small and people do not."""

IN_FULL: Mapping[str, str] = {
    "acct": "account",
    "addr": "address",
    "amt": "amount",
    "avg": "average",
    "cfg": "configuration",
    "cust": "customer",
    "desc": "description",
    "dept": "department",
    "msg": "message",
    "num": "number",
    "perm": "permission",
    "pref": "preference",
    "prev": "previous",
    "qty": "quantity",
    "tel": "telephone",
}
"""Short forms in English headings."""

MOST_REMEMBERED = 4096
"""Words: a table says the same ones over and over."""

LONGEST_NAME = 160
"""Characters of the title of a solution that has none."""

_HUMP = re.compile(r"(?<=[a-z]{2})(?=[A-Z][a-z])")
_GENERATION = re.compile(r"[2-6]g")
_CALL = re.compile(r"([A-Za-z]\w*_\w+)(?:\(([^(){}]*)\))?", re.ASCII)
_BETWEEN_CALLS = re.compile(r"->|>|→|;")
LONGEST_CALL = 300
"""Characters; what is longer is no name of a step."""

BESIDE_IS = frozenset(
    "on off set open locked lost overdue active inactive broken stolen paid available missing online offline ready full"
    " empty valid due urgent abroad".split()
)
"""What English says after "is", beside the words in -ed."""

TURNED_ON = frozenset(
    "mode saver roaming calling forwarding tethering hotspot sync vpn wi-fi bluetooth gps data firewall".split()
)
"""What is switched on and off, where it is all that a yes-no heading ends with."""

ASKED_WHAT = frozenset(
    "status state name type kind model brand make version level reason code colour color size category plan method"
    " description preference issue problem symptom priority country city language product channel date day id".split()
)
"""What English asks for by "What is the"."""

TROUBLES = frozenset("issue issues problem problems trouble error fault failure".split())
NOT_WORKING = ("does not work", "doesn't work", "is not working", "isn't working", "not working", "problem")

WITHOUT_ARTICLE = frozenset("data mode service roaming calling wi-fi bluetooth".split())


@lru_cache(maxsize=MOST_REMEMBERED)
def in_words(code: str, language: str = "en", *, heading: bool = False) -> str:
    """What people read for what machines write, without little pictures; what people wrote stays as it is.

    Args:
        language: of short forms.
        heading: it names a column, not a value: then `simStatus` is two words.

    >>> in_words("no_service"), in_words("locked_pin"), in_words("4g_5g_preferred"), in_words("📶¹ Poor")
    ('no service', 'locked PIN', '4G 5G preferred', 'Poor')
    >>> in_words("msg_perm_sms", heading=True), in_words("simStatus", heading=True), in_words("iPhone")
    ('message permission SMS', 'SIM status', 'iPhone')
    >>> in_words('{"enabled": false, "vpn": {"mode": "auto", "since": null}}')
    'enabled: no, VPN mode: auto'
    """
    if (told := _of_json(code, language)) is not None:
        return told
    parted = _HUMP.sub("_", code).lower() if heading and _HUMP.search(code) else code
    is_code = " " not in parted.strip()
    words, in_picture = "", False
    for sign in parted.translate(UNREADABLE):
        in_picture = unicodedata.category(sign) in (PART_OF_PICTURES if in_picture else PICTURES)
        words += "" if in_picture else sign
    shown = words.split()
    if is_code:
        shown = [_word(word, language) for word in shown]
    return " ".join(shown).replace(" :", ":")


def asked(name: str, kind: Kind, unit: str = "") -> str:
    """How English asks for what a column holds: a sentence where its name lets one be made, else its name and a hint.

    >>> asked("Roaming enabled", Kind.BOOLEAN), asked("Airplane mode", Kind.BOOLEAN), asked("Abroad", Kind.BOOLEAN)
    ('Is roaming enabled?', 'Is airplane mode on?', 'Are you abroad?')
    >>> asked("Bill overdue", Kind.BOOLEAN), asked("Can send MMS", Kind.BOOLEAN), asked("Contract", Kind.BOOLEAN)
    ('Is the bill overdue?', 'Can you send MMS?', 'Contract: yes or no?')
    >>> asked("SIM status", Kind.CATEGORY), asked("Wi-Fi calling", Kind.CATEGORY)
    ('What is the SIM status?', 'Wi-Fi calling: which of these?')
    >>> asked("Data used", Kind.NUMBER, "GB"), asked("Contract ended", Kind.DATE)
    ('Data used: how much, in GB?', 'Contract ended: on which day?')
    """
    if kind == Kind.BOOLEAN:
        return _asked_whether(name)
    if name.rsplit(maxsplit=1)[-1].lower() in ASKED_WHAT and kind not in (Kind.NUMBER, Kind.SET):
        return f"What is the {_inside(name)}?"
    if kind == Kind.NUMBER:
        return f"{name}: how much, in {unit}?" if unit else f"{name}: what number?"
    return f"{name}: on which day?" if kind == Kind.DATE else f"{name}: which of these?"


def other_words(name: str) -> str:
    """What English also says for a choice that names a trouble, with commas between; "" for every other.

    >>> other_words("MMS issue").split(", ")[:2], other_words("excellent")
    (['MMS does not work', "MMS doesn't work"], '')
    """
    what, _, last = name.rpartition(" ")
    return ", ".join(f"{what} {said}" for said in NOT_WORKING) if what and last.lower() in TROUBLES else ""


def steps(text: str) -> tuple[str, ...]:
    """The steps that a machine wrote as calls, one after the other; none for what people wrote.

    >>> steps("toggle_airplane_mode() > set_network_mode(mode=4g_only)")
    ('Toggle airplane mode', 'Set network mode: mode 4G only')
    >>> steps("transfer_to_human_agents"), steps("Restart the phone > wait")
    (('Transfer to human agents',), ())
    """
    return tuple(_step(call) for call in _calls(text))


def in_steps(title: str, text: str) -> tuple[str, str]:
    """Title and text of a solution: where a machine wrote it, a list that people follow.

    >>> print(*in_steps("", "reset_apn() > grant_app(app=sms) > grant_app(app=mms)"), sep="\\n")
    Reset APN, grant app (SMS), grant app (MMS)
    1. Reset APN
    2. Grant app: app SMS
    3. Grant app: app MMS
    >>> in_steps("", "Wait a minute.")
    ('', 'Wait a minute.')
    """
    told = steps(text)
    if len(told) < 2:
        return title, "".join(told) or text
    named = _capital(", ".join(map(_short_step, _calls(text))))
    listed = "\n".join(f"{place}. {step}" for place, step in enumerate(told, 1))
    return title or shorten(named, LONGEST_NAME, placeholder=" …"), listed


def _calls(text: str) -> list[re.Match[str]]:
    """The calls that a text is made of; none where it is anything else."""
    parts = [part.strip() for part in _BETWEEN_CALLS.split(text)]
    calls = [_CALL.fullmatch(part) for part in parts if len(part) <= LONGEST_CALL]
    found = [call for call in calls if call]
    return found if len(found) == len(parts) else []


def _step(call: re.Match[str]) -> str:
    told, given = _capital(in_words(call[1])), ", ".join(" ".join(sides) for sides in _given(call))
    return f"{told}: {given}" if given else told


def _short_step(call: re.Match[str]) -> str:
    """A step within a title: with what it is done with, and not what that is called."""
    told, given = in_words(call[1]), ", ".join(sides[-1] for sides in _given(call))
    return f"{told} ({given})" if given else told


def _given(call: re.Match[str]) -> list[list[str]]:
    """Each argument of a call: its name, where it has one, and its value."""
    return [
        [in_words(side.strip()) for side in one.split("=", 1)] for one in (call[2] or "").split(",") if one
    ]


def _asked_whether(name: str) -> str:
    words = name.split()
    first, last, rest = words[0].lower(), words[-1].lower(), " ".join(words[1:])
    if first in ("can", "could", "should") and rest:
        return f"{first.capitalize()} you {rest}?"
    if first in ("is", "was", "will") and rest:
        return f"{first.capitalize()} it {rest}?"
    if last == "abroad" and len(words) == 1:
        return "Are you abroad?"
    if last in TURNED_ON and (last != "data" or words[:-1] == ["Mobile"]):
        return f"Is {_subject(words)} on?"
    if last in BESIDE_IS or (last.endswith("ed") and len(last) > len("need")):
        return f"Is {_subject(words[:-1])} {last}?" if words[1:] else f"Is it {last}?"
    return f"{name}: yes or no?"


def _subject(words: list[str]) -> str:
    article = "" if words[-1].lower() in WITHOUT_ARTICLE else "the "
    return article + _inside(" ".join(words))


def _inside(name: str) -> str:
    """A name within a sentence: its first letter small, unless more of it are capitals."""
    first = name.split(maxsplit=1)[0]
    return (
        name if first != first.capitalize() or first in IN_CAPITALS.values() else name[:1].lower() + name[1:]
    )


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _word(word: str, language: str) -> str:
    bare = word.strip(",:")
    written = (
        IN_CAPITALS.get(bare)
        or (units.WRITTEN.get(bare) if bare[1:] else None)
        or (IN_FULL.get(bare) if language == "en" else None)
    )
    if _GENERATION.fullmatch(bare):
        written = bare.upper()
    return word.replace(bare, written) if written else word


def _of_json(code: str, language: str) -> str | None:
    """What a JSON object says; None where this is none."""
    if not code.startswith("{"):
        return None
    try:
        return ", ".join(_leaves(json.loads(code), (), language))
    except (ValueError, RecursionError):
        return None


def _leaves(value: object, path: tuple[str, ...], language: str) -> Iterator[str]:
    """Each value with the way to it; what is null says nothing."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, (*path, str(key)), language)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, path, language)
    elif value is not None:
        said = (
            {True: "yes", False: "no"}[value] if isinstance(value, bool) else in_words(str(value), language)
        )
        yield f"{' '.join(in_words(key, language) for key in path)}: {said}"
