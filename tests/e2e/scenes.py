"""Everything there is to look at: each page of the site, and what opens on it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page, expect

from indii.kernel.text import slugify
from tests.e2e.browsing import lives, pay_by_card, play
from tests.e2e.catalogue import PIECES

Step = Callable[[Page], Any]
WITH_ENDING = re.compile(r"…$")


@dataclass(frozen=True)
class Scene:
    """One thing to look at; `only` is a width, `floats` what lies above the page.

    `after` names a scene before it that this one needs, in the same browser.
    """

    name: str
    path: str
    route: str = ""
    step: Step | None = None
    only: int = 0
    floats: bool = False
    after: str = ""

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


def _licenses(page: Page) -> Any:
    page.get_by_role("link", name=re.compile("^Licenses for No Signal")).first.click()
    sheet = _dialog(page, "Choose a license")
    sheet.get_by_role("radio", name=re.compile("WAV lease")).check()
    return sheet


def _license_added(page: Page) -> None:
    sheet = _licenses(page)
    sheet.get_by_role("button", name="Add to cart").click()
    expect(sheet.get_by_role("button", name="Keep listening")).to_be_visible()


def _named(page: Page) -> None:
    page.get_by_label("Legal name").first.fill("Lena Moss")
    page.get_by_role("button", name="Save name").click()
    expect(page.get_by_text("Contracts will be made out to Lena Moss")).to_be_visible()


def _cart_read(page: Page) -> None:
    _named(page)
    page.get_by_text("Read the contract").first.click()
    page.get_by_text("License this to someone else").first.click()
    page.get_by_role("checkbox").first.check()
    expect(page.get_by_role("button", name=re.compile("^Pay"))).to_be_enabled()


def _refused_tip(page: Page) -> None:
    page.get_by_label("Another amount").fill("0.20")
    page.get_by_role("button", name="Continue to payment").click()
    page.wait_for_url("**/tip/**")
    expect(page.locator(".error:not(:empty)").first).to_be_visible()


def _tip(page: Page) -> None:
    page.get_by_label("Another amount").fill("7.50")
    page.get_by_role("textbox", name="Message").fill("On repeat all week.")
    page.get_by_role("checkbox", name="Show my message").check()
    page.get_by_role("button", name="Continue to payment").click()
    pay_by_card(page)
    page.wait_for_url("**/tip-thanks/**")
    lives(page)


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
        [{"name": "lyrics.txt", "mimeType": "text/plain", "buffer": b"la la la " * 400}]
    )
    expect(page.locator(".upload-row[data-state=refused]")).to_be_visible()


def _wrong_form(page: Page) -> None:
    page.get_by_label("Title").fill("")
    page.get_by_label("MP3 lease").fill("a lot")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Not saved: check the marked fields.")).to_be_visible()


def _take_down(page: Page) -> None:
    page.get_by_role("button", name="Take down…").first.click()
    _dialog(page, re.compile("^Take down"))


def _first(place: str) -> Step:
    """Follow the first link of the page's table that leads there."""

    def step(page: Page) -> None:
        page.locator(f"#main .table a[href^='{place}']").first.click()
        page.wait_for_url(f"**{place}**")

    return step


def _partly_given_back(page: Page) -> None:
    _first("/admin/order/")(page)
    page.get_by_role("button", name="Refund…").click()
    _dialog(page, "Refund")


def _refund_confirmed(page: Page) -> None:
    _partly_given_back(page)
    reason = page.get_by_label("Reason, shown to buyer and seller")
    reason.fill("?")
    page.get_by_role("button", name="Review").click()
    expect(page.locator("#refund .error:not(:empty)").first).to_be_visible()
    reason.fill("Bought the wrong tier.")
    page.get_by_role("button", name="Review").click()
    _dialog(page, re.compile("^Refund"))


def _payment_goes_back(page: Page) -> None:
    _first("/admin/order/")(page)
    page.get_by_role("button", name="Refund the payment…").click()
    _dialog(page, "Refund the payment")
    page.get_by_label("Reason, shown to the buyer").fill("?")
    page.get_by_role("button", name=re.compile(r"^Refund \S+$")).click()
    expect(page.locator("#return .error:not(:empty)").first).to_be_visible()


def _certificate(link: str) -> Step:
    """Follow the link to what a certificate says today."""

    def step(page: Page) -> None:
        page.get_by_role("link", name=link).first.click()
        page.wait_for_url("**/verify/**")

    return step


def _paper_of_an_order(page: Page) -> None:
    _first("/admin/order/")(page)
    _certificate("Certificate")(page)


