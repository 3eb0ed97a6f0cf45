"""Forms of the entrance and panels of one's own account."""

from typing import Any

import reflex as rx

from indii.identity.accounts.rules import MAX_PASSWORD, MIN_PASSWORD
from indii.identity.accounts.state import AccountState, AuthState
from indii.identity.sessions.queries import SessionRow
from indii.ui import forms, overlays
from indii.ui import primitives as ui


def form_result() -> rx.Component:
    """Say what the last form answered: good banner, or what was wrong with all of it."""
    banner = rx.cond(
        AuthState.notice_kind == "good",
        ui.notice(AuthState.notice, "good"),
        ui.notice(AuthState.notice, "info"),
    )
    return rx.el.div(
        rx.cond(AuthState.notice != "", banner, rx.fragment()),
        forms.form_error(AuthState.errors["form"]),
        class_name="has-[.notice]:mb-5",
    )


def email_field(*, hint: str = "") -> rx.Component:
    """Ask for the e-mail."""
    return forms.text_field(
        "email",
        "E-mail",
        type="email",
        hint=hint,
        default_value=AuthState.email,
        error=AuthState.errors["email"],
        auto_complete="email",
        required=True,
        max_length=254,
    )


def password_field(
    name: str,
    label: str,
    *,
    is_new: bool,
    error: Any = "",
    id: str = "",  # noqa: A002
) -> rx.Component:
    """Ask for the present password, or for a new one."""
    return forms.text_field(
        name,
        label,
        type="password",
        id=id,
        hint=f"At least {MIN_PASSWORD} characters. Three or four random words work well."
        if is_new
        else "",
        error=error,
        auto_complete="new-password" if is_new else "current-password",
        required=True,
        max_length=MAX_PASSWORD,
        **({"min_length": MIN_PASSWORD} if is_new else {}),
    )


def role_field() -> rx.Component:
    """Ask what somebody comes for."""
    cards = (
        ("fan", "Listen", "Find music and save what you like."),
        (
            "producer",
            "Sell your music",
            "Upload recordings, set license prices. You can also listen.",
        ),
    )
    return rx.el.fieldset(
        rx.el.legend("What brings you here?", class_name="label"),
        *(
            rx.el.label(
                rx.el.input(
                    type="radio", name="role", value=value,
                    default_checked=AuthState.role == value,
                ),
                rx.el.b(title),
                rx.el.span(text),
                class_name="choice",
            )
            for value, title, text in cards
        ),
        # a checked radio ignores a new default, so a new answer draws the choice anew
        key=AuthState.role,
        class_name="cards-choice",
    )  # fmt: skip


def sell_panel() -> rx.Component:
    """Offer the studio to somebody who only listens so far."""
    return ui.panel(
        rx.el.p(
            "Open a studio to upload recordings and set license prices. Your account, your name "
            "and everything else stay as they are.",
            class_name="sub mb-4",
        ),
        ui.button("Open my studio", kind="go", on_click=AccountState.become_producer),
        title="Sell your music",
    )


def facts_panel() -> rx.Component:
    """Show the address of the account and since when it is open."""
    account = AccountState.account
    return ui.panel(
        ui.lines([("E-mail", account.email), ("Member since", account.since)], facts_only=True),
        rx.el.div(sign_out_button(), class_name="mt-4"),
        title="Account",
    )


def sign_out_button() -> rx.Component:
    """Sign this browser out."""
    return forms.native_form(
        forms.submit("Sign out", kind="quiet", busy="Signing out…"),
        action="/auth/sign-out",
        class_name="",
    )


def password_panel() -> rx.Component:
    """Change the password."""
    errors = AccountState.errors
    return ui.panel(
        forms.native_form(
            # Password managers file the new password under this name.
            rx.el.input(
                type="text", name="username", value=AccountState.account.email, read_only=True,
                auto_complete="username", class_name="sr", tab_index=-1,
                custom_attrs={"aria-hidden": "true"},
            ),
            password_field(
                "current", "Current password", is_new=False, error=errors["current"]
            ),
            password_field(
                "password", "New password", is_new=True, id="f-new-password",
                error=errors["password"],
            ),
            forms.actions(forms.submit("Change password", kind="quiet")),
            action="/auth/password",
        ),
        title="Password",
        id="password",
    )  # fmt: skip


def _session(row: rx.Var[SessionRow]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.b(row.browser, class_name="font-medium"),
            rx.el.p(
                "Used ", ui.time_ago(row.seen, row.seen_at), " from ",
                rx.el.span(row.ip, class_name="num"),
                class_name="sub",
            ),
            class_name="min-w-0 flex-1",
        ),
        rx.cond(
            row.is_this,
            ui.badge("This browser", "good"),
            ui.button(
                "Sign out", size="sm", on_click=AccountState.end_session(row.id),
                custom_attrs={"aria-label": "Sign out " + row.browser},
            ),
        ),
        class_name="flex items-center gap-4 border-t border-line py-3 first:border-t-0",
    )  # fmt: skip


def sessions_panel() -> rx.Component:
    """List signed-in browsers, each with its way out."""
    everywhere = forms.native_form(
        forms.hidden("everywhere", "yes"),
        forms.submit("Sign out everywhere", kind="quiet", busy="Signing out…"),
        action="/auth/sign-out",
        class_name="mt-4",
    )
    return ui.panel(
        rx.el.ul(rx.foreach(AccountState.sessions, _session)),
        everywhere,
        title="Where you're signed in",
    )


def delete_panel() -> rx.Component:
    """Delete the account, after the password."""
    wrong = AccountState.errors["close"]
    return ui.panel(
        rx.el.p(
            "Your profile and your recordings stop being public at once, and your e-mail is free "
            "for a new account. This cannot be undone.",
            class_name="sub mb-4",
        ),
        forms.form_error(wrong),
        rx.el.div(
            ui.button("Delete account…", kind="bad", custom_attrs=overlays.opens("delete-account")),
            class_name="mt-4",
        ),
        overlays.dialog(
            forms.native_form(
                password_field("password", "Your password", is_new=False, id="f-close-password"),
                forms.actions(
                    forms.submit("Delete my account", kind="bad", busy="Deleting…"),
                    ui.button("Keep it", kind="plain", custom_attrs=overlays.closes()),
                ),
                action="/auth/close",
            ),
            id="delete-account",
            title="Delete your account",
            text="Everything you published stops being public as soon as you confirm.",
        ),
        title="Delete account",
        id="delete",
    )
