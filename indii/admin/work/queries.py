"""Reads of work: jobs, what failed among them, and how much waits."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import col

from indii.admin.frame.rules import in_words, list_address
from indii.kernel.context import ReadCtx
from indii.kernel.events import EVENTS
from indii.kernel.format import ago
from indii.kernel.jobs import Job, JobStatus, open_count
from indii.kernel.mail_queue import EmailStatus, QueuedEmail
from indii.kernel.paging import newest_first

# Several lists share the page of the jobs; each is known in the address by its own name.
SHORT_PAGE = 25
LISTS = ("trying", "jobs")


@dataclass(frozen=True, slots=True)
class KindCount:
    """How much work of one kind stands where."""

    kind: str
    queued: int
    running: int
    dead: int
    oldest: str


@dataclass(frozen=True, slots=True)
class FailingJob:
    """A job that failed: it gave up, or will be tried again; `about` says what it works on."""

    id: str
    kind: str
    about: str
    tries: int
    error: str
    when: str
    at: str


@dataclass(frozen=True, slots=True)
class WorkPage:
    """Everything the page shows; `older_*` are the addresses that continue each list."""

    kinds: tuple[KindCount, ...] = ()
    jobs: tuple[FailingJob, ...] = ()
    trying: tuple[FailingJob, ...] = ()
    older_jobs: str = ""
    older_trying: str = ""
    open_jobs: int = 0
    dead_jobs: int = 0
    waiting_events: int = 0
    waiting_emails: int = 0


def work(
    ctx: ReadCtx,
    *,
    jobs: UUID | None = None,
    trying: UUID | None = None,
) -> WorkPage:
    """Return what the machinery is doing; each list from behind the row that it is given.

    Raises:
        NotAllowed: the actor is no administrator.
    """
    ctx.actor.require_role("admin")
    kinds = _kinds(ctx)
    dead, shaky = _troubled(ctx, JobStatus.DEAD, jobs), _troubled(ctx, JobStatus.QUEUED, trying)
    now = {name: str(at) for name, at in zip(LISTS, (trying, jobs), strict=True) if at}
    return WorkPage(
        kinds=kinds,
        jobs=dead[0],
        trying=shaky[0],
        older_jobs=_on(now, "jobs", dead[1]),
        older_trying=_on(now, "trying", shaky[1]),
        open_jobs=sum(k.queued + k.running for k in kinds),
        dead_jobs=sum(k.dead for k in kinds),
        waiting_events=open_count(ctx.db, EVENTS),
        waiting_emails=ctx.db.scalar(
            select(func.count())
            .select_from(QueuedEmail)
            .where(col(QueuedEmail.state) != EmailStatus.SENT)
        )
        or 0,
    )


def _kinds(ctx: ReadCtx) -> tuple[KindCount, ...]:
    def standing(state: JobStatus) -> object:
        return func.count().filter(col(Job.state) == state)

    found = ctx.db.execute(
        select(
            col(Job.kind),
            standing(JobStatus.QUEUED),  # type: ignore[call-overload]
            standing(JobStatus.RUNNING),
            standing(JobStatus.DEAD),
            func.min(col(Job.created_at)),
        )
        .where(col(Job.state) != JobStatus.DONE)
        .group_by(col(Job.kind))
        .order_by(col(Job.kind))
    )
    return tuple(KindCount(row[0], row[1], row[2], row[3], ago(row[4], ctx.now)) for row in found)


def _on(now: Mapping[str, str], name: str, after: str) -> str:
    """Return the address where one list goes on and the others stay where they are."""
    return list_address("work", **{**now, name: after}) + f"#{name}" if after else ""


def _troubled(
    ctx: ReadCtx, state: JobStatus, after: UUID | None
) -> tuple[tuple[FailingJob, ...], str]:
    """Return jobs that failed and gave up, or wait for their next try; and where they go on."""
    page = newest_first(
        ctx.db,
        select(Job).where(col(Job.state) == state, col(Job.last_error) != ""),
        # What the page says: its end, or when it began; the next try would change with every one.
        by=func.coalesce(col(Job.finished_at), col(Job.created_at)),
        key=col(Job.id),
        size=SHORT_PAGE,
        after=after,
    )
    rows = tuple(
        FailingJob(
            id=str(job.id),
            kind=job.kind,
            about=in_words(job.payload) or job.key,
            tries=job.tries,
            error=job.last_error,
            when=ago(job.finished_at or job.created_at, ctx.now),
            at=(job.finished_at or job.created_at).isoformat(),
        )
        for job in page.rows
    )
    return rows, page.next_after
