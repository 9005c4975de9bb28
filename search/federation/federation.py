"""All sources side by side: each within its time, the broken ones left in peace, one list in the end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from threading import RLock

import structlog
from sqlalchemy.exc import SQLAlchemyError

from kb import fetching
from kb.errors import N_
from search.answers import Failure, Item
from search.engine import Engine, Filters
from search.federation import adapters
from search.federation.adapters import Reach
from search.federation.breaker import Breaker
from search.federation.cases import CaseSource
from search.federation.local import GUIDES, PAGE_WEIGHT, GuideSource, TopicSource, pages
from search.federation.memory import Memory
from search.federation.outside import SITEMAP, Outside
from search.federation.protocol import Asking, Source
from search.federation.replies import Reply, Wanted, items_of, shape, words_of
from search.fusion import fuse

log = structlog.get_logger(__name__)

OVERALL_S = 2.0
"""How long a reader waits for sources outside, whatever the budget of each."""

LATEST_S = 5.0
"""How long a source outside may take in all: what comes after its budget is kept for the next one who asks."""

WEIGHT = 0.7
"""What a place in the list of a source outside is worth: its best stands below the five best articles."""

MOST_THREADS = 16
MOST_OF_ONE = 4  # questions that one source works on at once: it must not keep the others waiting
MOST_KEPT = 2000  # answers
MOST_DESCRIPTIONS = 100

Replies = tuple[Reply, ...]
Name = tuple[str, str, str, str, int]


@dataclass(frozen=True, slots=True)
class Federated:
    """One list of all sources, and the sources that did not answer."""

    items: tuple[Item, ...]
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of asking one source now.

    Args:
        took_ms: how long it took, in milliseconds.
        problem: why it did not answer, a sentence; "" where it did.
    """

    items: tuple[Item, ...]
    took_ms: float
    problem: str = ""


