"""The entrance, and one's own account."""

import reflex as rx

from indii.identity.accounts import components as parts
from indii.identity.accounts.state import AccountState, AuthState
from indii.identity.profiles.components import profile_panel
from indii.identity.profiles.state import ProfileState
from indii.ui import forms
from indii.ui import primitives as ui
from indii.ui.page import page
from indii.ui.ssr_handover import ssr_handover


@page(
    route="/sign-in",
    title="Sign in · Indii",
    description="Sign in to your account.",
    on_load=AuthState.load,
    ssr=AuthState,
    frame="plain",
    active="account",
)
def sign_in() -> rx.Component:
    """Ask who it is."""
    return ui.narrow(
        ssr_handover(AuthState.is_ready),
        ui.page_head("Sign in"),
        parts.form_result(),
        rx.el.div(
            forms.native_form(
                forms.hidden("next", AuthState.next),
                parts.email_field(),
                parts.password_field(
                    "password", "Password", is_new=False, error=AuthState.errors["password"]
                ),
                forms.submit("Sign in", busy="Signing in…", class_name="btn-wide"),
                action="/auth/sign-in",
            ),
            rx.el.p(
                ui.link("Forgot your password?", href="/forgot", class_name="link"),
                class_name="sub",
            ),
            rx.el.p(
                "New here? ",
                ui.link("Create an account", href="/sign-up" + AuthState.carry, class_name="link"),
                class_name="sub",
            ),
            class_name="grid gap-5",
        ),
    )


@page(
    route="/sign-up",
    title="Create an account · Indii",
    description="Create an account to listen or to sell your music.",
    on_load=AuthState.load,
    ssr=AuthState,
    frame="plain",
    active="account",
)
def sign_up() -> rx.Component:
    """Open an account."""
    agreed = rx.fragment(
        "I accept the ",
        ui.link("terms", href="/terms", class_name="link"),
        " and have read the ",
        ui.link("privacy notice", href="/privacy", class_name="link"),
    )
    errors = AuthState.errors
    return ui.narrow(
        ssr_handover(AuthState.is_ready),
        ui.page_head("Create an account"),
        parts.form_result(),
        rx.el.div(
            forms.native_form(
                parts.role_field(),
                forms.text_field(
                    "name", "Name", hint="Shown to others. You can change it later.",
                    default_value=AuthState.name, error=errors["name"], required=True,
                    max_length=60, auto_complete="nickname",
                ),
                parts.email_field(),
                parts.password_field(
                    "password", "Password", is_new=True, error=errors["password"]
                ),
                forms.check_field("accepts", agreed, error=errors["accepts"], required=True),
                forms.submit("Create account", busy="One moment…", class_name="btn-wide"),
                action="/auth/sign-up",
            ),
            rx.el.p(
                "Already have an account? ",
                ui.link("Sign in", href="/sign-in" + AuthState.carry, class_name="link"),
                class_name="sub",
            ),
            class_name="grid gap-5",
        ),
    )  # fmt: skip


@page(
    route="/check-mail",
    title="Check your e-mail · Indii",
    description="We sent you an e-mail with a link.",
    on_load=AuthState.load,
    ssr=AuthState,
    frame="plain",
    active="account",
)
def check_mail() -> rx.Component:
    """Say that an e-mail is on its way, whatever it says."""
    sent = rx.cond(
        AuthState.email != "",
        rx.el.p(
            "We sent an e-mail to ",
            rx.el.b(AuthState.email),
            ". Open the link in it to continue. "
            "It can take a minute. If it does not arrive, look in your spam folder.",
        ),
        rx.el.p("We send an e-mail to confirm your address. Open the link in it to continue."),
    )
    mailbox = rx.cond(
        AuthState.has_mailbox,
        ui.notice(
            "This is a developer's installation: e-mails can be read here.",
            action=ui.link_button("Open the mailbox", href="/dev/mailbox", size="sm"),
        ),
        rx.fragment(),
    )
    return ui.narrow(
        ssr_handover(AuthState.is_ready),
        ui.page_head("Check your e-mail"),
        parts.form_result(),
        rx.el.div(
            sent,
            mailbox,
            ui.divider(),
            forms.native_form(
                parts.email_field(hint="No e-mail? Send it again, at most three times an hour."),
                forms.actions(forms.submit("Send it again", kind="quiet", busy="Sending…")),
                action="/auth/resend",
            ),
            rx.el.p(
                ui.link("Back to sign in", href="/sign-in", class_name="link"), class_name="sub"
            ),
            class_name="grid gap-5",
        ),
    )  # fmt: skip


