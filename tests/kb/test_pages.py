"""The page cache never hands out an old page."""

from __future__ import annotations

import gzip
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from kb import pages
from kb.pages import Page, PageCache, pack
from tests.conftest import START

SECOND = timedelta(seconds=1)
KEYS = ["/help/en", "/help/hu", "/help/en/a/sim"]


def page(text: str, until: datetime | None = None) -> Page:
    return pack(text.encode(), "text/html; charset=utf-8", until)


def nothing_ahead() -> datetime | None:
    return None


@given(st.binary(max_size=5000))
def test_a_page_is_unpacked_as_it_was(data: bytes) -> None:
    packed = pack(data, "text/html")
    assert packed.unpacked() == gzip.decompress(packed.body) == data
    assert pack(data, "text/html") == packed


def test_another_page_has_another_tag() -> None:
    assert page("a").etag != page("b").etag


@dataclass(frozen=True)
class Reader:
    """What a reader sees who began at a moment: the journal's head, the seconds passed, what comes by itself."""

    head: int
    second: int
    boundaries: tuple[int, ...]

    @property
    def now(self) -> datetime:
        return START + self.second * SECOND

    @property
    def next_boundary(self) -> datetime | None:
        ahead = [boundary for boundary in self.boundaries if boundary > self.second]
        return START + min(ahead) * SECOND if ahead else None

    def page(self, key: str) -> str:
        """What the page must say: it changes with every write and with every boundary that has passed."""
        return f"{key} at {self.head} after {[boundary for boundary in self.boundaries if boundary <= self.second]}"


@st.composite
def readers(draw: st.DrawFn) -> list[Reader]:
    """Readers in the order in which they are answered: some are slow, and come late with old pages."""
    head, second, begun = 1, 0, list[Reader]()
    boundaries: tuple[int, ...] = (2, 5)
    for passing, writes in draw(
        st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3)), min_size=1, max_size=12)
    ):
        second += passing
        if writes == 0:
            head += 1
            boundaries = tuple(second + offset for offset in draw(st.lists(st.integers(1, 4), max_size=3)))
        begun.append(Reader(head, second, boundaries))
    return draw(st.lists(st.sampled_from(begun), min_size=2, max_size=24))


@settings(max_examples=300)
@given(readers(), st.data())
def test_whoever_comes_in_whichever_order_nobody_is_shown_an_old_page(
    order: list[Reader], data: st.DataObject
) -> None:
    cache = PageCache(limit=3 * pages.ENTRY_BYTES)
    for reader in order:
        key = data.draw(st.sampled_from(KEYS))
        found = cache.get(key, reader.head, reader.now)
        if found:
            assert found.unpacked().decode() == reader.page(key)
            assert found.until is None or reader.now < found.until
        else:
            lasts = data.draw(st.sampled_from([None, None, 1, 3]))
            until = None if lasts is None else reader.now + lasts * SECOND
            made = page(reader.page(key), until)
            cache.put(key, made, reader.head, reader.now, lambda reader=reader: reader.next_boundary)  # type: ignore[misc]


def test_what_was_kept_is_handed_out_until_something_changes() -> None:
    cache = PageCache()
    cache.put("/", page("one"), 5, START, lambda: START + 9 * SECOND)
    assert cache.get("/", 5, START + 8 * SECOND)
    assert cache.get("/", 5, START + 9 * SECOND) is None
    assert cache.get("/", 6, START) is None
    assert cache.get("/other", 5, START) is None


def test_a_page_with_an_end_of_its_own_is_made_anew_then() -> None:
    cache = PageCache()
    cache.put("/", page("one", START + SECOND), 5, START, nothing_ahead)
    assert cache.get("/", 5, START)
    assert cache.get("/", 5, START + SECOND) is None


def test_a_slow_reader_puts_no_page_of_before_a_boundary_among_those_after_it() -> None:
    cache = PageCache()
    cache.put("/", page("expired since"), 5, START + SECOND, nothing_ahead)
    cache.put("/a", page("still valid"), 5, START, lambda: START + SECOND)
    assert cache.get("/a", 5, START + SECOND) is None
    assert cache.get("/", 5, START + SECOND)


def test_a_reader_of_an_older_head_neither_gets_nor_drives_out_newer_pages() -> None:
    cache = PageCache()
    cache.put("/", page("new"), 6, START, nothing_ahead)
    cache.put("/", page("old"), 5, START + SECOND, nothing_ahead)
    found = cache.get("/", 6, START)
    assert found is not None
    assert found.unpacked() == b"new"


def test_the_least_recently_used_pages_leave_first() -> None:
    cache = PageCache(limit=3 * pages.ENTRY_BYTES + 200)
    for key in ("/a", "/b", "/c"):
        cache.put(key, page(key), 1, START, nothing_ahead)
    assert cache.get("/a", 1, START)
    cache.put("/d", page("d"), 1, START, nothing_ahead)
    assert [key for key in ("/a", "/b", "/c", "/d") if cache.get(key, 1, START)] == ["/a", "/c", "/d"]


def test_a_page_larger_than_the_cache_is_not_kept_and_drives_nobody_out() -> None:
    cache = PageCache(limit=2 * pages.ENTRY_BYTES)
    cache.put("/a", page("a"), 1, START, nothing_ahead)
    cache.put("/large", Page(b"x" * 3 * pages.ENTRY_BYTES, "text/html", "tag"), 1, START, nothing_ahead)
    assert cache.get("/large", 1, START) is None
    assert cache.get("/a", 1, START)


def test_the_same_page_again_takes_no_more_space() -> None:
    cache = PageCache(limit=2 * pages.ENTRY_BYTES + 200)
    cache.put("/a", page("a"), 1, START, nothing_ahead)
    for _ in range(10):
        cache.put("/b", page("b"), 1, START, nothing_ahead)
    assert cache.get("/a", 1, START)


def test_the_next_boundary_is_looked_up_once_a_head() -> None:
    cache, asked = PageCache(), []
    for number in range(3):
        cache.put(f"/{number}", page("x"), 1, START, lambda: asked.append(1) or None)  # type: ignore[func-returns-value]
    assert len(asked) == 1


def test_threads_share_it() -> None:
    cache, wrong = PageCache(limit=8 * pages.ENTRY_BYTES), []

    def read_and_write(number: int) -> None:
        for turn in range(200):
            key, head = f"/{(number + turn) % 12}", turn // 20
            found = cache.get(key, head, START)
            if found and found.unpacked().decode() != f"{key} {head}":
                wrong.append(found)
            cache.put(key, page(f"{key} {head}"), head, START, nothing_ahead)

    threads = [threading.Thread(target=read_and_write, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert cache._size == sum(
        len(key) + len(kept.body) + pages.ENTRY_BYTES for key, kept in cache._pages.items()
    )
