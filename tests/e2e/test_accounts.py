"""Coming in and going out: forms that work without scripts, sessions that end everywhere."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsing import (
    PHONE,
    Troubles,
    Visitors,
    email_to,
    lives,
    main_menu,
    sign_in,
    visit,
    walk,
)
from tests.factories.identity import PASSWORD, make_fan
from tests.serving import Site

NEW_PASSWORD = "quiet-river-stone-9"


@pytest.fixture
def fan(site: Site) -> str:
    """The address of a confirmed listener of this test's own."""
    address = f"fan-{len(_known)}@example.com"
    _known.append(address)
    make_fan(site.rt, name="Mara Lind", email=address)
    return address


_known: list[str] = []


def in_the_house(page: Page, name: str = "Mara Lind") -> None:
    """Check that the frame knows who is there."""
    expect(main_menu(page).get_by_role("link", name=re.compile(f"{name}|Account"))).to_be_visible()


@pytest.mark.parametrize("size", [None, PHONE], ids=["desktop", "phone"])
def test_somebody_signs_up_and_confirms_by_email(
    visitors: Visitors, size: dict[str, int] | None
) -> None:
    """Given a visitor, when they sign up and open the e-mail, then they can sign in."""
    address = f"new-{'phone' if size else 'desk'}@example.com"
    page = visitors.page("/", size=size)
    walk(page, lambda: main_menu(page).get_by_role("link", name="Sign in").click(), "**/sign-in*")
    walk(page, lambda: page.get_by_role("link", name="Create an account").click(), "**/sign-up*")
    page.get_by_role("radio", name=re.compile("^Listen")).check()
    page.get_by_label("Name").fill("Ines Holm")
    page.get_by_label("E-mail").fill(address)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("checkbox", name=re.compile("I accept the terms")).check()
    page.get_by_role("button", name="Create account").click()
    page.wait_for_url("**/check-mail")
    expect(page.get_by_text(address)).to_be_visible()
    # Before the e-mail is opened the right password is not enough.
    sign_in(page, address, PASSWORD)
    page.wait_for_url("**/check-mail")
    expect(page.get_by_text("Confirm your e-mail first")).to_be_visible()
    email_to(page, address, "Confirm your e-mail")
    page.get_by_role("link").filter(has_text="/auth/verify").click()
    page.wait_for_url("**/sign-in")
    expect(page.get_by_text("Your e-mail is confirmed")).to_be_visible()
    sign_in(page, address, PASSWORD)
    page.wait_for_url(f"{visitors.url}/")
    lives(page)
    in_the_house(page, "Ines Holm")


def test_wrong_passwords_are_refused_alike(visitors: Visitors, fan: str) -> None:
    """Given a known and an unknown e-mail, when the password is wrong, then both hear the same."""
    page = visitors.page()
    for address in (fan, "nobody@example.com"):
        sign_in(page, address, "not-this-one-77")
        page.wait_for_url("**/sign-in")
        said = page.get_by_role("alert")
        expect(said).to_have_text("That e-mail and password do not match.")
        expect(page.get_by_label("E-mail")).to_have_value(address)
        expect(page.get_by_label("Password")).to_have_value("")


def test_a_weak_form_says_what_is_wrong_beside_the_field(visitors: Visitors) -> None:
    """Given a bad password, when the form is sent, then its field says so, the rest is kept."""
    page = visitors.page("/sign-up?role=producer")
    expect(page.get_by_role("radio", name=re.compile("^Sell"))).to_be_checked()
    page.get_by_label("Name").fill("Ines")
    page.get_by_label("E-mail").fill("weak@example.com")
    page.get_by_label("Password").fill("password1234")
    page.get_by_role("checkbox", name=re.compile("I accept the terms")).check()
    page.get_by_role("button", name="Create account").click()
    page.wait_for_url("**/sign-up")
    field = page.get_by_label("Password")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("too easy to guess")).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("Ines")
    expect(page.get_by_role("radio", name=re.compile("^Sell"))).to_be_checked()


def test_too_many_tries_have_to_wait(visitors: Visitors, fan: str) -> None:
    """Given ten wrong passwords, then the eleventh try is refused even with the right one."""
    page = visitors.page()
    for _ in range(10):
        answer = page.request.post(
            "/auth/sign-in", form={"email": fan, "password": "wrong-wrong-1"}, max_redirects=0
        )
        assert answer.status == 303
    sign_in(page, fan, PASSWORD)
    page.wait_for_url("**/sign-in")
    expect(page.get_by_role("alert")).to_contain_text(re.compile("try again|wait", re.IGNORECASE))


def test_where_somebody_wanted_to_go_is_kept(visitors: Visitors, fan: str) -> None:
    """Given a page that needs an account, then signing in leads there, and never off this site."""
    page = visitors.page()
    page.goto("/account")
    page.wait_for_url("**/sign-in?next=/account")
    lives(page)
    page.get_by_label("E-mail").fill(fan)
    page.get_by_label("Password").fill("first-a-mistake")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/sign-in?next=%2Faccount")
    lives(page)
    page.get_by_label("E-mail").fill(fan)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/account")
    lives(page)
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    # Whoever is in has no business at the door.
    page.goto("/sign-in?next=/explore")
    page.wait_for_url("**/explore")
    other = visitors.page()
    sign_in(other, fan, PASSWORD, path="/sign-in?next=https://evil.example/")
    other.wait_for_url(f"{visitors.url}/")


