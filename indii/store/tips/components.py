"""The way to a tip on other pages, and the messages that came with tips."""

from typing import Any

import reflex as rx

from indii.identity.reports.components import report_dialog, report_link
from indii.store.tips.queries import PublicTip, TipChoice
from indii.ui import primitives as ui


def _choice(choice: rx.Var[TipChoice]) -> rx.Component:
    return ui.link_button(rx.el.span(choice.label, class_name="num"), href=choice.href)


def tip_panel(offer: Any) -> rx.Component:
    """Offer three amounts and one's own; say why where there are none, nothing for oneself."""
    amounts = rx.el.div(
        rx.foreach(offer.choices, _choice),
        ui.link_button("Other amount", href=offer.href),
        class_name="flex flex-wrap gap-2",
    )
    panel = ui.panel(
        rx.cond(offer.nothing != "", rx.el.p(offer.nothing, class_name="sub"), amounts),
        title="Tip " + offer.name,
        class_name="tip-panel",
    )
    return rx.cond(offer.name != "", panel, rx.fragment())


def _message(tip: rx.Var[PublicTip]) -> rx.Component:
    return rx.el.li(
        rx.el.p(
            rx.el.b(tip.giver),
            " · ",
            rx.el.span(tip.amount, class_name="num"),
            " · ",
            ui.time_ago(tip.when, tip.at),
            class_name="sub",
        ),
        rx.el.p(tip.message, class_name="whitespace-pre-line break-words"),
        report_link("tip_message", tip.id),
        class_name="border-t border-line py-3 grid gap-1 justify-items-start",
    )


def tip_messages(tips: Any, profile_id: Any) -> rx.Component:
    """List what people wrote with their tips for everybody to read."""
    listed = ui.section(
        "Tips with a message",
        rx.el.ul(rx.foreach(tips, _message)),
        report_dialog("tip_message", apart_from=profile_id),
    )
    return rx.cond(tips.length() > 0, listed, rx.fragment())
