"""Moderation against the real database: who may decide, and what a decision does."""

import pytest
from sqlalchemy import select
from sqlmodel import col

from indii.admin.events.commands import replay_inbound
from indii.admin.ledger.queries import audit_log
from indii.admin.mail import queries as mail
from indii.admin.work.commands import retry_job
from indii.admin.work.queries import work
from indii.catalog.recordings.models import Recording
from indii.identity.profiles.models import Profile
from indii.identity.reports.flows import report
from indii.identity.reports.models import Report
from indii.kernel.audit import AuditEntry
from indii.kernel.context import NOBODY
from indii.kernel.errors import IndiiError, NotAllowed, SignInNeeded
from indii.kernel.ids import new_id
from indii.kernel.jobs import Job, JobKind, declare, enqueue
from indii.kernel.mail_queue import QueuedEmail
from indii.trust.moderation import commands
from indii.trust.moderation.errors import AddressUnknown, ReasonMissing
from indii.trust.moderation.queries import recording_at, report_queue, takedowns
from tests.factories.catalog import make_recording
from tests.factories.identity import make_admin, make_fan, make_producer, make_visitor
from workers import registry
from workers.queue import drain_queue

registry.load_rooms()
SAMPLE = "Contains an uncleared sample."
SHAKY = declare(JobKind("test_shaky"))


@pytest.fixture
def scene(rt):
    """A producer with two recordings, one of them reported twice, and an administrator."""
    ash = make_producer(rt, "Ash Verell", email="ash@example.com")
    first = make_recording(rt, ash, title="Rust")
    second = make_recording(rt, ash, title="Cold Harbour")
    flag(rt, make_visitor("one"), first, reason="copyright", details="My hook at 0:42.")
    flag(rt, make_fan(rt, "Mara"), first, reason="spam")
    return ash, first, second, make_admin(rt)


def flag(rt, actor, subject, kind="recording", reason="spam", details=""):
    report(rt, actor, kind=kind, subject_id=str(subject), reason=reason, details=details)


def state_of(rt, recording):
    with rt.read() as ctx:
        return ctx.db.scalar(select(col(Recording.state)).where(col(Recording.id) == recording))


def decide(rt, actor, command, **values):
    with rt.write(actor) as ctx:
        command(ctx, **values)


def emails(rt):
    drain_queue(rt, ["default"])
    with rt.write() as ctx:
        return list(ctx.db.scalars(select(QueuedEmail).order_by(col(QueuedEmail.id))))


def actions(rt):
    with rt.read() as ctx:
        return set(ctx.db.scalars(select(col(AuditEntry.action))))


def test_queue_shows_everything_needed_oldest_first(rt, scene, clock):
    ash, _, second, admin = scene
    clock.move(hours=2)
    flag(rt, make_visitor("two"), second)
    clock.move(seconds=1)
    flag(rt, make_visitor("two"), ash.profile_id, kind="profile")
    with rt.read(admin) as ctx:
        queue = report_queue(ctx)
    assert [t.title for t in queue.things] == ["Rust", "Cold Harbour", "Ash Verell"]
    assert queue.total == 3
    rust = queue.things[0]
    assert (rust.by, rust.href, rust.reporters) == ("Ash Verell", "/recording/rust", "2 people")
    assert rust.can_take_down
    assert rust.oldest == "2 hours ago"
    assert [(line.by, line.details) for line in rust.reports] == [
        ("a visitor", "My hook at 0:42."),
        ("Mara", ""),
    ]
    assert queue.things[2].href == "/producer/ash-verell"


def test_dismissing_closes_all_reports_and_nothing_else(rt, scene):
    _, first, _, admin = scene
    with rt.write(admin) as ctx, pytest.raises(ReasonMissing):
        commands.dismiss(ctx, kind="recording", subject_id=first, note="  ")
    with rt.write(admin) as ctx:
        assert commands.dismiss(ctx, kind="recording", subject_id=first, note="Cleared") == 2
    assert state_of(rt, first) == "live"
    assert not emails(rt)
    with rt.read(admin) as ctx:
        assert report_queue(ctx).total == 0
        assert {r.state for r in ctx.db.scalars(select(Report))} == {"dismissed"}
    assert "reports.dismissed" in actions(rt)


