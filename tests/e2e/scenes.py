"""Everything there is to look at: each page of the site, and what opens on it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page, expect

from indii.kernel.text import slugify
from tests.e2e.browsing import play
from tests.e2e.catalogue import PIECES

Step = Callable[[Page], Any]
WITH_ENDING = re.compile(r"…$")


@dataclass(frozen=True)
class Scene:
    """One thing to look at; `only` is a width, `floats` what lies above the page."""

    name: str
    path: str
    route: str = ""
    step: Step | None = None
    only: int = 0
    floats: bool = False

    @property
    def page(self) -> str:
        """The registered route that this scene shows."""
        return self.route or self.path.partition("?")[0]


def _press(name: str | re.Pattern[str]) -> Step:
    return lambda page: page.get_by_role("button", name=name).first.click()


def _dialog(page: Page, name: str | re.Pattern[str]) -> Any:
    found = page.get_by_role("dialog", name=name)
    expect(found).to_be_visible()
    return found


def _report(page: Page) -> None:
    page.get_by_role("button", name="Report this recording").click()
    _dialog(page, "Report this recording").get_by_role("button", name="Send report").click()
    expect(page.locator("#report .error:not(:empty)").first).to_be_visible()


def _command_menu(page: Page) -> None:
    page.keyboard.press("Control+k")
    menu = _dialog(page, re.compile("."))
    page.keyboard.type("rust")
    expect(menu.get_by_role("option", name=re.compile("Grayline"))).to_be_visible()


def _shortcuts(page: Page) -> None:
    page.keyboard.press("?")
    _dialog(page, "Keyboard shortcuts")


def _play(page: Page) -> None:
    play(page, "No Signal")
    page.evaluate("() => indii.player.seek(17)")
    page.wait_for_function("() => indii.player.element.currentTime > 17")
    page.evaluate("() => { indii.player.pause?.(); indii.player.element.pause() }")


def _queue(page: Page) -> None:
    _play(page)
    page.get_by_role("region", name="Player").get_by_role("button", name="Queue").click()
    expect(_dialog(page, "Queue").get_by_role("listitem").first).to_be_visible()


def _player_sheet(page: Page) -> None:
    _play(page)
    page.get_by_role("button", name=re.compile("^Open player")).click()
    expect(_dialog(page, "Player").get_by_role("listitem").first).to_be_visible()


def _filters(page: Page) -> None:
    page.get_by_role("button", name="Filters").click()
    _dialog(page, "Filters")


def _refused_entry(page: Page) -> None:
    page.get_by_label("E-mail").fill("nobody@example.com")
    page.get_by_label("Password").fill("not the right one")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/sign-in")
    expect(page.get_by_role("alert")).to_be_visible()


def _refused_account(page: Page) -> None:
    page.get_by_label("Name").fill("Ines")
    page.get_by_label("E-mail").fill("ines@example.com")
    page.get_by_label("Password").fill("password1234")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Create account").click()
    page.wait_for_url("**/sign-up")
    expect(page.locator(".error:not(:empty)").first).to_be_visible()


def _refused_file(page: Page) -> None:
    page.locator("input[type=file]").first.set_input_files(
        [{"name": "lyrics.wav", "mimeType": "audio/wav", "buffer": b"la la la " * 400}]
    )
    expect(page.locator(".upload-row[data-state=refused]")).to_be_visible(timeout=20_000)


def _wrong_form(page: Page) -> None:
    page.get_by_label("Title").fill("")
    page.get_by_label("MP3 lease").fill("a lot")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Not saved: see the marked fields.")).to_be_visible()


def _take_down(page: Page) -> None:
    page.get_by_role("button", name="Take down…").first.click()
    _dialog(page, re.compile("^Take down"))


LONG = "/recording/" + slugify(PIECES[9].title, fallback="")
RECORDING, PRODUCER = "/recording/[slug]", "/producer/[slug]"
VISITOR = (
    Scene("home", "/"),
    Scene("explore", "/explore"),
    Scene("explore-filtered", "/explore?genre=drill&mood=dark&key=4A&near=1&bpm=60-150&half=1"),
    Scene("explore-corrected", "/explore?q=lantrens"),
    Scene("explore-empty", "/explore?genre=ambient&bpm=200-220"),
    Scene("explore-sheet", "/explore?genre=drill", step=_filters, only=390, floats=True),
    Scene("command-menu", "/", step=_command_menu, floats=True),
    Scene("shortcuts", "/", step=_shortcuts, only=1440, floats=True),
    Scene("recording", "/recording/cold-harbour", RECORDING),
    Scene("recording-long", LONG, RECORDING),
    Scene("recording-bare", "/recording/saltwater", RECORDING),
    Scene("recording-report", "/recording/rust", RECORDING, step=_report, floats=True),
    Scene("recording-none", "/recording/nobody-made-this", RECORDING),
    Scene("producer", "/producer/ash-verell", PRODUCER),
    Scene("producer-bare", "/producer/quiet-newcomer", PRODUCER),
    Scene("nowhere", "/nowhere", "404"),
    Scene("sign-in", "/sign-in"),
    Scene("sign-in-refused", "/sign-in", step=_refused_entry),
    Scene("sign-up", "/sign-up"),
    Scene("sign-up-refused", "/sign-up", step=_refused_account),
    Scene("check-mail", "/check-mail"),
    Scene("forgot", "/forgot"),
    Scene("reset", "/reset"),
    Scene("terms", "/terms"),
    Scene("privacy", "/privacy"),
    Scene("studio-door", "/studio"),
    # The player stays where it is from here on.
    Scene("explore-playing", "/explore", step=_play, floats=True),
    Scene("queue", "/explore", step=_queue, only=1440, floats=True),
    Scene("player-sheet", "/explore", step=_player_sheet, only=390, floats=True),
)
FAN = (
    Scene("account", "/account"),
    Scene("account-delete", "/account", step=_press(WITH_ENDING), floats=True),
    Scene("studio-offer", "/studio"),
    Scene("not-allowed", "/admin/reports"),
)
STUDIO_RECORDING = "/studio/recording/[slug]"
PRODUCERS = (
    Scene("studio", "/studio"),
    Scene("studio-upload", "/studio/upload"),
    Scene("studio-upload-refused", "/studio/upload", step=_refused_file),
    Scene("studio-settings", "/studio/settings"),
    Scene("studio-recording", "/studio/recording/cold-harbour", STUDIO_RECORDING),
    Scene("studio-recording-wrong", "/studio/recording/rust", STUDIO_RECORDING),
    Scene("studio-refused", "/studio/recording/half-light", STUDIO_RECORDING, step=_wrong_form),
    Scene("studio-withdraw", "/studio/recording/cold-harbour", STUDIO_RECORDING,
          step=_press("Withdraw"), floats=True),
)  # fmt: skip
ADMIN = (
    Scene("admin-reports", "/admin/reports"),
    Scene("admin-decision", "/admin/reports", step=_take_down, floats=True),
    Scene("admin-work", "/admin/work"),
)
EVERYTHING = {"visitor": VISITOR, "fan": FAN, "producer": PRODUCERS, "admin": ADMIN}
