"""What a person sees when parts of the site die under them: words, patience, nothing lost."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import expect

from tests.e2e.browsing import (
    PHONE,
    TIME,
    Troubles,
    Visitors,
    lives,
    main_menu,
    play,
    titles,
    visit,
    walk,
)
from tests.e2e.catalogue import People
from tests.factories.identity import PASSWORD
from tests.serving import Site, start_web

GONE = r"ERR_CONNECTION|ERR_EMPTY|ERR_SOCKET|ERR_INCOMPLETE|WebSocket|websocket|502|503"


@contextmanager
def database_down(site: Site) -> Iterator[None]:
    """Every connection ends and no new one is taken, as while the server is restarted."""
    admin = re.sub(r"//\w+@/\w+\?", "//postgres@/postgres?", site.database_url)
    with psycopg.connect(admin, autocommit=True) as server:
        name = server.execute("SELECT datname FROM pg_database WHERE datname = 'indii'").fetchone()
        assert name
        server.execute("ALTER DATABASE indii WITH ALLOW_CONNECTIONS false")
        try:
            server.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'indii'"
            )
            yield
        finally:
            server.execute("ALTER DATABASE indii WITH ALLOW_CONNECTIONS true")


@pytest.mark.slow
def test_the_web_process_dies_and_comes_back(
    visitors: Visitors, site: Site, troubles: Troubles, screenshots: Path
) -> None:
    """Given music and a step under way, when the web process is killed, then nothing is lost."""
    troubles.announce(GONE)
    desk = visitors.page("/explore")
    phone = visitors.page("/explore?genre=drill", size=PHONE)
    play(phone, "Cold Harbour")
    phone.get_by_label("Search recordings").fill("half")
    assert site.web
    site.stop(site.web, signal.SIGKILL)
    desk.get_by_role("link", name=re.compile("^Drill")).first.click()
    for page, width in ((phone, 390), (desk, 1440)):
        banner = page.get_by_text("Reconnecting… nothing is lost")
        expect(banner).to_be_visible(timeout=15_000)
        page.screenshot(path=screenshots / f"reconnecting-{width}-dark.png")
    heard = phone.evaluate(TIME)
    start_web(site)
    for page in (phone, desk):
        expect(page.get_by_text("Reconnecting… nothing is lost")).to_have_count(0, timeout=30_000)
    # The step that was taken meanwhile is answered, the music went on, what was typed is there.
    expect(desk.locator("#main .list-count b")).to_have_text("4")
    assert "Half Light" in titles(desk)
    assert phone.evaluate(TIME) > heard
    assert not phone.evaluate("() => indii.player.element.paused")
    field = phone.get_by_label("Search recordings")
    expect(field).to_have_value("half")
    field.press("Enter")
    phone.wait_for_url(re.compile("q=half"))
    expect(phone.locator("#main .list .row-title")).to_have_text(["Half Light"])


def test_the_database_goes_away_in_the_middle(
    visitors: Visitors, site: Site, people: People, troubles: Troubles
) -> None:
    """Given a form, when the database is gone, then saving says so and keeps what was typed."""
    troubles.announce("50[03]")
    page = visitors.page("/studio/recording/night-bus-31", person=people.producers[0])
    page.get_by_label("Credits").fill("Bass by Ines Holm.")
    with database_down(site):
        page.get_by_role("button", name="Save").click()
        said = page.get_by_text("The database did not answer. Nothing was changed")
        expect(said).to_be_visible(timeout=15_000)
        expect(page.get_by_label("Credits")).to_have_value("Bass by Ines Holm.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    visit(page, "/recording/night-bus-31")
    expect(page.get_by_text("Bass by Ines Holm.")).to_be_visible()


def test_a_page_opened_without_a_database_says_what_is_wrong(
    visitors: Visitors, site: Site, people: People, troubles: Troubles
) -> None:
    """Given no database, when a page or a form is used, then words come back, never a trace."""
    troubles.announce("50[03]")
    page = visitors.page("/sign-in")
    with database_down(site):
        page.get_by_label("E-mail").fill(people.fan.email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_text(re.compile("did not answer"))).to_be_visible(timeout=15_000)
        expect(page.get_by_label("E-mail")).to_have_value(people.fan.email)
        page.goto("/explore")
        expect(page.get_by_text(re.compile("did not answer")).first).to_be_visible(timeout=15_000)
        assert "Traceback" not in page.content()
    visit(page, "/explore")
    assert titles(page)
    walk(page, lambda: main_menu(page).get_by_role("link", name="Discover").click(),
         f"{visitors.url}/")  # fmt: skip
    lives(page)
