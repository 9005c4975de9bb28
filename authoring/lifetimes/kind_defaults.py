"""What holds for a kind of article until somebody sets it otherwise: lifetimes, templates, the content standard."""

from __future__ import annotations

from collections.abc import Mapping

LIFETIMES: Mapping[str, tuple[int | None, int | None]] = {
    "standard": (730, 365),
    "wiki": (None, 365),
    "faq": (None, 180),
    "guide": (None, 180),
}
"""Kind -> days until it expires, days until somebody looks at it again; None for never."""

CHECKLIST: Mapping[str, Mapping[str, str]] = {
    "complete": {
        "en": "Complete: it answers the whole question, with limits, prices and deadlines",
        "hu": "Teljes: a kérdés egészére válaszol, határokkal, árakkal, határidőkkel",
        "sv": "Fullständig: den besvarar hela frågan, med gränser, priser och tidsfrister",
        "ru": "Полнота: ответ на весь вопрос, с ограничениями, ценами и сроками",
    },
    "clear": {
        "en": "Clear: short sentences, the reader's words, one step at a time",
        "hu": "Érthető: rövid mondatok, az olvasó szavai, lépésenként egy teendő",
        "sv": "Tydlig: korta meningar, läsarens ord, ett steg i taget",
        "ru": "Ясность: короткие фразы, слова читателя, по одному действию за шаг",
    },
    "findable": {
        "en": "Findable: title and tags hold the words that people ask with",
        "hu": "Megtalálható: a címben és a címkékben ott vannak a szavak, amelyekkel kérdeznek",
        "sv": "Sökbar: rubrik och taggar innehåller orden som folk frågar med",
        "ru": "Находимость: в заголовке и метках те слова, которыми спрашивают",
    },
    "correct": {
        "en": "Correct: checked against the source, nothing out of date",
        "hu": "Helyes: a forrással egyeztetve, semmi sem elavult",
        "sv": "Korrekt: kontrollerad mot källan, inget är föråldrat",
        "ru": "Верность: сверено с источником, ничего не устарело",
    },
    "linked": {
        "en": "Linked: it leads on to what comes before, after and instead",
        "hu": "Összekapcsolt: továbbvezet ahhoz, ami előtte, utána vagy helyette kell",
        "sv": "Länkad: den leder vidare till det som kommer före, efter och i stället",
        "ru": "Связность: есть ссылки на то, что читать до, после и вместо этого",
    },
}
"""The content standard: point -> its names by language, in order."""

_STANDARD = {
    "en": """## Purpose

What is this standard for, and what goes wrong without it? One or two sentences.

## Scope

- Applies to:
- Does not apply to:

## Steps

1. First, …
2. Then, …
3. Finally, note in the system what was done.

## Exceptions

| When | Do this instead | Who decides |
| --- | --- | --- |
| … | … | … |

## Escalation

Hand it over when …

- To whom:
- What to send along:
- Answer to be expected within:
""",
    "hu": """## Cél

Mire való ez az előírás, és mi romlik el nélküle? Egy-két mondat.

## Hatály

- Vonatkozik erre:
- Nem vonatkozik erre:

## Lépések

1. Először …
2. Utána …
3. Végül jegyezze fel a rendszerben, mi történt.

## Kivételek

| Mikor | Mit tegyen helyette | Ki dönt |
| --- | --- | --- |
| … | … | … |

## Eszkaláció

Adja tovább, ha …

- Kinek:
- Mit küldjön vele:
- Válasz ennyi időn belül várható:
""",
    "sv": """## Syfte

Vad är standarden till för, och vad går fel utan den? En eller två meningar.

## Omfattning

- Gäller för:
- Gäller inte för:

## Steg

1. Först …
2. Sedan …
3. Anteckna till sist i systemet vad som gjordes.

## Undantag

| När | Gör så här i stället | Vem beslutar |
| --- | --- | --- |
| … | … | … |

## Eskalering

Lämna över när …

- Till vem:
- Vad som ska skickas med:
- Svar kan väntas inom:
""",
    "ru": """## Цель

Для чего этот стандарт и что пойдёт не так без него? Одно-два предложения.

## Область применения

- Применяется к:
- Не применяется к:

## Шаги

1. Сначала …
2. Затем …
3. В конце отметьте в системе, что было сделано.

## Исключения

| Когда | Что сделать вместо этого | Кто решает |
| --- | --- | --- |
| … | … | … |

## Эскалация

Передайте дальше, если …

- Кому:
- Что приложить:
- Ответ ожидается в течение:
""",
}

