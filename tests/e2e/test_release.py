"""The whole way of a recording: uploaded by a producer, processed, published, found, heard."""

from __future__ import annotations

import re
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, Route, expect

from indii.catalog.recordings import commands as recordings
from indii.catalog.recordings.enums import AiUse, FileKind
from indii.catalog.uploads.commands import attach_upload
from indii.catalog.uploads.flows import ingest_file
from indii.catalog.uploads.rules import PART_BYTES
from indii.store.offers.commands import set_offers
from tests.e2e.browsing import (
    LOUDNESS,
    PHONE,
    TIME,
    WATCH,
    Troubles,
    Visitors,
    email_to,
    heard_without_a_gap,
    lives,
    main_menu,
    play,
    row,
    sign_in,
    titles,
    visit,
    walk,
)
from tests.e2e.catalogue import People
from tests.factories.identity import PASSWORD
from tests.serving import Site, wait_for

RATE = 22_050
MINOR_CHORD = (220.0, 261.63, 329.63)  # A, C, E
WORKED_WITHIN_MS = 60_000


def beat(path: Path, seconds: float, *, bpm: float = 120, lift: float = 1.0) -> Path:
    """Write a kick, a hat and an A minor chord as a 16 bit WAV."""
    step = 60 / bpm
    t = np.arange(int(seconds * RATE)) / RATE
    since, off = t % step, (t + step / 2) % step
    kick = np.sin(2 * np.pi * 55 * since) * np.exp(-since * 14)
    hat = np.random.default_rng(7).uniform(-1, 1, t.size) * np.exp(-off * 60)
    chord = sum(np.sin(2 * np.pi * hz * lift * t) for hz in MINOR_CHORD) / 3
    mixed = (15_000 * (0.9 * kick + 0.25 * hat + 0.5 * chord)).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(mixed.tobytes())
    return path


@pytest.fixture(scope="module")
def workers(site: Site, people: People) -> Iterator[list[int]]:
    """The real workers, as `indii up` runs them."""
    with site.workers(1) as pids:
        yield pids


@pytest.fixture(scope="module")
def twin(site: Site, people: People, workers: list[int], tmp_path_factory: object) -> str:
    """A live recording that the real model has embedded; returns its title."""
    actor = people.producers[2].actor
    folder = tmp_path_factory.mktemp("twin")  # type: ignore[attr-defined]
    taken = ingest_file(
        site.rt, actor, path=beat(folder / "twin.wav", 20, lift=1.0), kind=FileKind.MAIN_WAV,
        filename="twin.wav",
    )  # fmt: skip
    with site.rt.write(actor) as ctx:
        made = recordings.create_draft(ctx, title="Concrete Twin")
        attach_upload(ctx, recording_id=made, upload_id=taken.id)
        recordings.describe(ctx, recording_id=made, title="Concrete Twin", genre="techno",
                            mood="dark", bpm=120, key=21, tags=["kick"], credits="")  # fmt: skip
        recordings.attest(ctx, recording_id=made, holds_rights=True, ai_use=AiUse.NONE)
        set_offers(ctx, recording_id=made, prices={"mp3_lease": 2100})  # type: ignore[dict-item]
        recordings.publish(ctx, recording_id=made)
    return "Concrete Twin"


def become_producer(page: Page, visitors: Visitors, address: str, name: str) -> None:
    """Sign up as a producer, confirm by e-mail, sign in."""
    visit(page, "/sign-up?role=producer")
    page.get_by_label("Name").fill(name)
    page.get_by_label("E-mail").fill(address)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("checkbox", name=re.compile("I accept the terms")).check()
    page.get_by_role("button", name="Create account").click()
    page.wait_for_url("**/check-mail")
    email_to(page, address, "Confirm your e-mail")
    page.get_by_role("link").filter(has_text="/auth/verify").click()
    page.wait_for_url("**/sign-in")
    sign_in(page, address, PASSWORD)
    page.wait_for_url(f"{visitors.url}/")
    lives(page)


def upload(page: Page, file: Path) -> None:
    """Go to the studio, upload the file, open the draft that it becomes."""
    walk(page, lambda: main_menu(page).get_by_role("link", name="Studio").click(), "**/studio")
    walk(page, lambda: page.get_by_role("link", name="Upload").first.click(), "**/studio/upload")
    page.locator("input[type=file]").set_input_files(str(file))
    sent = page.locator(".upload-row").filter(has_text=file.name)
    expect(sent).to_contain_text("Checked", timeout=30_000)
    draft = page.get_by_role("listitem").filter(has=page.get_by_role("link", name="Add details"))
    expect(draft.first).to_be_visible()
    draft.first.get_by_role("link", name="Add details").click()
    page.wait_for_url("**/studio/recording/*")
    lives(page)


