"""Tables of the administrators' view of the machinery."""

import reflex as rx

from indii.trust.backoffice.queries import (
    AuditLine,
    DeadEvent,
    DeadJob,
    KindCount,
    WaitingLetter,
)
from indii.trust.backoffice.state import WorkState
from indii.ui import primitives as ui


def numbers() -> rx.Component:
    """Show what waits and what failed, in numbers."""
    work = WorkState.work
    return ui.stats(
        ui.stat("Jobs open", work.open_jobs),
        ui.stat("Jobs that gave up", work.dead_jobs),
        ui.stat("Events waiting", work.waiting_events),
        ui.stat("Events that nobody took", work.dead_events),
        ui.stat("Letters not sent", work.waiting_letters),
    )


def _when(row: rx.Var) -> rx.Component:
    return ui.cell(rx.el.span(ui.time_ago(row.when, row.at), class_name="whitespace-nowrap"))


def _kind(row: rx.Var[KindCount]) -> rx.Component:
    return rx.el.tr(
        ui.row_head(row.kind),
        ui.cell(row.queued, num=True),
        ui.cell(row.running, num=True),
        ui.cell(row.dead, num=True),
        ui.cell(rx.el.span(row.oldest, class_name="whitespace-nowrap")),
    )


def kinds() -> rx.Component:
    """Count jobs by kind and state."""
    head = [
        "Kind",
        ui.Column("Queued", num=True),
        ui.Column("Running", num=True),
        ui.Column("Gave up", num=True),
        "Oldest",
    ]
    rows = rx.foreach(WorkState.work.kinds, _kind)
    filled = ui.table(head, rows, caption="Jobs by kind")
    return _or_nothing(WorkState.work.kinds, filled, "Everything is done.")


def _job(job: rx.Var[DeadJob]) -> rx.Component:
    return rx.el.tr(
        ui.row_head(job.kind),
        ui.cell(rx.el.p(job.error, class_name="min-w-48 break-words")),
        ui.cell(job.tries, num=True),
        _when(job),
        ui.cell(
            ui.button(
                "Try again", size="sm", on_click=WorkState.retry(job.id),
                custom_attrs={"aria-label": "Try " + job.kind + " again"},
            )
        ),
    )  # fmt: skip


def dead_jobs() -> rx.Component:
    """List jobs that gave up, with why."""
    head = [
        "Kind",
        "Why",
        ui.Column("Tries", num=True),
        "When",
        ui.Column("What to do", hidden=True),
    ]
    filled = ui.table(head, rx.foreach(WorkState.work.jobs, _job), caption="Jobs that gave up")
    return _or_nothing(WorkState.work.jobs, filled, "No job gave up.")


def _event(event: rx.Var[DeadEvent]) -> rx.Component:
    return rx.el.tr(
        ui.row_head(event.name),
        ui.cell(
            rx.el.p(event.error, class_name="min-w-48 break-words"),
            rx.el.p(event.payload, class_name="faint break-words"),
        ),
        ui.cell(event.tries, num=True),
        _when(event),
        ui.cell(
            ui.button(
                "Deliver again", size="sm", on_click=WorkState.replay(event.id),
                custom_attrs={"aria-label": "Deliver " + event.name + " again"},
            )
        ),
    )  # fmt: skip


def dead_events() -> rx.Component:
    """List events that could not be delivered."""
    head = [
        "Event",
        "Why",
        ui.Column("Tries", num=True),
        "When",
        ui.Column("What to do", hidden=True),
    ]
    rows = rx.foreach(WorkState.work.events, _event)
    filled = ui.table(head, rows, caption="Events that nobody took")
    return _or_nothing(WorkState.work.events, filled, "Every event was taken.")


def _letter(letter: rx.Var[WaitingLetter]) -> rx.Component:
    return rx.el.tr(
        ui.row_head(letter.subject),
        ui.cell(letter.recipient),
        ui.cell(ui.badge(letter.state)),
        _when(letter),
    )


def letters() -> rx.Component:
    """List letters that have not left, without what is in them."""
    rows = rx.foreach(WorkState.work.letters, _letter)
    filled = ui.table(["Subject", "To", "State", "When"], rows, caption="Letters not sent")
    return _or_nothing(WorkState.work.letters, filled, "Every letter has left.")


def _act(line: rx.Var[AuditLine]) -> rx.Component:
    return rx.el.tr(
        ui.row_head(line.action),
        ui.cell(line.who),
        ui.cell(rx.el.span(line.subject, class_name="num whitespace-nowrap")),
        ui.cell(rx.el.p(line.details, class_name="min-w-48 break-words")),
        _when(line),
    )


def audit() -> rx.Component:
    """Show the latest acts of people with power."""
    rows = rx.foreach(WorkState.work.audit, _act)
    filled = ui.table(["What", "Who", "On", "Details", "When"], rows, caption="Audit log")
    return _or_nothing(WorkState.work.audit, filled, "Nobody did anything yet.")


def _or_nothing(rows: rx.Var, filled: rx.Component, nothing: str) -> rx.Component:
    return rx.cond(rows.length() > 0, filled, rx.el.p(nothing, class_name="sub"))
