"""Tables of the administrators' view of the machinery."""

import reflex as rx

from indii.admin.frame.components import older, or_nothing
from indii.admin.work.queries import (
    FailingJob,
    KindCount,
)
from indii.admin.work.state import WorkState
from indii.ui import primitives as ui


def numbers() -> rx.Component:
    """Show what waits and what failed, in numbers."""
    work = WorkState.work
    return ui.stats(
        ui.stat("Open jobs", work.open_jobs),
        ui.stat("Failed jobs", work.dead_jobs),
        ui.stat("Events waiting", work.waiting_events),
        ui.stat("E-mails not sent", work.waiting_emails),
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
        ui.Column("Failed", num=True),
        "Oldest",
    ]
    rows = rx.foreach(WorkState.work.kinds, _kind)
    filled = ui.table(head, rows, caption="Jobs by kind")
    return rx.el.div(
        or_nothing(WorkState.work.kinds, filled, "No open jobs."),
        class_name="phone-slim phone-hides-5",
    )


_TROUBLE = ["Kind and reason", ui.Column("Tries", num=True), "Since"]
_AGAIN = ui.Column("Actions", hidden=True)


def _failed(job: rx.Var[FailingJob]) -> list[rx.Component]:
    return [
        ui.row_head(
            job.kind,
            rx.el.p(job.error, class_name="sub break-words"),
            rx.el.p(job.about, class_name="faint break-words"),
        ),
        ui.cell(job.tries, num=True),
        _when(job),
    ]


def _trying(job: rx.Var[FailingJob]) -> rx.Component:
    return rx.el.tr(*_failed(job))


def trying_jobs() -> rx.Component:
    """List jobs that failed and will be tried again."""
    rows = rx.foreach(WorkState.work.trying, _trying)
    filled = ui.table(_TROUBLE, rows, caption="Jobs to be retried")
    return rx.el.div(
        or_nothing(WorkState.work.trying, filled, "No job is waiting for a retry."),
        older(WorkState.work.older_trying, "Older jobs to be retried"),
        class_name="phone-slim phone-hides-3",
    )


def _job(job: rx.Var[FailingJob]) -> rx.Component:
    again = ui.button(
        "Retry",
        size="sm",
        on_click=WorkState.retry(job.id),
        custom_attrs={"aria-label": "Retry " + job.kind},
    )
    return rx.el.tr(*_failed(job), ui.cell(again))


def dead_jobs() -> rx.Component:
    """List jobs that gave up, with why."""
    rows = rx.foreach(WorkState.work.jobs, _job)
    filled = ui.table([*_TROUBLE, _AGAIN], rows, caption="Failed jobs")
    return rx.el.div(
        or_nothing(WorkState.work.jobs, filled, "No job failed."),
        older(WorkState.work.older_jobs, "Older failed jobs"),
        class_name="phone-hides-2 phone-hides-3",
    )