def test_taking_down_and_restoring(rt, scene):
    _, first, _, admin = scene
    decide(rt, admin, commands.take_down, recording_id=first, reason=SAMPLE)
    assert state_of(rt, first) == "taken_down"
    (email,) = emails(rt)
    assert email.to == "ash@example.com"
    assert SAMPLE in email.text
    assert "somebody reported" in email.text
    with rt.read(admin) as ctx:
        assert report_queue(ctx).total == 0
        (down,) = takedowns(ctx)
        assert (down.title, down.reason) == ("Rust", SAMPLE)
    with pytest.raises(IndiiError):
        decide(rt, admin, commands.take_down, recording_id=first, reason="Again.")
    decide(rt, admin, commands.restore, recording_id=first)
    assert state_of(rt, first) == "live"
    assert "is back" in emails(rt)[1].subject
    with rt.read(admin) as ctx:
        assert not takedowns(ctx)
    assert {"recording.taken_down", "recording.restored", "reports.upheld"} <= actions(rt)


def test_an_unreported_recording_is_found_by_its_address(rt, scene):
    _, _, second, admin = scene
    with rt.read(admin) as ctx:
        for address in ("https://x.example/recording/cold-harbour?a=1", "cold-harbour"):
            assert recording_at(ctx, address).id == str(second)
        for address in ("", "https://x.example/", "/recording/nothing-here"):
            with pytest.raises(AddressUnknown):
                recording_at(ctx, address)


def test_blanking_a_profile(rt, scene):
    ash, *_, admin = scene
    flag(rt, make_visitor("two"), ash.profile_id, kind="profile")
    decide(
        rt, admin, commands.blank_profile, profile_id=ash.profile_id, reason="Slurs in the text."
    )
    with rt.read() as ctx:
        assert ctx.db.get(Profile, ash.profile_id).bio == ""
    assert "Slurs in the text." in emails(rt)[0].text


def test_nobody_else_sees_or_decides(rt, scene):
    ash, first, _, _ = scene
    for actor in (NOBODY, make_visitor(), make_fan(rt), make_producer(rt), ash):
        for query in (report_queue, takedowns, work):
            with rt.read(actor) as ctx, pytest.raises((SignInNeeded, NotAllowed)):
                query(ctx)
        with rt.read(actor) as ctx, pytest.raises((SignInNeeded, NotAllowed)):
            recording_at(ctx, "rust")
        with pytest.raises((SignInNeeded, NotAllowed)):
            decide(rt, actor, commands.take_down, recording_id=first, reason="Mine now.")
        with pytest.raises((SignInNeeded, NotAllowed)):
            decide(rt, actor, commands.restore, recording_id=first)
        with pytest.raises((SignInNeeded, NotAllowed)):
            decide(rt, actor, commands.blank_profile, profile_id=ash.profile_id, reason="No.")
        with pytest.raises((SignInNeeded, NotAllowed)), rt.write(actor) as ctx:
            commands.dismiss(ctx, kind="recording", subject_id=first, note="No.")
        with pytest.raises((SignInNeeded, NotAllowed)), rt.write(actor) as ctx:
            retry_job(ctx, job_id=new_id())
        with pytest.raises((SignInNeeded, NotAllowed)), rt.write(actor) as ctx:
            replay_inbound(ctx, event_id=new_id())
    assert state_of(rt, first) == "live"
    with rt.read() as ctx:
        assert {r.state for r in ctx.db.scalars(select(Report))} == {"open"}


def test_failed_work_is_seen_and_tried_again(rt, scene, clock):
    admin = scene[-1]
    with rt.write() as ctx:
        job_id = enqueue(ctx.db, SHAKY.name, key="k", payload={"a": 1}, now=ctx.now)
        job = ctx.db.get(Job, job_id)
        job.state, job.tries, job.last_error, job.finished_at = "dead", 5, "No disk.", ctx.now
    with rt.read(admin) as ctx:
        shown = work(ctx)
    assert [(j.kind, j.error) for j in shown.jobs] == [("test_shaky", "No disk.")]
    assert [job.about for job in shown.jobs] == ["a: 1"]
    assert shown.dead_jobs == 1
    with rt.write(admin) as ctx:
        retry_job(ctx, job_id=job_id)
    with rt.read(admin) as ctx:
        shown = work(ctx)
        acts = audit_log(ctx).lines
        assert ctx.db.get(Job, job_id).state == "queued"
    assert not shown.jobs
    assert [job.error for job in shown.trying] == ["No disk."]
    assert {act.who for act in acts} >= {"Noor"}
    with rt.write(admin) as ctx, pytest.raises(IndiiError):
        retry_job(ctx, job_id=job_id)


def test_waiting_emails_do_not_show_what_they_carry(rt, scene):
    _, first, _, admin = scene
    decide(rt, admin, commands.take_down, recording_id=first, reason=SAMPLE)
    assert emails(rt)
    with rt.read(admin) as ctx:
        (email,) = mail.emails(ctx).rows
    assert email.recipient == "as…@example.com"
    assert not hasattr(email, "text")