@page(
    route="/forgot",
    title="Forgot your password · Indii",
    description="Get a link for a new password by e-mail.",
    on_load=AuthState.load,
    ssr=AuthState,
    frame="plain",
    active="account",
)
def forgot() -> rx.Component:
    """Send a link for a new password."""
    return ui.narrow(
        ssr_handover(AuthState.is_ready),
        ui.page_head(
            "Forgot your password?",
            sub="We e-mail you a link to set a new one. It works once.",
        ),
        parts.form_result(),
        rx.el.div(
            forms.native_form(
                parts.email_field(),
                forms.submit("Send the link", busy="Sending…", class_name="btn-wide"),
                action="/auth/forgot",
            ),
            rx.el.p(
                ui.link("Back to sign in", href="/sign-in", class_name="link"), class_name="sub"
            ),
            class_name="grid gap-5",
        ),
    )


@page(
    route="/reset",
    title="Choose a new password · Indii",
    description="Choose a new password.",
    on_load=AuthState.load,
    ssr=AuthState,
    frame="plain",
    active="account",
)
def reset() -> rx.Component:
    """Choose a new password; the mailed link brought its token as a cookie."""
    return ui.narrow(
        ssr_handover(AuthState.is_ready),
        ui.page_head(
            "Choose a new password", sub="You will be signed out everywhere and sign in with it."
        ),
        parts.form_result(),
        rx.el.div(
            forms.native_form(
                parts.password_field(
                    "password", "New password", is_new=True, error=AuthState.errors["password"]
                ),
                forms.submit("Set password", class_name="btn-wide"),
                action="/auth/reset",
            ),
            class_name="grid gap-5",
        ),
    )


def _columns(wide: list[rx.Component], narrow: list[rx.Component]) -> rx.Component:
    return rx.el.div(
        rx.el.div(*wide, class_name="grid gap-5 content-start min-w-0"),
        rx.el.div(*narrow, class_name="grid gap-5 content-start min-w-0"),
        class_name="grid gap-5 lg:grid-cols-[minmax(0,1.3fr)_minmax(0,1fr)]",
    )


@page(
    route="/account",
    title="Your account · Indii",
    description="Your profile, your password and where you're signed in.",
    on_load=[AccountState.load, ProfileState.load],
    active="account",
)
def account() -> rx.Component:
    """Show everything about one's own account."""
    news = rx.cond(AccountState.notice != "", ui.notice(AccountState.notice, "good"), rx.fragment())
    waiting = _columns([ui.panel_skeleton(8)], [ui.panel_skeleton(3), ui.panel_skeleton(3)])
    ready = _columns(
        [
            profile_panel(AccountState.errors["avatar"]),
            rx.cond(AccountState.account.is_producer, rx.fragment(), parts.sell_panel()),
            parts.password_panel(),
        ],
        [parts.facts_panel(), parts.sessions_panel(), parts.delete_panel()],
    )
    return ui.page(
        ui.page_head("Your account"),
        rx.el.div(
            news,
            forms.form_error(AccountState.errors["form"]),
            class_name="has-[.notice]:mb-5",
        ),
        rx.cond(AccountState.is_ready, ready, waiting),
        class_name="max-w-6xl mx-0",
    )
