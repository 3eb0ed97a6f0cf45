"""Pieces of the library: an order, what was bought with its files, the form for guests."""

import reflex as rx

from indii.store.downloads.queries import BoughtLine, BoughtOrder, FileLine
from indii.store.downloads.state import DownloadsState
from indii.ui import forms
from indii.ui import primitives as ui


def _cover(line: rx.Var[BoughtLine]) -> rx.Component:
    return rx.cond(
        line.playable != "",
        ui.play_cover(line.cover, line.playable, line.title, size=64),
        ui.cover(line.cover, size=64),
    )


def _or_text(text: rx.Var[str], href: rx.Var[str], name: str) -> rx.Component:
    return rx.cond(
        href != "", ui.link(text, href=href, class_name=name), rx.el.span(text, class_name=name)
    )


def _file(file: rx.Var[FileLine]) -> rx.Component:
    there = ui.link(
        ui.icon("download"),
        rx.el.span(file.label),
        rx.el.small(file.size, class_name="num"),
        href=file.href,
        document=True,
        class_name="bought-file",
    )
    absent = rx.el.span(
        rx.cond(file.is_waiting, rx.el.i(class_name="spinner"), ui.icon("x")),
        rx.el.span(file.label),
        rx.el.small(file.note),
        class_name="bought-file is-absent",
    )
    return rx.el.li(rx.cond(file.href != "", there, absent))


def _paper(line: rx.Var[BoughtLine]) -> rx.Component:
    document = ui.link(
        ui.icon("shield"),
        rx.el.span(line.document_label),
        rx.el.small("PDF"),
        href=line.document_href,
        document=True,
        class_name="bought-file",
    )
    waiting = rx.el.span(
        rx.el.i(class_name="spinner"),
        rx.el.span(line.document_label),
        rx.el.small(line.document_note),
        class_name="bought-file is-absent",
    )
    verify = ui.link(
        rx.cond(
            line.document_href != "",
            "Public proof",
            "View certificate status",
        ),
        href=line.page_href,
        class_name="link sub",
    )
    return rx.cond(
        line.document_href != "",
        rx.fragment(rx.el.li(document), rx.el.li(verify)),
        rx.cond(
            line.document_note != "",
            rx.el.li(waiting),
            rx.cond(line.page_href != "", rx.el.li(verify), rx.fragment()),
        ),
    )


def _state(line: rx.Var[BoughtLine]) -> rx.Component:
    badge = rx.match(
        line.state,
        ("refunding", ui.badge(line.state_label, "warn")),
        ui.badge(line.state_label),
    )
    return rx.cond(line.state_label != "", badge, rx.fragment())


def bought_line(line: rx.Var[BoughtLine]) -> rx.Component:
    """Show one thing that was bought, with its files and its paper."""
    return rx.el.li(
        _cover(line),
        rx.el.div(
            rx.el.div(
                rx.el.h3(_or_text(line.title, line.href, "bought-title")),
                _state(line),
                class_name="flex flex-wrap items-center gap-x-3 gap-y-1",
            ),
            rx.el.p(_or_text(line.payee_name, line.payee_href, ""), class_name="sub"),
            rx.el.p(
                line.label,
                rx.cond(line.recipient != "", " for " + line.recipient, ""),
                class_name="bought-for",
            ),
            rx.cond(line.note != "", rx.el.p("“", line.note, "”", class_name="sub break-words")),
            class_name="bought-main",
        ),
        rx.el.span(line.price_label, class_name="num bought-price"),
        rx.el.div(
            rx.cond(line.state_note != "", rx.el.p(line.state_note, class_name="sub mb-2")),
            rx.el.ul(rx.foreach(line.files, _file), _paper(line), class_name="bought-files"),
            class_name="bought-have",
        ),
        class_name="bought",
        custom_attrs={"data-recording": line.id},
    )


def order(found: rx.Var[BoughtOrder]) -> rx.Component:
    """Show one order with everything bought in it."""
    state = rx.match(
        found.state,
        ("needs_review", ui.badge(found.state_label, "warn")),
        ("awaiting_payment", ui.badge(found.state_label, "warn")),
        # What was given back, its lines say.
        rx.fragment(),
    )
    return rx.el.li(
        rx.el.header(
            rx.el.h2(
                rx.el.span("Order ", class_name="sr"),
                rx.el.span(found.number, class_name="num"),
            ),
            state,
            rx.el.p(ui.time_ago(found.when, found.at), class_name="sub"),
            rx.el.b(found.total_label, class_name="num"),
            class_name="bought-head",
        ),
        rx.cond(
            found.note != "",
            rx.el.p(ui.icon("clock"), rx.el.span(found.note), class_name="bought-note"),
        ),
        rx.el.ul(rx.foreach(found.lines, bought_line)),
        class_name="panel bought-order",
    )


def more() -> rx.Component:
    """Continue the list, and lead back to where it begins."""
    page = DownloadsState.page
    newest = ui.link_button("Newest purchases", href="/downloads", size="sm")
    older = ui.link_button("Older purchases", href=page.older, size="sm")
    return rx.el.div(
        rx.cond(page.is_continued, newest, rx.fragment()),
        rx.cond(page.older != "", older, rx.fragment()),
        class_name="more gap-3 empty:hidden",
    )


def form_result() -> rx.Component:
    """Say what the last form or e-mail answered."""
    return rx.el.div(
        rx.cond(
            DownloadsState.notice != "", ui.notice(DownloadsState.notice, "good"), rx.fragment()
        ),
        forms.form_error(DownloadsState.errors["form"]),
        class_name="has-[.notice]:mb-5",
    )


def link_form() -> rx.Component:
    """Send a guest an e-mail that opens what was bought with an address."""
    return ui.panel(
        rx.el.p(
            "Enter the e-mail you paid with and we'll send a link. It shows everything bought with"
            " that e-mail. Expires in 30 days.",
            class_name="sub mb-4",
        ),
        forms.native_form(
            forms.text_field(
                "email", "E-mail", type="email", default_value=DownloadsState.email,
                error=DownloadsState.errors["email"], required=True, max_length=254,
                auto_complete="email",
            ),
            forms.actions(forms.submit("Send the link", kind="quiet", busy="Sending…")),
            action="/api/downloads-link",
        ),
        title="Bought without an account? Get a link",
    )  # fmt: skip


def guest_note() -> rx.Component:
    """Tell a guest whose purchases these are, and how to keep them."""
    page = DownloadsState.page
    return rx.el.p(
        rx.cond(
            page.email != "",
            rx.el.span("Everything bought with ", rx.el.b(page.email), ". "),
            rx.el.span("Purchases made in this browser. "),
        ),
        "An account with the same e-mail keeps them on every device. ",
        ui.link("Create one", href="/sign-up?next=/downloads", class_name="link"),
        class_name="sub mb-5",
    )