def describe(page: Page, title: str) -> None:
    """Fill the form in, with what Indii hears, and save it."""
    page.get_by_label("Title").fill(title)
    page.get_by_label("Genre").select_option("techno")
    page.get_by_label("Mood").select_option("dark")
    page.get_by_role("button", name=re.compile(r"^Use 1[12]\d")).click()
    expect(page.get_by_label("Tempo")).to_have_value(re.compile(r"^1[12]\d"))
    page.get_by_role("combobox", name="Key").select_option("21")
    page.get_by_label("MP3 lease").fill("24.50")
    page.get_by_label("WAV lease").fill("49")
    page.get_by_role("checkbox", name=re.compile("hold the rights")).check()
    page.get_by_role("radio", name=re.compile("No AI")).click()
    expect(page.get_by_role("radio", name=re.compile("No AI"))).to_be_checked()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()


@pytest.mark.slow
@pytest.mark.parametrize("size", [None, PHONE], ids=["desktop", "phone"])
def test_a_producer_releases_and_a_fan_finds_and_hears(
    visitors: Visitors, site: Site, twin: str, tmp_path: Path, size: dict[str, int] | None
) -> None:
    """Given a new producer, when they publish a WAV, then a fan finds it and hears it on."""
    where = "Phone" if size else "Desk"
    title = f"Harbour Kick {where}"
    producer = visitors.page("/", size=size)
    become_producer(producer, visitors, f"kick-{where.lower()}@example.com", f"Kick {where}")
    upload(producer, beat(tmp_path / "harbour kick.wav", 36, lift=1.001))
    # Processing is seen, then its fruits: waveform and preview, tempo and key from the sound.
    work = producer.get_by_role("heading", name="Processing").locator("xpath=../..")
    expect(work.get_by_text("done")).to_have_count(2, timeout=WORKED_WITHIN_MS)
    expect(producer.get_by_text(re.compile("Detected: ")).first).to_be_visible()
    describe(producer, title)
    producer.get_by_role("button", name="Publish").click()
    sure = producer.get_by_role("dialog", name="Publish this recording?")
    sure.get_by_role("button", name="Publish").click()
    expect(producer.get_by_text("Published. Everyone can hear it now.")).to_be_visible()
    slug = producer.url.rpartition("/")[2]
    assert slug == title.lower().replace(" ", "-")

    fan = visitors.page("/explore", size=size)
    by_filter(fan, title, has_sheet=size is not None)
    visit(fan, "/explore")
    by_similarity(fan, twin, title)
    across_three_pages(fan, visitors, title, slug)
    if size is None:
        a_play_counts(fan, producer, title)


def by_filter(page: Page, title: str, *, has_sheet: bool) -> None:
    """Find it by genre, key and tempo."""
    if has_sheet:
        page.get_by_role("button", name="Filters").click()
    shown = page.get_by_role("dialog", name="Filters") if has_sheet else page
    shown.get_by_role("link", name=re.compile("^Techno")).click()
    page.wait_for_url(re.compile("genre=techno"))
    shown.get_by_role("link", name="8A, A minor").click()
    page.wait_for_url(re.compile("key=8A"))
    if has_sheet:
        page.keyboard.press("Escape")
    visit(page, page.url + "&bpm=110-130")
    assert title in titles(page)
    expect(row(page, title).get_by_text("$24.50").first).to_be_visible()


def by_similarity(page: Page, twin: str, title: str) -> None:
    """Find it on the page of another recording, with a reason from real numbers."""
    page.get_by_label("Search recordings").fill(twin)
    page.get_by_label("Search recordings").press("Enter")
    # The list may show it already: a click before the answer would be overtaken by it.
    page.wait_for_url(re.compile(r"[?&]q="))
    walk(page, lambda: page.get_by_role("link", name=twin, exact=True).click(),
         "**/recording/concrete-twin")  # fmt: skip
    alike = row(page, title)
    expect(alike).to_contain_text(re.compile(r"same key \(8A\)|bpm apart|same tempo"))
    walk(page, lambda: alike.get_by_role("link", name=title, exact=True).click(),
         "**/recording/harbour-kick-*")  # fmt: skip
    expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()


def across_three_pages(page: Page, visitors: Visitors, title: str, slug: str) -> None:
    """Hear it while walking to three other pages: one element, no pause, time only grows."""
    play(page, title)
    page.evaluate(WATCH)
    assert page.evaluate(LOUDNESS) > 0.005
    before = page.evaluate(TIME)
    walk(page, lambda: main_menu(page).get_by_role("link", name="Discover").click(),
         f"{visitors.url}/")  # fmt: skip
    walk(page, lambda: main_menu(page).get_by_role("link", name="Search").click(), "**/explore")
    walk(page, lambda: page.get_by_role("link", name=title, exact=True).first.click(),
         f"**/recording/{slug}")  # fmt: skip
    heard_without_a_gap(page)
    assert page.evaluate(TIME) > before + 1


def a_play_counts(fan: Page, producer: Page, title: str) -> None:
    """After thirty seconds that were really heard, the producer sees one play."""
    with fan.expect_response(
        lambda answer: answer.url.endswith("/api/plays"), timeout=45_000
    ) as counted:
        pass
    assert counted.value.ok
    heard_without_a_gap(fan)
    visit(producer, "/studio")
    line = producer.get_by_role("row").filter(has_text=title)
    expect(line.get_by_role("cell").last).to_have_text("1")


