"""Words that carry facts: numbers, units, dates, negations and conditions, in five languages. Pure.

A word stands for what it says, whatever its form: "three" and "3" are the same number, "days" and "day" the same unit.
A few words mean more than one thing; that costs a translator a look, and nothing worse.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from babel import Locale

LANGUAGES = ("en", "hu", "sv", "ru", "de")

# What is said -> how it is said. A hyphen at the end takes every word that begins so; a space, words in a row.
_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "not": "not no never none nobody nothing neither nor cannot can't don't doesn't didn't won't isn't aren't "
        "mustn't shouldn't wasn't weren't without dont cant",
        "only": "only solely exclusively",
        "if": "if provided when whenever",
        "unless": "unless except excluding",
        "before": "before",
        "after": "after since",
        "until": "until till by",
        "within": "within",
        "must": "must shall required mandatory obligatory need needs",
        "optional": "optional",
        "least": "at_least minimum",
        "most": "at_most maximum max up_to",
        "more": "more_than over above exceeding exceeds later_than longer_than",
        "less": "less_than fewer_than under below earlier_than shorter_than",
        "all": "all every each always any",
        "free": "free gratis",
        "second": "second seconds sec",
        "minute": "minute minutes min",
        "hour": "hour hours hourly",
        "day": "day days daily",
        "workday": "weekday weekdays business working",
        "week": "week weeks weekly",
        "month": "month months monthly",
        "year": "year years yearly annual annually",
        "percent": "percent",
        "0": "zero",
        "1": "one once first",
        "2": "two twice second both",
        "3": "three thrice third",
        "4": "four fourth",
        "5": "five fifth",
        "6": "six sixth",
        "7": "seven seventh",
        "8": "eight eighth",
        "9": "nine ninth",
        "10": "ten tenth",
        "11": "eleven",
        "12": "twelve dozen",
        "15": "fifteen",
        "20": "twenty",
        "30": "thirty",
        "40": "forty",
        "50": "fifty",
        "60": "sixty",
        "90": "ninety",
        "100": "hundred",
        "1000": "thousand",
        "1000000": "million",
        "half": "half halves",
        "double": "double",
    },
    "hu": {
        "not": "nem ne nincs nincsen nincsenek sem se soha sose sosem senki semmi tilos nélkül",
        "only": "csak csupán csakis kizárólag",
        "if": "ha amennyiben amikor feltéve",
        "unless": "kivéve hacsak",
        "before": "előtt mielőtt",
        "after": "után miután",
        "until": "ameddig amíg",
        "within": "belül",
        "must": "kell kellene köteles kötelező muszáj szükséges",
        "least": "legalább minimum",
        "most": "legfeljebb maximum",
        "more": "több_mint felett fölött",
        "less": "kevesebb_mint alatt",
        "all": "minden mindig összes mindegyik",
        "free": "ingyen- díjmentes-",
        "second": "másodperc-",
        "minute": "perc perce percen percet percig perccel percenként perces",
        "hour": "óra órán órát óráig órával óránként órás órában",
        "day": "nap napon napot napig nappal naponta napos napi napja",
        "workday": "munkanap- hétköznap-",
        "week": "hét héten hetet hétig héttel hetente hetes heti",
        "month": "hónap- havonta havi",
        "year": "év éven évet évig évvel évente éves évi",
        "percent": "százalék-",
        "0": "nulla",
        "1": "egyszer első",
        "2": "két kettő kétszer második mindkét mindkettő",
        "3": "három háromszor harmadik",
        "4": "négy négyszer negyedik",
        "5": "öt ötször ötödik",
        "6": "hat hatszor hatodik",
        "7": "hetedik",
        "8": "nyolc nyolcadik",
        "9": "kilenc kilencedik",
        "10": "tíz tizedik",
        "11": "tizenegy",
        "12": "tizenkét tizenkettő",
        "15": "tizenöt",
        "20": "húsz",
        "30": "harminc",
        "40": "negyven",
        "50": "ötven",
        "60": "hatvan",
        "90": "kilencven",
        "100": "száz",
        "1000": "ezer",
        "1000000": "millió",
        "half": "fél fele felét",
        "double": "dupla duplája kétszeres-",
        "HUF": "ft forint-",
        "EUR": "euró-",
    },
    "sv": {
        "not": "inte ej icke aldrig ingen inget inga ingenting utan varken",
        "only": "endast bara enbart uteslutande",
        "if": "om ifall såvida när",
        "unless": "utom förutom undantaget",
        "before": "före innan",
        "after": "efter",
        "until": "tills senast",
        "within": "inom",
        "must": "måste ska skall obligatorisk- krävs behöver",
        "least": "minst minimum lägst",
        "most": "högst maximalt maximum max",
        "more": "mer_än över fler_än",
        "less": "mindre_än under färre_än",
        "all": "alla allt varje alltid samtliga",
        "free": "gratis kostnadsfri-",
        "second": "sekund sekunder",
        "minute": "minut minuter minuten",
        "hour": "timme timmar timmen",
        "day": "dag dagar dagen dagarna dygn dagligen",
        "workday": "vardag vardagar arbetsdag- bankdag-",
        "week": "vecka veckor veckan veckovis",
        "month": "månad- månatlig-",
        "year": "år året årlig-",
        "percent": "procent",
        "0": "noll",
        "1": "första",
        "2": "två andra båda",
        "3": "tre tredje",
        "4": "fyra fjärde",
        "5": "fem femte",
        "6": "sex sjätte",
        "7": "sju sjunde",
        "8": "åtta åttonde",
        "9": "nio nionde",
        "10": "tio tionde",
        "11": "elva",
        "12": "tolv",
        "15": "femton",
        "20": "tjugo",
        "30": "trettio",
        "40": "fyrtio",
        "50": "femtio",
        "60": "sextio",
        "90": "nittio",
        "100": "hundra",
        "1000": "tusen",
        "1000000": "miljon miljoner",
        "half": "halv halva hälften",
        "double": "dubbel dubbelt dubbla",
        "SEK": "kr kronor krona",
        "EUR": "euro",
    },
    "ru": {
        "not": "не нет ни никогда нельзя никто ничего без запрещено запрещается невозможно",
        "only": "только лишь исключительно",
        "if": "если когда",
        "unless": "кроме исключая",
        "before": "до перед прежде",
        "after": "после",
        "until": "пока",
        "within": "течение",
        "must": "должен должна должно должны обязан обязана обязаны обязательно необходимо нужно требуется надо",
        "least": "минимум менее",
        "most": "максимум более",
        "more": "больше свыше выше",
        "less": "меньше ниже",
        "all": "все всё всегда каждый каждая каждое каждые любой любая",
        "free": "бесплатн-",
        "second": "секунд-",
        "minute": "минут-",
        "hour": "час часа часов часы часе часам",
        "day": "день дня дней дни дню днём сутки суток ежедневно",
        "workday": "рабочий рабочих рабочего будни будням",
        "week": "недел- еженедельно",
        "month": "месяц- ежемесячн-",
        "year": "год года году годы лет ежегодн-",
        "percent": "процент-",
        "0": "ноль нуль",
        "1": "один одна одно одного одной первый первая первое первого",
        "2": "два две двух дважды второй вторая второе оба обе",
        "3": "три трёх трех трижды третий третья третье",
        "4": "четыре четырёх четырех четвёртый",
        "5": "пять пяти пятый",
        "6": "шесть шести шестой",
        "7": "семь семи седьмой",
        "8": "восемь восьми",
        "9": "девять девяти",
        "10": "десять десяти",
        "11": "одиннадцать",
        "12": "двенадцать",
        "15": "пятнадцать",
        "20": "двадцать",
        "30": "тридцать",
        "40": "сорок",
        "50": "пятьдесят",
        "60": "шестьдесят",
        "90": "девяносто",
        "100": "сто",
        "1000": "тысяча тысячи тысяч",
        "1000000": "миллион-",
        "half": "половина половину полтора",
        "double": "двойной двойная вдвое",
        "RUB": "руб рубль рубля рублей",
        "EUR": "евро",
    },
    "de": {
        "not": "nicht kein keine keinen keinem keiner keines nie niemals niemand nichts weder ohne",
        "only": "nur lediglich ausschließlich",
        "if": "wenn falls sofern",
        "unless": "außer ausgenommen",
        "before": "vor bevor",
        "after": "nach nachdem",
        "until": "bis",
        "within": "innerhalb binnen",
        "must": "muss müssen musst müsst soll sollen erforderlich verpflichtend pflicht",
        "least": "mindestens minimum",
        "most": "höchstens maximal maximum",
        "more": "mehr_als über",
        "less": "weniger_als unter",
        "all": "alle alles allen immer jede jeder jedes jeden jedem",
        "free": "kostenlos- gratis kostenfrei-",
        "second": "sekunde sekunden",
        "minute": "minute minuten",
        "hour": "stunde stunden stündlich",
        "day": "tag tage tagen tages täglich",
        "workday": "werktag- arbeitstag-",
        "week": "woche wochen wöchentlich",
        "month": "monat- ",
        "year": "jahr jahre jahren jahres jährlich",
        "percent": "prozent",
        "0": "null",
        "1": "einmal erste ersten erster erstes",
        "2": "zwei zweimal zweite zweiten beide beiden",
        "3": "drei dreimal dritte dritten",
        "4": "vier vierte vierten",
        "5": "fünf fünfte",
        "6": "sechs sechste",
        "7": "sieben siebte",
        "8": "acht achte",
        "9": "neun neunte",
        "10": "zehn zehnte",
        "11": "elf",
        "12": "zwölf",
        "15": "fünfzehn",
        "20": "zwanzig",
        "30": "dreißig",
        "40": "vierzig",
        "50": "fünfzig",
        "60": "sechzig",
        "90": "neunzig",
        "100": "hundert",
        "1000": "tausend",
        "1000000": "million millionen",
        "half": "halb halbe halben hälfte",
        "double": "doppelt doppelte",
        "EUR": "euro",
    },
}
# Written the same in all of them; a sign is what the text says, whatever stands for it.
_UNITS = "b kb mb gb tb kbps mbps gbps mm cm m km g kg mg l ml v w kw kwh mah hz mhz ghz s h".split()
_EVERYWHERE = {
    "EUR": "eur €",
    "USD": "usd $ us$ dollar dollars",
    "GBP": "gbp £",
    "HUF": "huf",
    "SEK": "sek kr",
    "RUB": "rub ₽",
    "CHF": "chf",
    "percent": "%",
    **{
        unit: unit
        for unit in "b kb mb gb tb kbps mbps gbps mm cm m km g kg mg l ml v w kw kwh mah hz mhz ghz s h".split()
    },
    "KBIT": "kbit",
    "MBIT": "mbit",
    "GBIT": "gbit",
}
_LONGEST_ROW = 2
SHORTEST_BENT = 4  # letters of a name that keeps its beginning when it takes an ending


class Vocabulary:
    """What words say, in one language or in all of them."""

    def __init__(self, languages: tuple[str, ...]) -> None:
        self._whole: dict[str, str] = {}
        self._begin: dict[str, str] = {}
        for language in languages:
            self._learn(_WORDS[language])
            self._learn(_calendar(language))
        self._learn(_EVERYWHERE)

    def _learn(self, words: Mapping[str, str]) -> None:
        for said, forms in words.items():
            for form in forms.split():
                if form.endswith("-"):
                    self._begin.setdefault(form[:-1], said)
                else:
                    self._whole.setdefault(form.replace("_", " "), said)

    def says(self, words: list[str]) -> tuple[str, int]:
        """What the words at the beginning of a list say, and how many of them say it; ("", 1) for nothing.

        Args:
            words: casefolded.
        """
        for length in range(min(_LONGEST_ROW, len(words)), 0, -1):
            said = self._whole.get(" ".join(words[:length]))
            if said is not None:
                return said, length
        return self._beginning(words[0]), 1

    def _beginning(self, word: str) -> str:
        found = (self._begin[word[:end]] for end in range(len(word), 2, -1) if word[:end] in self._begin)
        return next(found, "")


@lru_cache(maxsize=16)
def vocabulary(language: str) -> Vocabulary:
    """The words of a language; those of all languages where it is not one that is known here."""
    base = language.split("-", maxsplit=1)[0]
    return Vocabulary((base,) if base in LANGUAGES else LANGUAGES)


def _calendar(language: str) -> Mapping[str, str]:
    """Months and days of the week, as "m3" and "d1", with whatever ending they take."""
    locale = Locale.parse(language)
    names: dict[str, set[str]] = {}
    for context in ("format", "stand-alone"):
        for sign, kinds in (("m", locale.months[context]), ("d", locale.days[context])):
            for width in ("wide", "abbreviated"):
                for number, name in kinds[width].items():
                    plain = re.sub(r"\W", "", name.casefold())
                    bent = (
                        {f"{plain[: max(len(plain) - 1, SHORTEST_BENT)]}-"}
                        if width == "wide" and len(plain) >= SHORTEST_BENT
                        else set()
                    )
                    names.setdefault(f"{sign}{number}", set()).update({plain, *bent})
    return {said: " ".join(sorted(forms)) for said, forms in names.items()}
