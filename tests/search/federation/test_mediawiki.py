"""A real MediaWiki answers: the adapter speaks its language, not ours."""

from __future__ import annotations

from pathlib import Path
from urllib.request import urlopen

import pytest

from search.federation.adapters import Reach, ask
from search.federation.memory import Memory
from search.federation.replies import Wanted
from tests.search.federation import mediawiki
from tests.search.federation.stage import described, host_of

PAGES = {
    "Frozen router": "Hold the '''power button''' for ten seconds & wait. Then the router starts again.",
    "Café/Wi-Fi? (Åre)": "The router in the café has no button.",
    "Invoices": "They come by mail.",
}


def test_a_real_wiki_is_asked_and_read_where_it_says(tmp_path: Path) -> None:
    try:
        folder = mediawiki.found(tmp_path)
    except mediawiki.NotInstallable as why:
        pytest.skip(str(why))
    with mediawiki.running(folder, tmp_path / "wiki", PAGES) as api:
        reach = Reach(frozenset({host_of(api)}), 20.0, Memory(lambda: 0.0, 1))
        found = ask(described("wiki", "mediawiki", api), Wanted("router button", "en", 3), reach)
        assert {reply.title for reply in found} == {"Frozen router", "Café/Wi-Fi? (Åre)"}
        assert {reply.language for reply in found} == {"en"}
        first = next(reply for reply in found if reply.title == "Frozen router")
        assert first.snippet.startswith(
            "Hold the power button for ten seconds & wait. Then the router starts"
        )
        for reply in found:
            with urlopen(reply.url) as page:  # noqa: S310 - our own
                assert "router" in page.read().decode()
        assert ask(described("wiki", "mediawiki", api), Wanted("zzzqqq", "en", 3), reach) == []