class Federation:
    """The sources of one process. Shared by its threads.

    Args:
        engine: the index, for guides and for pages read beforehand.
        outside: the sources in use as of this request.
        hosts: those that may be asked.
        note: keeps a change of a source's health: (id of the source, why it does not answer or "").
        release: gives back what a request holds while it has to wait, such as a database connection.
        clock: tells the seconds, from anywhere, never backwards.
    """

    def __init__(
        self,
        engine: Engine,
        outside: Callable[[], Sequence[Outside]],
        hosts: frozenset[str],
        *,
        note: Callable[[int, str], None] = lambda _source_id, _error: None,
        release: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine, self._outside, self._hosts = engine, outside, hosts
        self._note, self._release, self._clock = note, release, clock
        self._local: tuple[Source, ...] = (TopicSource(), GuideSource(engine), CaseSource())
        self._kept: Memory[Replies] = Memory(clock, MOST_KEPT)
        self._reach = partial(Reach, hosts, descriptions=Memory(clock, MOST_DESCRIPTIONS))
        self._breakers: dict[tuple[str, str], Breaker] = {}
        self._flights: dict[Name, Future[Replies]] = {}
        self._lock = RLock()  # a flight may land while it is still being entered
        self._pool = ThreadPoolExecutor(MOST_THREADS, thread_name_prefix="federation")

    def ask(self, asking: Asking, articles: Sequence[Item]) -> Federated:
        """One list of the articles and of what all other sources say.

        A question that is narrowed down to what only articles have (a kind, a topic, a tag) stays with them.

        Args:
            articles: what this base says, best first.
        """
        wanted = Wanted(words_of(asking.question, asking.language), asking.language, asking.limit)
        if not wanted.text or is_narrowed(asking.filters):
            return Federated(tuple(articles))
        fitting = [source for source in self._outside() if source.fits(asking)]
        begun = self._clock()
        asked = [(one, self._begin(one, wanted)) for one in fitting if one.kind != SITEMAP]
        read = pages(self._engine, [one for one in fitting if one.kind == SITEMAP], asking)
        needs_guide = asking.has_guides and all(item.kind != "guide" for item in articles)
        local = [one for one in self._local if needs_guide or one.key != GUIDES]
        lists = [(one.weight, _own(one, asking)) for one in local]
        lists += [(PAGE_WEIGHT, items) for items in read]
        if any(isinstance(answer, Future) and not answer.done() for _, answer in asked):
            self._release()
        failures = []
        for source, answer in asked:
            got = self._outcome(source, answer, begun)
            if isinstance(got, Failure):
                failures.append(_named(got, source, asking))
            else:
                lists.append((WEIGHT, _items(got, source, asking)))
        return Federated(_fused(articles, lists), tuple(failures))

    def test(self, source: Outside, asking: Asking) -> Tried:
        """Ask one source now, without memory and whatever it did before; if it answers, all ask it again.

        No transaction may be open: the source's health is noted in one of its own.
        """
        wanted = Wanted(words_of(asking.question, asking.language), asking.language, asking.limit)
        begun = self._clock()
        try:
            got = adapters.ask(source, wanted, self._reach(seconds=LATEST_S))
        except Exception as error:
            _tell(source, error)
            return Tried((), (self._clock() - begun) * 1000, fetching.reason(error))
        took = (self._clock() - begun) * 1000
        self._breaker(source).succeeded()
        self._note(source.id, "")
        return Tried(tuple(_items(got, source, asking)), took)

    def close(self) -> None:
        """End the threads, after what they have at hand."""
        self._pool.shutdown()

    # One source outside.

    def _begin(self, source: Outside, wanted: Wanted) -> Replies | Future[Replies] | Failure:
        """What is known already, or a question on its way, or why there is none."""
        name = (source.key, source.version, shape(wanted.text), wanted.language, wanted.limit)
        if (kept := self._kept.get(name)) is not None:
            return kept
        with self._lock:
            flight = self._flights.get(name)
            if flight is None and (kept := self._kept.get(name)) is not None:
                return kept  # it has landed since the first look
            if flight is None:
                busy = sum(key[0] == source.key for key in self._flights)
                if busy >= MOST_OF_ONE:
                    return Failure(source.key, late=True)
                if not self._breaker(source).admits():
                    return Failure(source.key, late=False)
                flight = self._flights[name] = self._pool.submit(self._fly, name, source, wanted)
                flight.add_done_callback(lambda _done: self._landed(name))
        return flight

    def _fly(self, name: Name, source: Outside, wanted: Wanted) -> Replies:
        got = tuple(adapters.ask(source, wanted, self._reach(seconds=LATEST_S)))
        self._kept.put(name, got, source.ttl_s)
        return got

    def _landed(self, name: Name) -> None:
        with self._lock:
            self._flights.pop(name, None)

    def _outcome(
        self, source: Outside, answer: Replies | Future[Replies] | Failure, begun: float
    ) -> Replies | Failure:
        """The answer once its time is over; how it went is remembered of the source."""
        if not isinstance(answer, Future):
            return answer
        left = min(source.budget_s, OVERALL_S) - (self._clock() - begun)
        wait([answer], timeout=max(0.0, left))
        if not answer.done() and answer.cancel():  # nobody had the time to ask it: no fault of the source
            return Failure(source.key, late=True)
        if not answer.done():
            said = N_("It did not answer within %(seconds)s seconds.", seconds=f"{source.budget_s:g}")
            return self._failed(source, TimeoutError(said), late=True)
        try:
            got = answer.result()
        except CancelledError:
            return Failure(source.key, late=True)
        except Exception as error:
            return self._failed(source, error, late=isinstance(error, TimeoutError))
        if self._breaker(source).succeeded():
            self._pool.submit(self._note, source.id, "")
        return got

    def _failed(self, source: Outside, error: Exception, *, late: bool) -> Failure:
        _tell(source, error)
        if self._breaker(source).failed():
            self._pool.submit(self._note, source.id, fetching.reason(error))
        return Failure(source.key, late=late)

    def _breaker(self, source: Outside) -> Breaker:
        return self._breakers.setdefault((source.key, source.version), Breaker(self._clock))


def _own(source: Source, asking: Asking) -> Sequence[Item]:
    """What a part of this base says; without it where it fails, but not without the database."""
    try:
        return source.ask(asking, OVERALL_S)
    except SQLAlchemyError:
        raise
    except Exception:
        log.exception("own source failed", source=source.key)
        return ()


def _tell(source: Outside, error: Exception) -> None:
    """What the other side did is worth a line; what we did not expect, a look at our own code."""
    if isinstance(error, fetching.FAILURES):
        log.warning("source failed", source=source.key, error=str(error))
    else:
        log.exception("source not understood", source=source.key, exc_info=error)


def is_narrowed(filters: Filters) -> bool:
    """Whether only what articles have is asked for: a kind, a topic, a tag."""
    return bool(filters.kinds or filters.topic or filters.tags)


def _named(failure: Failure, source: Outside, asking: Asking) -> Failure:
    return Failure(source.name(asking.languages), failure.late)


def _items(replies: Iterable[Reply], source: Outside, asking: Asking) -> Sequence[Item]:
    return items_of(
        replies,
        asking.question,
        asking.language,
        key=source.key,
        name=source.name(asking.languages),
        now=asking.filters.now,
    )


def _fused(articles: Sequence[Item], lists: Iterable[tuple[float, Sequence[Item]]]) -> tuple[Item, ...]:
    """The articles' order stays; what they have already counts once."""
    known = {item.url for item in articles}
    others = [(weight, [item for item in items if item.url not in known]) for weight, items in lists]
    filled = [(weight, items) for weight, items in others if items]
    orders = [articles, *(items for _, items in filled)]
    weights = [1.0, *(weight for weight, _ in filled)]
    return tuple(fuse(orders, lambda item: item.url, weights))
