"""What opening a page costs: events, each of which locks the tab and asks who is there."""

from __future__ import annotations

import httpx
import pytest

from tests.security.socket import ROOT_STATE, Tab
from tests.security.world import World
from tests.serving import Site

OPENED = '"is_hydrated_rx_state_":true'
LOAD = f"{ROOT_STATE}.reflex___state____on_load_internal_state.on_load_internal"


def events(site: Site) -> float:
    """How many events passed the guard since the site was started."""
    return sum(site.series("indii_socket_events_total").values())


@pytest.mark.parametrize("who", ["anonymous", "fan"])
@pytest.mark.parametrize("page", ["/", "/explore", "/recording/"])
async def test_opening_a_page_is_three_events_at_most(
    site: Site, world: World, page: str, who: str
) -> None:
    """The framework's two and one that fills the page and its frame; going on is one less."""
    newest = world.new()
    at = page + newest.slug if page.endswith("ing/") else page
    tab = Tab(site.url, at=at, cookie=world.cookie(who))
    before = events(site)
    await tab.open(tab.event(f"{ROOT_STATE}.hydrate_and_load"))
    await tab.until(lambda: any(OPENED in frame for frame in tab.frames))
    await tab.idle(0.3)
    opened = events(site)
    assert opened - before <= 3
    assert any(newest.title in frame for frame in tab.frames)
    first = len(tab.frames)
    tab.at = "/liked"
    await tab.send(LOAD)
    await tab.until(lambda: any(OPENED in frame for frame in tab.frames[first:]))
    await tab.idle(0.3)
    assert events(site) - opened <= 2
    await tab.close()


@pytest.mark.parametrize(("language", "price"), [("de-DE,de;q=0.9", "29,95"), ("", "$29.95")])
async def test_document_and_socket_write_prices_as_the_viewer_reads_them(
    site: Site, world: World, language: str, price: str
) -> None:
    """A browser from Germany reads its comma, in the first HTML and in what the socket brings."""
    at = f"/recording/{world.new(prices={'mp3_lease': 2995}).slug}"
    said = {"Accept-Language": language}
    async with httpx.AsyncClient(base_url=site.url) as web:
        assert price in (await web.get(at, headers=said)).text
    async with Tab(site.url, at=at, headers=said) as tab:
        await tab.send(f"{ROOT_STATE}.hydrate_and_load")
        await tab.until(lambda: any(OPENED in frame for frame in tab.frames))
        assert any(price in frame for frame in tab.frames)
