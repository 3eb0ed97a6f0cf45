"""The form of a tip, and the thanks after it."""

import reflex as rx

from indii.store.tips.queries import TipChoice
from indii.store.tips.rules import MAX_GIVER, MAX_MESSAGE
from indii.store.tips.state import TipState, TipThanksState
from indii.ui import errors, forms
from indii.ui import primitives as ui
from indii.ui.page import page
from indii.ui.ssr_handover import ssr_handover


@page(
    route="/tip/[slug]",
    title="Leave a tip · Indii",
    description="Give a producer money directly, with a message if you like.",
    on_load=TipState.load,
    active="discover",
    ssr=TipState,
)
def tip() -> rx.Component:
    """Show the form up to the payment."""
    view = TipState.page
    shown = rx.fragment(
        ui.page_head("Tip " + view.name, sub=rx.cond(view.title != "", "For " + view.title, "")),
        rx.el.div(
            rx.cond(TipState.notice != "", ui.notice(TipState.notice), rx.fragment()),
            forms.form_error(TipState.errors["form"]),
            class_name="has-[.notice]:mb-5",
        ),
        rx.cond(
            view.nothing != "",
            ui.notice(view.nothing, action=ui.link_button("Back", href=view.href)),
            _form(),
        ),
    )
    missing = errors.error_page(
        "No one to tip here",
        "There is no producer at this address, or tips are unavailable right now.",
        ui.link_button("Find music", href="/explore"),
        icon="search",
    )
    body = rx.cond(
        TipState.is_missing,
        missing,
        ui.narrow(rx.cond(TipState.is_ready, shown, ui.panel_skeleton(5))),
    )
    return rx.fragment(ssr_handover(TipState.is_ready), body)


def _amount(choice: rx.Var[TipChoice]) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="radio",
            name="amount",
            value=choice.minor,
            default_checked=choice.minor == TipState.page.chosen,
        ),
        rx.el.span(choice.label, class_name="num"),
    )


def _form() -> rx.Component:
    view = TipState.page
    member = rx.el.p("The receipt goes to ", rx.el.b(view.email), ".", class_name="sub break-words")
    guest = forms.text_field(
        "email", "E-mail", type="email", hint="For the receipt.", default_value=TipState.email,
        error=TipState.errors["email"], auto_complete="email", required=True, max_length=254,
    )  # fmt: skip
    public = rx.el.label(
        rx.el.input(
            name="is_public", type="checkbox", value="yes", default_checked=TipState.is_public
        ),
        rx.el.span(
            "Show my message on their page",
            rx.el.small("With your name and the amount. Otherwise only they can read it."),
        ),
        class_name="check",
    )
    return ui.panel(
        forms.native_form(
            forms.hidden("slug", TipState.slug),
            forms.hidden("recording", view.recording),
            rx.el.fieldset(
                rx.el.legend("Amount", class_name="label"),
                rx.el.div(rx.foreach(view.choices, _amount), class_name="segmented tip-amounts"),
                class_name="border-0 p-0 min-w-0 grid gap-2",
            ),
            forms.text_field(
                "typed", "Another amount", is_optional=True,
                hint="From " + view.bounds + ". It replaces the amount above.",
                default_value=TipState.typed, error=TipState.errors["amount"], max_length=20,
                auto_complete="off",
            ),
            forms.textarea_field(
                "message", "Message", rows=3, hint=f"At most {MAX_MESSAGE} characters.",
                default_value=TipState.message, error=TipState.errors["message"],
                max_length=MAX_MESSAGE,
            ),
            forms.text_field(
                "giver", "Your name", is_optional=True, hint="Leave empty to show no name.",
                default_value=TipState.giver, error=TipState.errors["giver"], max_length=MAX_GIVER,
                auto_complete="nickname",
            ),
            public,
            rx.cond(view.is_guest, guest, member),
            forms.submit("Continue to payment", size="lg", class_name="btn-wide"),
            rx.el.p(
                "You pay on the payment provider's page; this site never sees your card.",
                class_name="sub",
            ),
            action="/api/tips",
        )
    )  # fmt: skip


@page(
    route="/tip-thanks/[order]",
    title="Thank you · Indii",
    description="A tip that you gave.",
    on_load=TipThanksState.load,
    active="library",
)
def thanks() -> rx.Component:
    """Thank somebody for a tip."""
    view = TipThanksState.page
    said = rx.cond(
        view.is_refunded,
        "This tip was refunded. Banks take some days to show the money.",
        rx.cond(
            view.is_paid,
            "Payment received. A receipt is on its way to " + view.email + ".",
            "Your bank is still processing the payment. We e-mail "
            + view.email
            + " when it arrives.",
        ),
    )
    message = rx.el.blockquote(
        view.message,
        class_name="sub whitespace-pre-line break-words border-l-2 border-line pl-3",
    )
    shown = ui.panel(
        rx.el.div(
            ui.avatar(view.avatar, view.name, 56),
            rx.el.div(
                rx.el.p(rx.el.b(view.amount, class_name="num"), " for ", rx.el.b(view.name)),
                rx.el.p("Order ", rx.el.span(view.number, class_name="num"), class_name="sub"),
            ),
            class_name="flex items-center gap-4",
        ),
        rx.el.p(said, class_name="break-words"),
        rx.cond(view.message != "", message, rx.fragment()),
        forms.actions(
            rx.cond(
                view.href != "",
                ui.link_button("Back to " + view.name, href=view.href, kind="go"),
                rx.fragment(),
            ),
            ui.link_button("Your library", href="/downloads"),
        ),
        class_name="grid gap-4",
    )
    missing = errors.error_page(
        "No such tip",
        "It was given in another browser or from another account.",
        ui.link_button("Your library", href="/downloads"),
        icon="search",
    )
    return rx.cond(
        TipThanksState.is_missing,
        missing,
        ui.narrow(
            ui.page_head("Thank you"),
            rx.cond(TipThanksState.is_ready, shown, ui.panel_skeleton(3)),
        ),
    )
