"""Tables of the administrators' view of the machinery."""

import reflex as rx

from indii.admin.reports.components import older, state_links
from indii.admin.work.queries import (
    EmailRow,
    FailingJob,
    InboundRow,
    KindCount,
)
from indii.admin.work.state import EmailsState, InboundEventsState, WorkState
from indii.ui import primitives as ui


def numbers() -> rx.Component:
    """Show what waits and what failed, in numbers."""
    work = WorkState.work
    return ui.stats(
        ui.stat("Jobs open", work.open_jobs),
        ui.stat("Jobs that gave up", work.dead_jobs),
        ui.stat("Events waiting", work.waiting_events),
        ui.stat("Letters not sent", work.waiting_emails),
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
    return rx.el.div(
        _or_nothing(WorkState.work.kinds, filled, "Everything is done."),
        class_name="phone-slim phone-hides-5",
    )


_TROUBLE = ["Kind and why", ui.Column("Tries", num=True), "Since"]
_AGAIN = ui.Column("What to do", hidden=True)


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
    filled = ui.table(_TROUBLE, rows, caption="Jobs trying again")
    return rx.el.div(
        _or_nothing(WorkState.work.trying, filled, "No job waits for another try."),
        older(WorkState.work.older_trying, "Older jobs trying again"),
        class_name="phone-slim phone-hides-3",
    )


def _job(job: rx.Var[FailingJob]) -> rx.Component:
    again = ui.button(
        "Try again",
        size="sm",
        on_click=WorkState.retry(job.id),
        custom_attrs={"aria-label": "Try " + job.kind + " again"},
    )
    return rx.el.tr(*_failed(job), ui.cell(again))


def dead_jobs() -> rx.Component:
    """List jobs that gave up, with why."""
    rows = rx.foreach(WorkState.work.jobs, _job)
    filled = ui.table([*_TROUBLE, _AGAIN], rows, caption="Jobs that gave up")
    return rx.el.div(
        _or_nothing(WorkState.work.jobs, filled, "No job gave up."),
        older(WorkState.work.older_jobs, "Older jobs that gave up"),
        class_name="phone-hides-2 phone-hides-3",
    )


def _inbound_state(state: rx.Var[str]) -> rx.Component:
    return rx.match(
        state,
        ("waiting", ui.badge("Waiting", "warn")),
        ("dead", ui.badge("Gave up", "bad")),
        ("not_handled", ui.badge("Not handled")),
        ui.badge("Done", "good"),
    )


def _inbound(event: rx.Var[InboundRow]) -> rx.Component:
    again = ui.button(
        "Work again",
        size="sm",
        on_click=InboundEventsState.replay(event.id),
        custom_attrs={"aria-label": "Work " + event.kind + " again"},
    )
    return rx.el.tr(
        ui.row_head(
            rx.el.span(event.kind, class_name="break-words"),
            rx.el.p(event.sender, ", ", ui.time_ago(event.when, event.at), class_name="faint"),
            rx.el.p(_inbound_state(event.state), class_name="phone-line mt-1"),
            rx.cond(
                event.error != "",
                rx.el.p(event.error, class_name="sub phone-line break-words"),
                rx.fragment(),
            ),
        ),
        ui.cell(
            rx.cond(event.error != "", rx.el.p(event.error, class_name="break-words"), ""),
            rx.el.p(event.about, class_name="faint num break-all"),
        ),
        ui.cell(_inbound_state(event.state)),
        ui.cell(event.tries, num=True),
        ui.cell(again),
    )


def inbound_events() -> rx.Component:
    """List what the outside world told us, each with a way to work it again."""
    head = [
        "Event",
        "About",
        "State",
        ui.Column("Tries", num=True),
        ui.Column("What to do", hidden=True),
    ]
    page = InboundEventsState.page
    filled = ui.table(head, rx.foreach(page.rows, _inbound), caption="Events from outside")
    return rx.el.div(
        state_links(page.tabs, "Events by state"),
        rx.el.div(
            _or_nothing(page.rows, filled, "Nothing in this state."),
            class_name="phone-hides-2 phone-hides-3 phone-hides-4",
        ),
        older(page.older, "Older events"),
    )


def _email_state(state: rx.Var[str]) -> rx.Component:
    return rx.match(
        state,
        ("waiting", ui.badge("Waiting", "warn")),
        ("refused", ui.badge("Refused", "bad")),
        ui.badge("Sent", "good"),
    )


def _email(email: rx.Var[EmailRow]) -> rx.Component:
    subject = rx.cond(
        email.href != "",
        ui.link(email.subject, href=email.href, document=True),
        rx.el.span(email.subject),
    )
    return rx.el.tr(
        ui.row_head(
            subject,
            rx.el.p(
                "to ", email.recipient, ", ", ui.time_ago(email.when, email.at),
                class_name="faint break-words",
            ),
        ),
        ui.cell(_email_state(email.state)),
        ui.cell(rx.cond(email.sent != "", email.sent, rx.el.span("not yet", class_name="faint"))),
    )  # fmt: skip


def emails_list() -> rx.Component:
    """List emails without their text; a developer's mailbox shows it."""
    page = EmailsState.page
    rows = rx.foreach(page.rows, _email)
    filled = ui.table(["Letter", "State", "Sent"], rows, caption="Letters")
    return rx.el.div(
        state_links(page.tabs, "Letters by state"),
        rx.el.div(
            _or_nothing(page.rows, filled, "No email in this state."), class_name="phone-hides-3"
        ),
        older(page.older, "Older emails"),
    )


def _or_nothing(rows: rx.Var, filled: rx.Component, nothing: str) -> rx.Component:
    return rx.cond(rows.length() > 0, filled, rx.el.p(nothing, class_name="sub"))
