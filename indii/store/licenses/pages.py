"""The cart: what is in it, who takes the licenses, their contracts, the way to the payment."""

from typing import Any

import reflex as rx

from indii.store.licenses.queries import CartRow
from indii.store.licenses.state import CheckoutState
from indii.store.offers.queries import TierChoice
from indii.ui import forms
from indii.ui import primitives as ui
from indii.ui.page import page
from indii.ui.ssr_handover import ssr_handover
from indii.ui.wraps.fetched_text import fetched_text

Row = rx.Var[CartRow]


@page(
    route="/cart",
    title="Cart · Indii",
    description="The licenses you have chosen, their contracts and the payment.",
    on_load=CheckoutState.load,
    ssr=CheckoutState,
    active="cart",
)
def cart() -> rx.Component:
    """Show the cart up to the payment."""
    view = CheckoutState.page
    filled = rx.fragment(_said(), _filled())
    return ui.page(
        ssr_handover(CheckoutState.is_ready),
        ui.page_head("Cart", sub=rx.cond(view.rows.length() > 0, view.summary, "")),
        rx.cond(
            CheckoutState.is_ready,
            rx.cond(view.rows.length() > 0, filled, rx.fragment(_said(), _empty())),
            _columns([ui.panel_skeleton(3), ui.panel_skeleton(3)], ui.panel_skeleton(4)),
        ),
    )


def _columns(wide: list[rx.Component], narrow: rx.Component) -> rx.Component:
    return rx.el.div(
        rx.el.div(*wide, class_name="cart-main"),
        rx.el.aside(narrow, class_name="cart-side", aria_label="Payment"),
        class_name="cart-cols",
    )


def _filled() -> rx.Component:
    rows = CheckoutState.page.rows
    return _columns(
        [
            rx.el.section(
                rx.el.h2("Licenses", class_name="sr"),
                rx.el.ul(rx.foreach(rows, _line), class_name="cart-lines"),
            ),
            _licensee(),
            ui.section(
                "Contracts",
                rx.el.p(
                    "Each license is a contract with its producer. Read it and accept it; what you "
                    "accept is stored word for word.",
                    class_name="sub mb-4",
                ),
                rx.el.div(rx.foreach(rows, _contract), class_name="contracts"),
            ),
        ],
        _payment(),
    )


def _empty() -> rx.Component:
    return ui.empty_state(
        "Your cart is empty",
        "The licenses you choose stay here until you pay for them. Nothing is held or charged "
        "before that.",
        ui.link_button("Find music", href="/explore", kind="go"),
        icon="cart",
    )


def _said() -> rx.Component:
    """Say what the last form answered, and which payment is still open."""
    state, view = CheckoutState, CheckoutState.page
    leave = forms.native_form(
        forms.submit("Cancel payment", busy="One moment…", kind="quiet", size="sm"),
        action="/checkout/leave",
    )
    return rx.el.div(
        rx.cond(state.notice != "", ui.notice(state.notice), rx.fragment()),
        forms.form_error(state.errors["form"]),
        rx.cond(
            view.open_order != "",
            ui.notice(
                rx.fragment(
                    view.open_note,
                    " Finish it where you started, pay here, or cancel it to change the cart.",
                ),
                "warn",
                title="Payment not finished",
                action=leave,
            ),
            rx.fragment(),
        ),
        class_name="cart-said",
    )


# ---- the licenses ---------------------------------------------------------------------------


def _option(choice: rx.Var[TierChoice]) -> rx.Component:
    return rx.el.option(choice.label, value=choice.tier)


