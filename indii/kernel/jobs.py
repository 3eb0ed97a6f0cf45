"""The one engine for work: a job is a row with a lease; the broker only wakes workers.

Events to our own handlers, events from outside and mail are jobs like any other. While a job of a
kind and key is queued, asking again is the same job; what is asked for while it runs is queued and
worked afterwards, so no request is lost. A killed worker's lease runs out and a sweep gives the job
to another. A job that keeps failing ends as `dead`, with the reason, and can be retried by hand.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Column, CursorResult, Index, case, delete, exists, func, select, text, update
from sqlalchemy.dialects.postgresql import JSONB, Insert, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased
from sqlmodel import Field, SQLModel, col

from indii.kernel.db import ReadSession, UtcTime, table_of
from indii.kernel.ids import new_id

LEASE = timedelta(minutes=3)
LONGEST_PAUSE_S = 900
# A statement takes 65,535 values at most.
AT_ONCE = 1000


class JobStatus(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class JobKind:
    """A kind of work: which queue it uses, how often it is tried, who wants it first.

    What is refused for good (an `IndiiError`, a `PortError` that no retry helps) ends a job at
    once, unless its kind retries refusals: those that must not be lost to a mistake of ours.
    """

    name: str
    queue: str = "default"
    max_tries: int = 7
    priority: int = 100
    lease: timedelta = LEASE
    retries_refusals: bool = False


KINDS: dict[str, JobKind] = {}


def declare(kind: JobKind) -> JobKind:
    """Make a kind of work known to enqueuers and workers alike."""
    KINDS[kind.name] = kind
    return kind


def queue_of(kind: str) -> str:
    """Return the queue that carries this kind of work."""
    return KINDS[kind].queue


def _kind_of(name: str) -> JobKind:
    """Return a kind, also one that only a newer or an older release declares."""
    return KINDS.get(name) or JobKind(name)


class Job(SQLModel, table=True):
    """One piece of work."""

    __tablename__ = "job"
    __table_args__ = (
        Index(
            "uq_job_queued", "kind", "key", unique=True, postgresql_where=text("state = 'queued'")
        ),
        Index(
            "uq_job_running", "kind", "key", unique=True, postgresql_where=text("state = 'running'")
        ),
        Index(
            "ix_job_due",
            "queue",
            "priority",
            "run_at",
            postgresql_where=text("state = 'queued'"),
        ),
        Index("ix_job_key", "key"),
        Index("ix_job_leased", "leased_until", postgresql_where=text("state = 'running'")),
        Index("ix_job_finished", "finished_at", postgresql_where=text("state = 'done'")),
    )

    id: UUID = Field(primary_key=True)
    kind: str = Field(max_length=60)
    key: str = Field(max_length=200)
    queue: str = Field(max_length=20)
    priority: int
    payload: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    state: str = Field(default=JobStatus.QUEUED, max_length=10)
    progress: int = 0
    tries: int = 0
    last_error: str = ""
    run_at: UtcTime
    leased_until: UtcTime | None = None
    lease_id: UUID | None = None
    created_at: UtcTime
    finished_at: UtcTime | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """Work that is asked for."""

    kind: str
    key: str
    payload: Mapping[str, Any] = field(default_factory=dict)


def _row(asked: Request, now: datetime) -> dict[str, Any]:
    kind = KINDS[asked.kind]
    return {
        "id": new_id(),
        "kind": kind.name,
        "key": asked.key,
        "queue": kind.queue,
        "priority": kind.priority,
        "payload": dict(asked.payload),
        "state": JobStatus.QUEUED,
        "progress": 0,
        "tries": 0,
        "last_error": "",
        "run_at": now,
        "created_at": now,
    }


def _upsert(rows: list[dict[str, Any]]) -> Insert:
    """Return the statement that queues these rows, or renews and locks those that are queued.

    The lock keeps a worker from taking up a queued job before the commit that asked for it again:
    it would not see what was asked for.
    """
    statement = insert(table_of(Job)).values(rows)
    return statement.on_conflict_do_update(
        index_elements=["kind", "key"],
        index_where=text("state = 'queued'"),
        set_={"payload": statement.excluded.payload},
    )


def enqueue(db: Session, kind: str, *, key: str, payload: Mapping[str, Any], now: datetime) -> UUID:
    """Queue the job unless one of this kind and key is queued already; return its id."""
    statement = _upsert([_row(Request(kind, key, payload), now)])
    made: UUID = db.execute(statement.returning(table_of(Job).c.id)).scalar_one()
    return made


def enqueue_all(db: Session, asked: Collection[Request], *, now: datetime) -> None:
    """Queue each of these, as `enqueue` does one, in one statement."""
    unique = {(request.kind, request.key): request for request in asked}
    # In one order for everybody, so that no two who ask for the same wait for each other.
    rows = [_row(unique[name], now) for name in sorted(unique)]
    for start in range(0, len(rows), AT_ONCE):
        db.execute(_upsert(rows[start : start + AT_ONCE]))


def _lease_end(now: datetime) -> Any:
    own = {kind.name: now + kind.lease for kind in KINDS.values() if kind.lease != LEASE}
    return case(own, value=col(Job.kind), else_=now + LEASE) if own else now + LEASE


def claim(db: Session, queues: Sequence[str], *, now: datetime) -> Job | None:
    """Lease the most urgent due job of these queues whose key nobody works on, or return None."""
    other = aliased(Job)
    runs = exists().where(
        col(other.kind) == col(Job.kind),
        col(other.key) == col(Job.key),
        col(other.state) == JobStatus.RUNNING,
    )
    most_urgent = (
        select(col(Job.id))
        .where(
            col(Job.state) == JobStatus.QUEUED,
            col(Job.queue).in_(queues),
            col(Job.run_at) <= now,
            ~runs,
        )
        .order_by(col(Job.priority), col(Job.run_at))
        .limit(1)
        .with_for_update(skip_locked=True, of=Job)
        .scalar_subquery()
    )
    return db.scalar(
        update(Job)
        .where(col(Job.id) == most_urgent)
        .values(
            state=JobStatus.RUNNING,
            tries=col(Job.tries) + 1,
            progress=0,
            lease_id=new_id(),
            leased_until=_lease_end(now),
        )
        .returning(Job)
        .execution_options(synchronize_session=False)
    )


def finish(db: Session, job_id: UUID, lease_id: UUID, *, now: datetime) -> bool:
    """Mark the job done if the caller still holds its lease."""
    return update_leased(db, job_id, lease_id, state=JobStatus.DONE, progress=100, finished_at=now)


def fail(
    db: Session, job_id: UUID, lease_id: UUID, error: str, now: datetime, *, retryable: bool
) -> JobStatus | None:
    """Put the job back with a growing pause, or end it as dead; None if the lease is lost."""
    job = db.get(Job, job_id, with_for_update=True, populate_existing=True)
    if job is None or job.lease_id != lease_id or job.state != JobStatus.RUNNING:
        return None
    return _give_back(db, job, error[:500], now, retryable=retryable, pause_s=_pause_s(job.tries))


def _pause_s(tries: int) -> float:
    """Return how long to wait after so many tries: a moment first, a quarter of an hour at last."""
    return min(2 * 3.0 ** min(tries - 1, 10), LONGEST_PAUSE_S)


def _give_back(
    db: Session, job: Job, error: str, now: datetime, *, retryable: bool, pause_s: float
) -> JobStatus:
    if not retryable or job.tries >= _kind_of(job.kind).max_tries:
        job.state, job.finished_at, job.last_error = JobStatus.DEAD, now, error
        job.leased_until = job.lease_id = None
        db.flush()
        return JobStatus.DEAD
    run_at, tries = now + timedelta(seconds=pause_s), job.tries
    if not _requeue(db, job, error, run_at):
        _merge(db, job, error, run_at, tries)
    return JobStatus.QUEUED


def _requeue(db: Session, job: Job, error: str, run_at: datetime) -> bool:
    """Queue a job of ours again; False if the same was asked for meanwhile and waits already."""
    try:
        with db.begin_nested():
            job.state, job.last_error, job.run_at = JobStatus.QUEUED, error, run_at
            job.leased_until = job.lease_id = job.finished_at = None
            db.flush()
    except IntegrityError:
        return False
    return True


def _merge(db: Session, job: Job, error: str, run_at: datetime, tries: int) -> None:
    """Let the request that came meanwhile take the place of a job that failed: both are one."""
    db.execute(
        update(Job)
        .where(
            col(Job.kind) == job.kind, col(Job.key) == job.key, col(Job.state) == JobStatus.QUEUED
        )
        .values(tries=tries, last_error=error, run_at=func.greatest(col(Job.run_at), run_at))
        .execution_options(synchronize_session=False)
    )
    db.execute(delete(Job).where(col(Job.id) == job.id))


def report_progress(
    db: Session, job_id: UUID, lease_id: UUID, percent: int, *, now: datetime
) -> bool:
    """Show progress and renew the lease; False if the lease is lost and the work must stop."""
    return update_leased(db, job_id, lease_id, progress=percent, leased_until=_lease_end(now))


def update_leased(db: Session, job_id: UUID, lease_id: UUID, **values: Any) -> bool:
    """Change a job whose lease the caller still holds; False if it is lost."""
    changed = db.execute(
        update(Job)
        .where(
            col(Job.id) == job_id,
            col(Job.lease_id) == lease_id,
            col(Job.state) == JobStatus.RUNNING,
        )
        .values(**values)
        .returning(col(Job.id))
        .execution_options(synchronize_session=False)
    )
    return changed.first() is not None


def requeue_expired(db: Session, *, now: datetime) -> Sequence[tuple[str, str, JobStatus]]:
    """Take back jobs whose lease ran out; those out of tries end as dead.

    Returns (kind, key, state) of each.
    """
    stuck = db.scalars(
        select(Job)
        .where(col(Job.state) == JobStatus.RUNNING, col(Job.leased_until) < now)
        .with_for_update(skip_locked=True)
    ).all()
    said = "The worker stopped before it finished; retrying."
    return [
        (job.kind, job.key, _give_back(db, job, said, now, retryable=True, pause_s=0))
        for job in stuck
    ]


def retry(db: Session, job_id: UUID, *, now: datetime) -> bool:
    """Queue a dead job again with fresh tries; False if it is not dead, or the same work waits."""
    job = db.get(Job, job_id, with_for_update=True)
    if job is None or job.state != JobStatus.DEAD or not _requeue(db, job, job.last_error, now):
        return False
    job.tries = 0
    return True


def due_queues(db: Session, *, now: datetime) -> Sequence[str]:
    """Return the queues that have due work."""
    return db.scalars(
        select(col(Job.queue))
        .where(col(Job.state) == JobStatus.QUEUED, col(Job.run_at) <= now)
        .distinct()
    ).all()


def open_count(db: Session | ReadSession, queue: str) -> int:
    """Return how many jobs of a queue wait or run."""
    is_open = col(Job.state).in_([JobStatus.QUEUED, JobStatus.RUNNING])
    counted = select(func.count()).select_from(Job).where(is_open, col(Job.queue) == queue)
    return int(db.scalar(counted) or 0)


def counts(db: Session, *, now: datetime) -> Mapping[tuple[str, str], tuple[int, float]]:
    """Return (count, age of the oldest in seconds) by (kind, state) of jobs not done."""
    rows = db.execute(
        select(col(Job.kind), col(Job.state), func.count(), func.min(col(Job.created_at)))
        .where(col(Job.state) != JobStatus.DONE)
        .group_by(col(Job.kind), col(Job.state))
    )
    return {(k, s): (n, (now - oldest).total_seconds()) for k, s, n, oldest in rows}


def delete_done(db: Session, *, before: datetime) -> int:
    """Delete jobs that were done before then; dead ones stay. Return how many."""
    gone = db.execute(
        delete(Job).where(col(Job.state) == JobStatus.DONE, col(Job.finished_at) < before)
    )
    return cast("CursorResult[Any]", gone).rowcount
