"""From a report to a takedown and back: what is gone is gone everywhere at once."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import expect

from tests.e2e.browsing import PHONE, Troubles, Visitors, email_to, lives, titles, visit
from tests.e2e.catalogue import People, finish_setup
from tests.factories.catalog import make_recording
from tests.factories.sounds import mp3
from tests.serving import Site

REASON = "The sample in the hook is not cleared."


@pytest.mark.parametrize("size", [None, PHONE], ids=["desktop", "phone"])
def test_a_reported_recording_is_taken_down_and_restored(
    visitors: Visitors, site: Site, people: People, troubles: Troubles, size: dict[str, int] | None
) -> None:
    """Given a report, when an administrator takes down, then page, stream, search are gone."""
    title = f"Borrowed {'Phone' if size else 'Desk'}"
    path = f"/recording/{title.lower().replace(' ', '-')}"
    recording = make_recording(
        site.rt, people.producers[0].actor, title=title, genre="dancehall", preview=mp3(2)
    )
    finish_setup(site)
    stream = f"{visitors.url}/media/preview/{recording}"

    visitor = visitors.page(path, size=size)
    visitor.get_by_role("button", name="Report this recording").click()
    form = visitor.get_by_role("dialog", name="Report this recording")
    form.get_by_role("button", name="Send report").click()
    expect(form.get_by_text(re.compile("Choose", re.IGNORECASE)).last).to_be_visible()
    form.get_by_label("What is wrong").select_option("uncleared_sample")
    form.get_by_label("Details").fill("At 0:12, it is ours.")
    form.get_by_role("button", name="Send report").click()
    expect(form.get_by_text("Report sent")).to_be_visible()
    assert httpx.get(stream).status_code == 200

    admin = visitors.page("/admin/reports", person=people.admin, size=size)
    thing = admin.get_by_role("listitem").filter(has=admin.get_by_role("heading", name=title))
    expect(thing.get_by_text("At 0:12, it is ours.")).to_be_visible()
    thing.get_by_role("button", name="Take down…").click()
    decision = admin.get_by_role("dialog", name=f"Take down “{title}”")
    decision.get_by_label("Reason, shown to the producer").fill(REASON)
    decision.get_by_role("button", name="Take down", exact=True).click()
    expect(admin.get_by_text("Taken down. The producer is told by e-mail.")).to_be_visible()
    expect(decision).to_be_hidden()
    expect(thing).to_have_count(0)

    troubles.announce(f"404.*{path}")
    assert visitor.goto(path).status == 404  # type: ignore[union-attr]
    lives(visitor)
    expect(visitor.get_by_role("heading", name="No such recording")).to_be_visible()
    assert httpx.get(stream).status_code == 404
    visit(visitor, "/explore?genre=dancehall")
    assert title not in titles(visitor)
    found = httpx.get(f"{visitors.url}/api/suggest", params={"q": "borrowed"}).json()
    assert title not in [suggestion["title"] for suggestion in found]

    producer = visitors.page(person=people.producers[0])
    site.work()
    email_to(producer, people.producers[0].email, "was taken down")
    expect(producer.get_by_text(REASON).first).to_be_visible()
    visit(producer, path)
    expect(producer.get_by_text("Taken down. Only you and moderators")).to_be_visible()

    admin.get_by_role("button", name=f"Restore {title}").click()
    expect(admin.get_by_text("Restored. The producer is told by e-mail.")).to_be_visible()
    visit(visitor, path)
    expect(visitor.get_by_role("heading", name=title)).to_be_visible()
    assert httpx.get(stream).status_code == 200
    visit(visitor, "/explore?genre=dancehall")
    assert title in titles(visitor)
    site.work()
    email_to(producer, people.producers[0].email, "is back")


def test_only_administrators_see_the_queue(visitors: Visitors, people: People) -> None:
    """Given a fan and a visitor, then the queue is not shown and the frame does not offer it."""
    fan = visitors.page("/admin/reports", person=people.fan)
    expect(fan.get_by_role("heading", name="This page is for administrators")).to_be_visible()
    expect(fan.get_by_role("link", name="Admin")).to_have_count(0)
    visitor = visitors.page()
    visitor.goto("/admin/work")
    visitor.wait_for_url(re.compile("/sign-in"))