def _line(row: Row) -> rx.Component:
    tiers = rx.el.select(
        rx.foreach(row.choices, _option),
        value=row.tier,
        on_change=lambda tier: CheckoutState.change(row.recording_id, tier),
        class_name="select select-sm",
        custom_attrs={"aria-label": "License of " + row.title},
    )
    return rx.el.li(
        ui.cover(row.cover, size=48),
        rx.el.div(
            ui.link(row.title, href="/recording/" + row.slug, class_name="cart-title"),
            ui.link(row.producer_name, href="/producer/" + row.producer_slug, class_name="sub"),
            class_name="cart-name",
        ),
        rx.el.div(
            rx.cond(row.choices.length() > 1, tiers, rx.el.b(row.tier_label)),
            rx.el.p(row.files, " · ", row.terms, class_name="sub"),
            rx.cond(row.note != "", rx.el.p(row.note, class_name="sub"), rx.fragment()),
            class_name="cart-what",
        ),
        rx.el.span(row.price_label, class_name="cart-price num"),
        forms.native_form(
            forms.hidden("recording_id", row.recording_id),
            ui.icon_button(
                "trash",
                "Remove " + row.title,
                type="submit",
                on_click=CheckoutState.remove(row.recording_id).prevent_default,
            ),
            action="/cart/remove",
            class_name="cart-remove",
        ),
        rx.cond(row.problem != "", ui.notice(row.problem, "warn"), rx.fragment()),
        class_name="cart-line",
    )


# ---- who takes them ---------------------------------------------------------------------------


def _licensee() -> rx.Component:
    state, view = CheckoutState, CheckoutState.page
    error = rx.cond(state.naming == "", state.errors["licensee_name"], "")
    alias_error = rx.cond(state.naming == "", state.errors["licensee_alias"], "")
    named = rx.el.p(
        "Contracts will be made out to ",
        rx.el.b(view.licensee_name),
        rx.cond(view.licensee_alias != "", " (" + view.licensee_alias + ")", ""),
        ".",
        class_name="sub",
    )
    return ui.panel(
        forms.form(
            forms.row(
                forms.text_field(
                    "licensee_name",
                    "Legal name",
                    hint="The person or company named in the contracts.",
                    default_value=view.licensee_name,
                    error=error,
                    auto_complete="name",
                    max_length=120,
                ),
                forms.text_field(
                    "licensee_alias",
                    "Artist name or company",
                    is_optional=True,
                    default_value=view.licensee_alias,
                    error=alias_error,
                    auto_complete="organization",
                    max_length=120,
                ),
            ),
            forms.actions(
                forms.submit("Save name", kind="quiet"),
                rx.el.div(rx.cond(view.licensee_name != "", named, rx.fragment()), role="status"),
            ),
            on_submit=state.name,
            action="/cart/licensee",
            method="post",
        ),
        title="Who is the license for?",
    )


def _other(row: Row) -> rx.Component:
    """Name somebody else for one license."""
    is_here = CheckoutState.naming == row.recording_id

    def field(name: str, label: str, value: Any) -> rx.Component:
        error = rx.cond(is_here, CheckoutState.errors[name], "")
        attributes = {"aria-invalid": rx.cond(error, "true", "false")}
        return rx.el.label(
            rx.el.span(label, class_name="label"),
            rx.el.input(
                name=name,
                type="text",
                class_name="input",
                default_value=rx.cond(row.has_own_licensee, value, ""),
                max_length=120,
                custom_attrs=attributes,
            ),
            rx.el.span(error, class_name="error", custom_attrs={"aria-live": "polite"}),
            class_name="field",
        )

    back = ui.button(
        "Same as the others",
        kind="plain",
        on_click=CheckoutState.name_other({"recording_id": row.recording_id}),
    )
    return rx.el.details(
        rx.el.summary(
            "License this to someone else",
            custom_attrs={"aria-label": "License this to someone else: " + row.title},
        ),
        forms.form(
            # In the form, because a submit handler made in a list cannot name the row.
            forms.hidden("recording_id", row.recording_id),
            forms.row(
                field("licensee_name", "Legal name", row.licensee_name),
                field("licensee_alias", "Artist name or company", row.licensee_alias),
            ),
            forms.actions(
                forms.submit("Save for this license", kind="quiet"),
                rx.cond(row.has_own_licensee, back, rx.fragment()),
            ),
            on_submit=CheckoutState.name_other,
            action="/cart/licensee",
            method="post",
        ),
        class_name="unfold",
    )


# ---- the contracts ------------------------------------------------------------------------------


