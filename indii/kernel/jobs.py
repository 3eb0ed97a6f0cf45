"""Work is a row with a lease; the broker only wakes workers.

A killed worker's lease runs out and a sweep gives the job to another; nothing waits for a broker's
visibility time-out. A job that keeps failing ends as `dead`, with the reason, and can be retried
by hand.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Index, func, select, text, update
from sqlalchemy.dialects.postgresql import JSONB, Insert, insert
from sqlalchemy.orm import Session
from sqlmodel import Field, SQLModel, col

from indii.kernel.db import UtcTime, table_of
from indii.kernel.ids import new_id

LEASE = timedelta(minutes=3)


class JobStatus(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class JobKind:
    """A kind of work: which queue it uses, how often it is tried, who wants it first."""

    name: str
    queue: str = "default"
    max_tries: int = 5
    priority: int = 100
    lease: timedelta = LEASE


KINDS: dict[str, JobKind] = {}


def declare(kind: JobKind) -> JobKind:
    """Make a kind of work known to enqueuers and workers alike."""
    KINDS[kind.name] = kind
    return kind


def queue_of(kind: str) -> str:
    """Return the queue that carries this kind of work."""
    return KINDS[kind].queue


class Job(SQLModel, table=True):
    """One piece of work."""

    __tablename__ = "job"
    __table_args__ = (
        Index(
            "uq_job_open",
            "kind",
            "key",
            unique=True,
            postgresql_where=text("state IN ('queued', 'running')"),
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


def _row(kind: JobKind, key: str, payload: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "kind": kind.name,
        "key": key,
        "queue": kind.queue,
        "priority": kind.priority,
        "payload": dict(payload),
        "state": JobStatus.QUEUED,
        "progress": 0,
        "tries": 0,
        "last_error": "",
        "run_at": now,
        "created_at": now,
    }


def _put() -> Insert:
    return insert(table_of(Job)).on_conflict_do_nothing(
        index_elements=["kind", "key"],
        index_where=text("state IN ('queued', 'running')"),
    )


def enqueue(db: Session, kind: str, *, key: str, payload: Mapping[str, Any], now: datetime) -> UUID:
    """Add the job unless one of this kind and key already waits or runs; return its id."""
    row = _row(KINDS[kind], key, payload, now)
    made = db.execute(_put().values(row).returning(col(Job.id))).scalar()
    if made is not None:
        return made
    found = db.scalar(
        select(col(Job.id)).where(
            col(Job.kind) == kind,
            col(Job.key) == key,
            col(Job.state).in_([JobStatus.QUEUED, JobStatus.RUNNING]),
        )
    )
    # The open job ended between the two statements: this request is newer than its work.
    return found or enqueue(db, kind, key=key, payload=payload, now=now)


def enqueue_all(db: Session, kind: str, keys: Collection[str], *, now: datetime) -> None:
    """Add a job for each key that has none of this kind waiting or running, in one round trip."""
    if keys:
        db.execute(_put(), [_row(KINDS[kind], key, {}, now) for key in sorted(set(keys))])


def claim(db: Session, queues: Sequence[str], *, now: datetime) -> Job | None:
    """Lease the most urgent due job of these queues, or return None."""
    job = db.scalars(
        select(Job)
        .where(
            col(Job.state) == JobStatus.QUEUED, col(Job.queue).in_(queues), col(Job.run_at) <= now
        )
        .order_by(col(Job.priority), col(Job.run_at))
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if job is None:
        return None
    job.state = JobStatus.RUNNING
    job.tries += 1
    job.progress = 0
    job.lease_id = new_id()
    job.leased_until = now + KINDS[job.kind].lease
    return job


def finish(db: Session, job_id: UUID, lease_id: UUID, *, now: datetime) -> bool:
    """Mark the job done if the caller still holds its lease."""
    return _update_leased(db, job_id, lease_id, state=JobStatus.DONE, progress=100, finished_at=now)


def fail(
    db: Session, job_id: UUID, lease_id: UUID, error: str, now: datetime, *, retryable: bool
) -> JobStatus | None:
    """Put the job back with a growing pause, or end it as dead; None if the lease is lost."""
    job = db.get(Job, job_id, with_for_update=True)
    if job is None or job.lease_id != lease_id or job.state != JobStatus.RUNNING:
        return None
    job.last_error = error[:500]
    job.leased_until = job.lease_id = None
    if retryable and job.tries < KINDS[job.kind].max_tries:
        job.state = JobStatus.QUEUED
        job.run_at = now + timedelta(seconds=min(5 * 3**job.tries, 900))
        return JobStatus.QUEUED
    job.state, job.finished_at = JobStatus.DEAD, now
    return JobStatus.DEAD


def report_progress(
    db: Session, job_id: UUID, lease_id: UUID, percent: int, *, now: datetime
) -> bool:
    """Show progress and renew the lease; False if the lease is lost and the work must stop."""
    kind = db.scalar(select(col(Job.kind)).where(col(Job.id) == job_id))
    lease = KINDS[kind].lease if kind in KINDS else LEASE
    return _update_leased(db, job_id, lease_id, progress=percent, leased_until=now + lease)


def _update_leased(db: Session, job_id: UUID, lease_id: UUID, **values: Any) -> bool:
    changed = db.execute(
        update(Job)
        .where(
            col(Job.id) == job_id,
            col(Job.lease_id) == lease_id,
            col(Job.state) == JobStatus.RUNNING,
        )
        .values(**values)
        .returning(col(Job.id))
    )
    return changed.first() is not None


def requeue_expired(db: Session, *, now: datetime) -> Sequence[Job]:
    """Take back jobs whose lease ran out; those out of tries end as dead. Return them."""
    stuck = db.scalars(
        select(Job)
        .where(col(Job.state) == JobStatus.RUNNING, col(Job.leased_until) < now)
        .with_for_update(skip_locked=True)
    ).all()
    for job in stuck:
        job.leased_until = job.lease_id = None
        if job.tries < KINDS[job.kind].max_tries:
            job.state, job.run_at = JobStatus.QUEUED, now
            job.last_error = "The worker stopped in the middle; trying again."
        else:
            job.state, job.finished_at = JobStatus.DEAD, now
            job.last_error = "The worker stopped in the middle every time."
    return stuck


def retry(db: Session, job_id: UUID, *, now: datetime) -> bool:
    """Queue a dead job again with fresh tries; False if it is not dead."""
    job = db.get(Job, job_id, with_for_update=True)
    if job is None or job.state != JobStatus.DEAD:
        return False
    job.state, job.tries, job.run_at, job.finished_at = JobStatus.QUEUED, 0, now, None
    return True


def due_queues(db: Session, *, now: datetime) -> Sequence[str]:
    """Return the queues that have due work."""
    return db.scalars(
        select(col(Job.queue))
        .where(col(Job.state) == JobStatus.QUEUED, col(Job.run_at) <= now)
        .distinct()
    ).all()


def counts(db: Session, *, now: datetime) -> Mapping[tuple[str, str], tuple[int, float]]:
    """Return (count, age of the oldest in seconds) by (kind, state) of jobs not done."""
    rows = db.execute(
        select(col(Job.kind), col(Job.state), func.count(), func.min(col(Job.created_at)))
        .where(col(Job.state) != JobStatus.DONE)
        .group_by(col(Job.kind), col(Job.state))
    )
    return {(k, s): (n, (now - oldest).total_seconds()) for k, s, n, oldest in rows}