def test_signing_out_everywhere_ends_the_other_browser_at_its_next_event(
    visitors: Visitors, fan: str
) -> None:
    """Given two browsers, when one signs out everywhere, then the other is out at its next step."""
    one, two = visitors.page(), visitors.page()
    for page in (one, two):
        sign_in(page, fan, PASSWORD, path="/sign-in?next=/account")
        page.wait_for_url("**/account")
        lives(page)
    one.reload()
    lives(one)
    sessions = one.get_by_role("heading", name="Where you're signed in").locator("xpath=../..")
    expect(sessions.get_by_role("listitem")).to_have_count(2)
    expect(sessions.get_by_text("This browser")).to_have_count(1)
    one.get_by_role("button", name="Sign out everywhere").click()
    one.wait_for_url(f"{visitors.url}/")
    lives(one)
    expect(main_menu(one).get_by_role("link", name="Sign in")).to_be_visible()
    # The other browser still shows the page; any step it takes is refused, nothing private stays.
    two.get_by_label("Name").fill("Somebody Else")
    two.get_by_role("button", name="Save profile").click()
    expect(two.get_by_text(re.compile("Sign in", re.IGNORECASE)).first).to_be_visible()
    visit(two, "/")
    expect(main_menu(two).get_by_role("link", name="Sign in")).to_be_visible()
    two.goto("/account")
    two.wait_for_url("**/sign-in?next=/account")


def test_one_other_browser_can_be_signed_out(visitors: Visitors, fan: str) -> None:
    """Given two browsers, when one ends the other's session, then only that one is out."""
    one, two = visitors.page(), visitors.page()
    for page in (two, one):
        sign_in(page, fan, PASSWORD, path="/sign-in?next=/account")
        page.wait_for_url("**/account")
        lives(page)
    one.get_by_role("button", name=re.compile("^Sign out Chrome")).click()
    expect(one.get_by_role("button", name=re.compile("^Sign out Chrome"))).to_have_count(0)
    visit(two, "/")
    expect(main_menu(two).get_by_role("link", name="Sign in")).to_be_visible()
    visit(one, "/")
    in_the_house(one)


def test_signing_out_leaves_nothing_behind_the_back_button(visitors: Visitors, fan: str) -> None:
    """Given a signed-in page, when signing out and going back, then nothing private is shown."""
    page = visitors.page()
    sign_in(page, fan, PASSWORD, path="/sign-in?next=/account")
    page.wait_for_url("**/account")
    lives(page)
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.wait_for_url(f"{visitors.url}/")
    lives(page)
    page.go_back()
    page.wait_for_url(re.compile("sign-in"))
    expect(page.get_by_text(fan)).to_have_count(0)


def test_a_forgotten_password_is_replaced_by_email(visitors: Visitors, fan: str) -> None:
    """Given a forgotten password, when the e-mail's link is used, then only the new one works."""
    elsewhere = visitors.page()
    sign_in(elsewhere, fan, PASSWORD)
    elsewhere.wait_for_url(f"{visitors.url}/")
    page = visitors.page("/sign-in")
    walk(page, lambda: page.get_by_role("link", name="Forgot your password?").click(), "**/forgot")
    page.get_by_label("E-mail").fill(fan)
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_text("an e-mail is on its way")).to_be_visible()
    email_to(page, fan, "Choose a new password")
    link = page.get_by_role("link").filter(has_text="/auth/reset")
    address = link.get_attribute("href") or ""
    link.click()
    page.wait_for_url("**/reset")
    lives(page)
    assert "token" not in page.url
    page.get_by_label("New password").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Set password").click()
    page.wait_for_url("**/sign-in")
    expect(page.get_by_text("Your new password is set")).to_be_visible()
    lives(page)
    page.get_by_label("E-mail").fill(fan)
    page.get_by_label("Password").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{visitors.url}/")
    # The link is spent, the old password too, and the browser from before is out.
    page.goto(address)
    page.wait_for_url("**/forgot")
    expect(page.get_by_text("already used or has expired")).to_be_visible()
    visit(elsewhere, "/")
    expect(main_menu(elsewhere).get_by_role("link", name="Sign in")).to_be_visible()


def test_a_profile_is_changed_and_seen(visitors: Visitors, fan: str) -> None:
    """Given a fan, when name and text are saved, then the frame and the form know them."""
    page = visitors.page()
    sign_in(page, fan, PASSWORD, path="/sign-in?next=/account")
    page.wait_for_url("**/account")
    lives(page)
    page.get_by_label("Name").fill("Mara L.")
    page.get_by_label("About you").fill("Sings.")
    page.get_by_role("button", name="Save profile").click()
    expect(page.get_by_text(re.compile("saved", re.IGNORECASE))).to_be_visible()
    page.reload()
    lives(page)
    expect(page.get_by_label("Name")).to_have_value("Mara L.")
    in_the_house(page, "Mara L.")


def test_forms_work_without_scripts(visitors: Visitors, troubles: Troubles, fan: str) -> None:
    """Given no JavaScript, then one can still sign in, and arrives where one wanted to go."""
    troubles.announce(r"request: csp .*\.js")
    page = visitors.page(has_scripts=False)
    page.goto("/sign-in?next=/account")
    form = page.locator("#ssr")
    form.locator("[name=email]").fill(fan)
    form.locator("[name=password]").fill(PASSWORD)
    form.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/account")
    assert any(c["name"] == "indii_session" for c in page.context.cookies())