def _contract(row: Row) -> rx.Component:
    is_named = row.licensee_name != ""
    between = rx.fragment(
        row.producer_name,
        " licenses it to ",
        rx.el.b(row.licensee_name),
        rx.cond(row.licensee_alias != "", " (" + row.licensee_alias + ")", ""),
    )
    text = fetched_text(
        "/cart/contracts/" + row.recording_id + "/" + row.sha256,
        "Read the contract",
        name="Read the contract for " + row.title,
        label="Contract for " + row.title,
        on_gone=CheckoutState.refresh,
        class_name="contract-text",
    )
    accept = rx.el.label(
        rx.el.input(
            type="checkbox",
            name="accepts",
            value="yes",
            # It answers at once; another text, or a refusal, draws it anew as the server has it.
            default_checked=row.is_accepted,
            key=row.sha256 + CheckoutState.refusals.to_string(),
            disabled=~is_named,
            on_change=lambda is_on: CheckoutState.accept(row.recording_id, row.sha256, is_on),
        ),
        rx.el.span(
            "I have read the contract for ",
            rx.el.b(row.title),
            " and accept it",
            rx.cond(is_named, "", rx.el.small("Add a legal name first.")),
        ),
        class_name="check",
    )
    # With scripts the box itself is the answer.
    agreed = forms.native_form(
        forms.hidden("recording_id", row.recording_id),
        forms.hidden("sha256", row.sha256),
        accept,
        rx.cond(
            is_named,
            forms.submit("Save", kind="quiet", size="sm", class_name="without-scripts"),
            rx.fragment(),
        ),
        action="/cart/accept",
        class_name="contract-accept",
    )
    article = rx.el.article(
        rx.el.header(
            rx.el.div(
                rx.el.h3(row.title, ", ", row.tier_label),
                rx.el.p(rx.cond(is_named, between, row.producer_name), class_name="sub"),
            ),
            rx.cond(row.is_accepted, ui.badge("Accepted", "good"), rx.fragment()),
        ),
        text,
        _other(row),
        agreed,
        class_name="contract",
    )
    # What cannot be bought has no contract.
    return rx.cond(row.problem == "", article, rx.fragment())


# ---- the way to the payment ---------------------------------------------------------------------


def _guest() -> rx.Component:
    return rx.el.div(
        forms.text_field(
            "email",
            "E-mail",
            type="email",
            hint="For the receipt and your download links.",
            default_value=CheckoutState.email,
            error=CheckoutState.errors["email"],
            auto_complete="email",
            required=True,
            max_length=254,
        ),
        rx.el.p(
            "Have an account? ",
            ui.link("Sign in", href="/sign-in?next=/cart", class_name="link"),
            ". Your cart stays as it is.",
            class_name="sub",
        ),
        class_name="grid gap-3",
    )


def _summed(row: Row) -> rx.Component:
    summed = rx.el.div(
        rx.el.dt(row.title, ", ", row.tier_label), rx.el.dd(row.price_label, class_name="num")
    )
    return rx.cond(row.problem == "", summed, rx.fragment())


def _payment() -> rx.Component:
    view = CheckoutState.page
    member = rx.el.p("The receipt goes to ", rx.el.b(view.email), ".", class_name="sub break-words")
    is_blocked = view.blocked != ""
    return ui.panel(
        rx.el.dl(rx.foreach(view.rows, _summed), class_name="lines lines-facts"),
        rx.el.p("Total", rx.el.b(view.total_label, class_name="num"), class_name="cart-total"),
        forms.native_form(
            rx.cond(view.is_guest, _guest(), member),
            forms.submit(
                rx.cond(view.is_free, "Get it free", "Pay " + view.total_label),
                size="lg",
                class_name="btn-wide",
                disabled=is_blocked,
                custom_attrs={"aria-describedby": "pay-note"},
            ),
            rx.el.p(
                rx.cond(
                    is_blocked,
                    view.blocked,
                    rx.cond(
                        view.is_free,
                        "Nothing is charged, and no card is needed.",
                        "You pay on the payment provider's page; this site never sees your card.",
                    ),
                ),
                class_name=rx.cond(is_blocked, "cart-hurdle", "sub"),
                role="status",
                custom_attrs={"id": "pay-note"},
            ),
            action="/checkout",
        ),
        title="Payment",
    )