_FAQ = {
    "en": """The answer in one sentence.

## Details

What else one needs to know: conditions, prices, where to tap.

## If that does not help

Where to turn next.
""",
    "hu": """A válasz egy mondatban.

## Részletek

Amit még tudni kell: feltételek, árak, hová kell koppintani.

## Ha ez nem segít

Hová lehet fordulni.
""",
    "sv": """Svaret i en mening.

## Detaljer

Vad man mer behöver veta: villkor, priser, var man trycker.

## Om det inte hjälper

Vart man vänder sig sedan.
""",
    "ru": """Ответ одним предложением.

## Подробности

Что ещё нужно знать: условия, цены, куда нажать.

## Если это не помогло

Куда обратиться дальше.
""",
}

_WIKI = {
    "en": """## What happened

What was seen, when, and with which customers or devices.

## What helps

What worked, and how sure you are.
""",
    "hu": """## Mi történt

Mi látszott, mikor, mely ügyfeleknél vagy készülékeknél.

## Mi segít

Mi vált be, és mennyire biztos.
""",
    "sv": """## Vad hände

Vad som märktes, när och hos vilka kunder eller enheter.

## Vad hjälper

Vad som fungerade, och hur säkert det är.
""",
    "ru": """## Что произошло

Что было замечено, когда, у каких клиентов или на каких устройствах.

## Что помогает

Что сработало и насколько это надёжно.
""",
}

_GUIDE = {
    "en": """## What do you see? {#start}

One short question; each answer leads on.

- [The first thing](#first)
- [Something else](#second)
- [I do not know](#contact)

## Try this {#first}

One thing to do, then ask how it went.

- [It works now](#solved)
- [It does not](#contact)

## Or try this {#second}

Another thing to do.

- [It works now](#solved)
- [It does not](#contact)

## Solved {#solved}

Say what was the matter, and how to keep it from coming back.

## We will help you {#contact}

How to reach somebody, and what to have at hand.
""",
    "hu": """## Mit lát? {#start}

Egy rövid kérdés; minden válasz továbbvezet.

- [Az elsőt](#first)
- [Valami mást](#second)
- [Nem tudom](#contact)

## Próbálja meg ezt {#first}

Egyetlen teendő, utána kérdezze meg, sikerült-e.

- [Már működik](#solved)
- [Nem segített](#contact)

## Vagy ezt {#second}

Egy másik teendő.

- [Már működik](#solved)
- [Nem segített](#contact)

## Megoldva {#solved}

Mi volt a baj, és hogyan előzhető meg.

## Segítünk {#contact}

Hogyan érhet el valakit, és mi legyen kéznél.
""",
    "sv": """## Vad ser du? {#start}

En kort fråga; varje svar leder vidare.

- [Det första](#first)
- [Något annat](#second)
- [Jag vet inte](#contact)

## Prova det här {#first}

En sak att göra, fråga sedan hur det gick.

- [Nu fungerar det](#solved)
- [Det hjälpte inte](#contact)

## Eller det här {#second}

En annan sak att göra.

- [Nu fungerar det](#solved)
- [Det hjälpte inte](#contact)

## Löst {#solved}

Vad felet var och hur man undviker det framöver.

## Vi hjälper dig {#contact}

Hur man når någon och vad man bör ha till hands.
""",
    "ru": """## Что вы видите? {#start}

Один короткий вопрос; каждый ответ ведёт дальше.

- [Первое](#first)
- [Что-то другое](#second)
- [Не знаю](#contact)

## Попробуйте это {#first}

Одно действие, затем вопрос, помогло ли оно.

- [Теперь работает](#solved)
- [Не помогло](#contact)

## Или это {#second}

Другое действие.

- [Теперь работает](#solved)
- [Не помогло](#contact)

## Решено {#solved}

В чём было дело и как этого избежать в будущем.

## Мы поможем {#contact}

Как с кем-нибудь связаться и что подготовить.
""",
}

TEMPLATES: Mapping[str, Mapping[str, str]] = {
    "standard": _STANDARD,
    "wiki": _WIKI,
    "faq": _FAQ,
    "guide": _GUIDE,
}
"""Kind -> language -> the Markdown that a new one begins with."""