def _no_such_number(page: Page) -> None:
    page.locator("#main input[type=text]").first.fill("12345")
    page.locator("#main input[type=text]").first.press("Enter")
    expect(page.locator(".error:not(:empty)").first).to_be_visible()


def _refused_email(page: Page) -> None:
    # Good enough for a browser, not for us.
    page.get_by_label("E-mail").fill("nobody@nowhere")
    page.get_by_role("button", name="Send the link").click()
    page.wait_for_url("**/downloads")
    expect(page.locator(".error:not(:empty)").first).to_be_visible()


LONG = "/recording/" + slugify(PIECES[9].title, fallback="")
RECORDING, PRODUCER = "/recording/[slug]", "/producer/[slug]"
TIP = "/tip/[slug]"
ORDER, CERTIFICATE = "/admin/order/[number]", "/verify/[certificate]"
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
    Scene("cart-empty", "/cart?payment=left"),
    Scene("license-sheet", "/explore?genre=trap", step=_licenses, floats=True),
    Scene("license-added", "/explore?genre=trap", step=_license_added, floats=True),
    Scene("cart-blocked", "/cart", after="license-added"),
    Scene("cart-ready", "/cart", step=_cart_read, after="license-added"),
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
    Scene("downloads-visitor", "/downloads"),
    Scene("downloads-refused", "/downloads", step=_refused_email),
    Scene("sales-door", "/studio/sales"),
    Scene("verify", "/verify"),
    Scene("verify-refused", "/verify", step=_no_such_number),
    # The player stays where it is from here on.
    Scene("explore-playing", "/explore", step=_play, floats=True),
    Scene("queue", "/explore", step=_queue, only=1440, floats=True),
    Scene("player-sheet", "/explore", step=_player_sheet, only=390, floats=True),
)
FAN = (
    Scene("tip", "/tip/ash-verell?recording=cold-harbour&amount=500", TIP),
    Scene("tip-refused", "/tip/ash-verell", TIP, step=_refused_tip),
    Scene("tip-thanks", "/tip/ash-verell", "/tip-thanks/[order]", step=_tip),
    Scene("account", "/account"),
    Scene("account-delete", "/account", step=_press(WITH_ENDING), floats=True),
    Scene("studio-offer", "/studio"),
    Scene("downloads", "/downloads"),
    Scene("sales-fan", "/studio/sales"),
    Scene(
        "certificate-void",
        "/downloads",
        CERTIFICATE,
        step=_certificate("View certificate status"),
    ),
    Scene("not-allowed", "/admin/reports"),
)
STUDIO_RECORDING = "/studio/recording/[slug]"
PRODUCERS = (
    Scene("studio", "/studio"),
    Scene("downloads-empty", "/downloads"),
    Scene("sales", "/studio/sales"),
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
    Scene("admin-orders", "/admin/orders"),
    Scene("admin-orders-none", "/admin/orders?q=nobody@example.org"),
    Scene("admin-order", "/admin/orders?q=IN-&state=paid", ORDER, step=_first("/admin/order/")),
    Scene("admin-order-refunded", "/admin/orders?state=refunded", ORDER,
          step=_first("/admin/order/")),
    Scene("admin-order-review", "/admin/orders?state=needs_review", ORDER,
          step=_first("/admin/order/")),
    Scene("admin-orders-failed", "/admin/orders?state=refund_failed"),
    Scene("admin-return", "/admin/orders?state=needs_review", ORDER,
          step=_payment_goes_back, floats=True),
    Scene("admin-order-returned", "/admin/orders?q=returned@&state=refunded", ORDER,
          step=_first("/admin/order/")),
    Scene("certificate", "/admin/orders?q=guest@&state=paid", CERTIFICATE, step=_paper_of_an_order),
    Scene("admin-order-none", "/admin/order/IN-0000-0000", ORDER),
    Scene("admin-refund", "/admin/orders?q=guest@&state=paid", ORDER,
          step=_partly_given_back, floats=True),
    Scene("admin-refund-confirm", "/admin/orders?q=guest@&state=paid", ORDER,
          step=_refund_confirmed, floats=True),
    Scene("admin-ledger", "/admin/ledger"),
    Scene("admin-ledger-account", "/admin/ledger?code=seller_payable"),
    Scene("admin-movement", "/admin/ledger", "/admin/ledger/[transaction]",
          step=_first("/admin/ledger/0")),
    Scene("admin-events", "/admin/events"),
    Scene("admin-mail", "/admin/mail"),
    Scene("admin-audit", "/admin/audit"),
    Scene("admin-audit-none", "/admin/audit?q=nobody+did+this"),
)  # fmt: skip
EVERYTHING = {"visitor": VISITOR, "fan": FAN, "producer": PRODUCERS, "admin": ADMIN}