@pytest.mark.slow
def test_an_upload_survives_the_network_and_a_reload(
    visitors: Visitors, people: People, workers: list[int], troubles: Troubles, tmp_path: Path
) -> None:
    """Given a file of three parts, when a part fails it goes on by itself, after a reload at the
    same place with the same file."""
    troubles.announce("/api/uploads/")
    page = visitors.page("/studio/upload", person=people.producers[1])
    file = beat(tmp_path / "long way.wav", 100)
    with wave.open(str(file), "rb") as short:
        made, sound = short.getparams(), short.readframes(short.getnframes())
    with wave.open(str(file), "wb") as long:
        long.setparams(made)
        long.writeframes(sound * 4)
    sent: list[int] = []
    is_cut = True

    def part(route: Route) -> None:
        if route.request.method != "PATCH":
            return route.continue_()
        sent.append(int(route.request.headers["upload-offset"]))
        # The network goes away for a moment, and before the last part for as long as we say.
        is_lost = len(sent) == 2 or (is_cut and sent[-1] == 2 * PART_BYTES)
        return route.abort() if is_lost else route.continue_()

    page.route("**/api/uploads/*", part)
    page.locator("input[type=file]").set_input_files(str(file))
    row = page.locator(".upload-row").filter(has_text=file.name)
    expect(row).to_contain_text("Trying again", timeout=60_000)
    half = "() => JSON.stringify(localStorage).includes('16777216')"
    page.wait_for_function(half, timeout=60_000)
    page.on("dialog", lambda asked: asked.accept())
    page.reload()
    lives(page)
    expect(row).to_contain_text("Choose the same file again to go on")
    is_cut, before = False, len(sent)
    page.locator("input[type=file]").set_input_files(str(file))
    expect(row).to_contain_text("Checked", timeout=60_000)
    assert sent[before:] == [2 * PART_BYTES]
    expect(page.get_by_role("link", name="long way")).to_be_visible()


def test_files_that_are_no_music_are_refused_in_words(
    visitors: Visitors, people: People, workers: list[int], tmp_path: Path
) -> None:
    """Given text, a mislabelled and an empty file, then each is refused, and why; nothing stays."""
    page = visitors.page("/studio/upload", person=people.producers[1])
    (tmp_path / "lyrics.wav").write_text("la la la " * 500)
    (tmp_path / "empty.wav").write_bytes(b"")
    (tmp_path / "notes.txt").write_text("no")
    names = ("lyrics.wav", "empty.wav", "notes.txt")
    drafts = page.get_by_role("link", name="Add details").count()
    page.locator("input[type=file]").set_input_files([str(tmp_path / name) for name in names])
    for name in names:
        sent = page.locator(".upload-row").filter(has_text=name)
        expect(sent).to_have_attribute("data-state", "refused", timeout=60_000)
        expect(sent.locator(".upload-bad")).not_to_be_empty()
    page.reload()
    lives(page)
    expect(page.get_by_role("link", name="Add details")).to_have_count(drafts)


@pytest.mark.slow
def test_a_killed_worker_loses_no_work(
    visitors: Visitors, site: Site, people: People, workers: list[int], tmp_path: Path
) -> None:
    """Given work under way, when its worker is killed, then the job is taken up again and ends."""
    import os
    import signal

    from sqlalchemy import text

    from indii.kernel.context import SYSTEM

    page = visitors.page("/studio/upload", person=people.producers[1])
    upload(page, beat(tmp_path / "cut off.wav", 60))

    def job(state: str) -> int:
        with site.rt.read(SYSTEM) as ctx:
            found = ctx.db.execute(
                text("SELECT count(*) FROM job WHERE state = :state AND key = :key"),
                {"state": state, "key": recording},
            )
            return int(found.scalar_one())

    with site.rt.read(SYSTEM) as ctx:
        recording = str(
            ctx.db.execute(text("SELECT id FROM recording WHERE title = 'cut off'")).scalar_one()
        )
    wait_for(lambda: job("running"), "the work to begin", within_s=30)
    assert workers
    for pid in workers:
        os.kill(pid, signal.SIGKILL)
    with site.rt.write(SYSTEM) as ctx:
        # The lease is three minutes; this is the moment when they are over.
        ctx.db.execute(text("UPDATE job SET leased_until = now() WHERE state = 'running'"))
    wait_for(lambda: job("done") == 2, "the work to be taken up again", within_s=60)
    done = page.locator("ul[aria-live] .job[data-state=done]")
    expect(done).to_have_count(2, timeout=20_000)
    with site.rt.read(SYSTEM) as ctx:
        tries = ctx.db.execute(text("SELECT max(tries) FROM job WHERE key = :key"),
                               {"key": recording}).scalar_one()  # fmt: skip
    assert tries == 2
