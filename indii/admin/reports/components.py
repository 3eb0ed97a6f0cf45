"""Pieces of the moderators' pages."""

import reflex as rx

from indii.admin.reports.state import ModerationState
from indii.trust.moderation.queries import ReportedThing, ReportLine, Takedown
from indii.trust.moderation.rules import MAX_REASON
from indii.ui import forms, overlays
from indii.ui import primitives as ui


def _picture(thing: rx.Var[ReportedThing]) -> rx.Component:
    person = ui.avatar(thing.picture, thing.title, 48)
    playing = ui.play_cover(thing.picture, thing.playable, thing.title)
    silent = ui.cover(thing.picture)
    cover = rx.cond(thing.playable != "", playing, silent)
    return rx.cond(thing.kind == "recording", cover, person)


def _name(thing: rx.Var[ReportedThing]) -> rx.Component:
    by = rx.cond(
        thing.by != "",
        rx.el.span(ui.link(thing.by, href=thing.by_href, class_name="link"), " · "),
        rx.fragment(),
    )
    title = rx.cond(
        thing.href != "",
        ui.link(thing.title, href=thing.href, class_name="link"),
        rx.el.span(thing.title),
    )
    return rx.el.div(
        rx.el.h2(title, class_name="text-base"),
        rx.el.p(
            by,
            thing.reporters,
            " · oldest ",
            ui.time_ago(thing.oldest, thing.oldest_at),
            class_name="sub",
        ),
        class_name="min-w-0 flex-1",
    )


def _report(line: rx.Var[ReportLine]) -> rx.Component:
    return rx.el.li(
        rx.el.p(
            rx.el.b(line.reason, class_name="font-medium"),
            rx.el.span(" · ", line.by, ", ", ui.time_ago(line.when, line.at), class_name="sub"),
        ),
        rx.cond(
            line.details != "",
            rx.el.p(line.details, class_name="mt-1 whitespace-pre-line break-words"),
            rx.fragment(),
        ),
        class_name="border-t border-line py-3",
    )


def _decisions(thing: rx.Var[ReportedThing]) -> rx.Component:
    def deciding(action: str):
        return ModerationState.choose(action, thing.kind, thing.id, thing.title)

    take_down = ui.button("Take down…", kind="bad", size="sm", on_click=deciding("take_down"))
    blank = ui.button("Remove text and picture…", kind="bad", size="sm", on_click=deciding("blank"))
    remove = ui.button("Remove message…", kind="bad", size="sm", on_click=deciding("remove"))
    is_shown = (thing.kind == "profile") & ~thing.is_gone
    is_message = (thing.kind == "tip_message") & ~thing.is_gone
    return forms.actions(
        ui.button("Dismiss…", size="sm", on_click=deciding("dismiss")),
        rx.cond(thing.can_take_down, take_down, rx.fragment()),
        rx.cond(is_shown, blank, rx.fragment()),
        rx.cond(is_message, remove, rx.fragment()),
    )


def reported(thing: rx.Var[ReportedThing]) -> rx.Component:
    """Show one flagged thing with its reports and what can be decided."""
    text = rx.el.blockquote(
        thing.text, class_name="sub whitespace-pre-line border-l-2 border-line pl-3 my-3"
    )
    return rx.el.li(
        rx.el.div(
            _picture(thing),
            _name(thing),
            rx.cond(thing.state != "", ui.badge(thing.state), rx.fragment()),
            class_name="flex flex-wrap items-center gap-4 mb-4",
        ),
        rx.cond(thing.text != "", text, rx.fragment()),
        rx.el.ul(rx.foreach(thing.reports, _report)),
        rx.cond(thing.more != "", rx.el.p(thing.more, class_name="sub mb-3"), rx.fragment()),
        _decisions(thing),
        class_name="panel",
        custom_attrs={"data-recording": thing.id},
    )


def taken_down(down: rx.Var[Takedown]) -> rx.Component:
    """Show one recording that was taken down, with its way back."""
    return rx.el.li(
        ui.cover(down.picture),
        rx.el.div(
            rx.el.p(
                ui.link(down.title, href=down.href, class_name="link font-medium"),
                rx.el.span(" by ", down.by, class_name="sub"),
            ),
            rx.el.p(down.reason, class_name="sub break-words"),
            class_name="min-w-0 flex-1",
        ),
        ui.button(
            "Restore",
            size="sm",
            on_click=ModerationState.restore(down.id),
            custom_attrs={"aria-label": "Restore " + down.title},
        ),
        class_name="flex items-center gap-4 border-t border-line py-3",
    )


def look_up_form() -> rx.Component:
    """Ask for the address of a recording that shall be taken down without a report."""
    return forms.form(
        forms.text_field(
            "address",
            "Page address",
            error=ModerationState.errors["address"],
            required=True,
            max_length=300,
            auto_complete="off",
        ),
        forms.actions(forms.submit("Take down…", kind="quiet")),
        on_submit=ModerationState.look_up,
    )


def decision_dialog() -> rx.Component:
    """Ask for the reason of a decision."""
    action = ModerationState.action
    title = rx.match(
        action,
        ("take_down", "Take down “" + ModerationState.title + "”"),
        ("blank", "Remove text and picture of “" + ModerationState.title + "”"),
        ("remove", "Remove “" + ModerationState.title + "”"),
        "Dismiss the reports about “" + ModerationState.title + "”",
    )
    effect = rx.match(
        action,
        (
            "take_down",
            "Page, preview and search end at once. The producer gets your reason by e-mail.",
        ),
        ("blank", "Name and recordings stay. The owner gets your reason by e-mail."),
        ("remove", "The message is no longer shown. The producer keeps the tip."),
        "Nothing changes. Your note is kept on record; nobody else sees it.",
    )
    button = rx.match(
        action,
        ("take_down", "Take down"),
        ("blank", "Remove both"),
        ("remove", "Remove"),
        "Dismiss reports",
    )
    return overlays.dialog(
        forms.form(
            forms.form_error(ModerationState.errors["form"]),
            forms.textarea_field(
                "reason",
                rx.cond(
                    (action == "dismiss") | (action == "remove"),
                    "Note",
                    "Reason, shown to the producer",
                ),
                rows=4,
                error=ModerationState.errors["reason"],
                required=True,
                max_length=MAX_REASON,
            ),
            forms.actions(
                forms.submit(button, busy="One moment…", is_busy=ModerationState.is_busy),
                ui.button("Cancel", kind="plain", custom_attrs=overlays.closes()),
            ),
            on_submit=ModerationState.decide,
        ),
        id="decision",
        title=title,
        text=effect,
        is_open=action != "",
        on_close=ModerationState.cancel,
    )
