"""The button that flags something, and the dialog behind it."""

from typing import Any

import reflex as rx

from indii.identity.reports.enums import ReportKind
from indii.identity.reports.rules import LABELS, MAX_DETAILS, REASONS
from indii.identity.reports.state import ReportState
from indii.ui import forms, overlays
from indii.ui import primitives as ui

_NOUN = {
    ReportKind.RECORDING: "recording",
    ReportKind.PROFILE: "profile",
    ReportKind.TIP_MESSAGE: "message",
}


def report_button(kind: str, subject_id: Any) -> rx.Component:
    """Let anybody flag this recording or profile; put it once on a page."""
    known = ReportKind(kind)
    noun = _NOUN[known]
    return rx.fragment(
        ui.button(
            "Report",
            kind="plain",
            icon="flag",
            on_click=ReportState.open(subject_id),
            custom_attrs={"aria-haspopup": "dialog", "aria-label": f"Report this {noun}"},
        ),
        overlays.dialog(
            rx.cond(ReportState.is_sent, _thanks(), _form(known, subject_id)),
            id="report",
            title=f"Report this {noun}",
            is_open=(ReportState.subject != "") & (ReportState.subject == subject_id),
            on_close=ReportState.close,
        ),
    )


def report_link(kind: str, subject_id: Any) -> rx.Component:
    """Let anybody flag one of many things on a page; `report_dialog` of that kind goes with it."""
    return ui.button(
        "Report",
        kind="plain",
        size="sm",
        icon="flag",
        on_click=ReportState.open(subject_id),
        custom_attrs={
            "aria-haspopup": "dialog",
            "aria-label": f"Report this {_NOUN[ReportKind(kind)]}",
            "data-reports": kind,
        },
    )


def report_dialog(kind: str, *, apart_from: Any = "") -> rx.Component:
    """Ask what is wrong with the one of many things that was flagged.

    `apart_from` is what has a `report_button` of its own on the same page.
    """
    known, subject = ReportKind(kind), ReportState.subject
    return overlays.dialog(
        rx.cond(ReportState.is_sent, _thanks(), _form(known, subject)),
        id=f"report-{known.value}",
        title=f"Report this {_NOUN[known]}",
        is_open=(subject != "") & (subject != apart_from),
        on_close=ReportState.close,
    )


def _thanks() -> rx.Component:
    return rx.fragment(
        ui.notice(
            "A person reviews every report. Nobody else sees what you wrote.",
            "good",
            title="Report sent",
        ),
        forms.actions(ui.button("Close", custom_attrs=overlays.closes())),
    )


def _form(kind: ReportKind, subject_id: Any) -> rx.Component:
    choices = [
        ("", "Choose a reason"),
        *((reason.value, LABELS[reason]) for reason in REASONS[kind]),
    ]
    return forms.form(
        forms.form_error(ReportState.errors["form"]),
        forms.select_field(
            "reason", "What is wrong", choices, id=f"report-{kind.value}-reason",
            error=ReportState.errors["reason"],
        ),
        forms.textarea_field(
            "details",
            "Details",
            id=f"report-{kind.value}-details",
            rows=4,
            hint="Where in the recording, whose work it is, a link if there is one.",
            error=ReportState.errors["details"],
            max_length=MAX_DETAILS,
        ),
        forms.actions(
            forms.submit("Send report", busy="Sending…"),
            ui.button("Cancel", kind="plain", custom_attrs=overlays.closes()),
        ),
        on_submit=ReportState.send(kind.value, subject_id),
    )  # fmt: skip
