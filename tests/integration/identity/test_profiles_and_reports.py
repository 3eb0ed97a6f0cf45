"""Profiles, pictures and reports against the real database."""

import io
from uuid import UUID

import pytest
from PIL import Image
from sqlalchemy import select
from sqlmodel import col

from indii.identity.profiles import commands, flows, queries
from indii.identity.profiles.errors import (
    NameMissing,
    NameTooLong,
    PictureRefused,
    SlugMalformed,
    SlugTaken,
)
from indii.identity.profiles.models import Profile
from indii.identity.reports import flows as report_flows
from indii.identity.reports.commands import decide_reports, file_report
from indii.identity.reports.enums import ReportKind, ReportStatus
from indii.identity.reports.errors import (
    AlreadyReported,
    DetailsMissing,
    NothingToReport,
    ReasonUnknown,
)
from indii.identity.reports.models import Report
from indii.kernel.context import NOBODY, Actor
from indii.kernel.errors import NotAllowed, NotFound, SignInNeeded, TooManyAttempts
from indii.kernel.ids import new_id
from tests.factories.identity import make_admin, make_fan, make_producer, make_visitor
from tests.factories.work import emitted


def update(rt, actor, **changes):
    with rt.read(actor) as ctx:
        now = queries.own_profile(ctx)
    values = {"name": now.name, "slug": now.slug, "bio": now.bio} | changes
    with rt.write(actor) as ctx:
        commands.update_profile(ctx, **values)


def renames(rt):
    return [name for name, _ in emitted(rt)].count("ProfileRenamed")


def picture(width=400, height=300, kind="PNG", **options):
    out = io.BytesIO()
    Image.new("RGB", (width, height), "#ff5a36").save(out, kind, **options)
    return out.getvalue()


def test_namesakes_get_addresses_of_their_own(rt):
    slugs = []
    for name in ("Ash", "Ash", "Studio", "名"):
        actor = make_fan(rt, name)
        with rt.read(actor) as ctx:
            slugs.append(queries.own_profile(ctx).slug)
    assert slugs == ["ash", "ash-2", "studio-2", "artist-2"]


def test_renaming_says_so_and_a_bio_does_not(rt):
    ash = make_producer(rt, "Ash")
    update(rt, ash, bio="I make\x00 beats.\r\n\r\nIn Kiel.")
    assert renames(rt) == 0
    update(rt, ash, name="  Ash   Verell ", slug="Ash-Verell")
    assert renames(rt) == 1
    with rt.read() as ctx:
        shown = queries.public_profile(ctx, "ash-verell")
        assert (shown.name, shown.bio) == ("Ash Verell", "I make beats.\n\nIn Kiel.")
        with pytest.raises(NotFound):
            queries.public_profile(ctx, "ash")


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"slug": "admin"}, SlugTaken),
        ({"slug": "mara"}, SlugTaken),
        ({"slug": "a"}, SlugMalformed),
        ({"slug": "../etc"}, SlugMalformed),
        ({"slug": "a--b"}, SlugMalformed),
        ({"slug": "x" * 61}, SlugMalformed),
        ({"name": " \u200b "}, NameMissing),
        ({"name": "x" * 61}, NameTooLong),
    ],
)
def test_refused_changes(rt, changes, refusal):
    make_fan(rt, "Mara")
    with pytest.raises(refusal):
        update(rt, make_producer(rt, "Ash"), **changes)


def test_nobody_changes_a_profile(rt):
    with rt.write(NOBODY) as ctx, pytest.raises(SignInNeeded):
        commands.update_profile(ctx, name="x", slug="xx", bio="")


def test_a_picture_is_made_small_and_the_one_before_goes(rt):
    ash = make_producer(rt)
    exif = Image.Exif()
    exif[0x010E] = "where I live"
    flows.change_avatar(rt, ash, data=picture(kind="JPEG", exif=exif))
    with rt.read() as ctx:
        first = queries.avatar_key(ctx, ash.profile_id)
    stored = rt.storage.fetch(first).read_bytes()
    with Image.open(io.BytesIO(stored)) as image:
        assert (image.format, image.size) == ("WEBP", (256, 256))
        assert not image.getexif()
    flows.change_avatar(rt, ash, data=picture())
    assert rt.storage.stat(first) is None
    with rt.read(ash) as ctx:
        assert queries.own_profile(ctx).avatar.startswith(f"/media/avatar/{ash.profile_id}?v=")
    flows.change_avatar(rt, ash, data=b"")
    with rt.read() as ctx, pytest.raises(NotFound):
        queries.avatar_key(ctx, ash.profile_id)


@pytest.mark.parametrize(
    "data",
    [
        b"not a picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        picture()[:60],
        picture(kind="GIF"),
        picture(8000, 6000, "PNG"),
        b"\x00" * 5_000_001,
    ],
    ids=["text", "svg", "cut", "gif", "huge", "heavy"],
)
def test_hostile_pictures_leave_nothing(rt, data):
    ash = make_producer(rt)
    with pytest.raises(PictureRefused):
        flows.change_avatar(rt, ash, data=data)
    with rt.read() as ctx:
        assert ctx.db.scalar(select(col(Profile.avatar_key))) == ""


def test_only_administrators_blank_profiles(rt):
    ash = make_producer(rt)
    update(rt, ash, bio="rude")
    for actor in (NOBODY, make_fan(rt), make_producer(rt)):
        with pytest.raises((SignInNeeded, NotAllowed)), rt.write(actor) as ctx:
            commands.clear_profile(ctx, profile_id=ash.profile_id)
    with rt.write(make_admin(rt)) as ctx:
        commands.clear_profile(ctx, profile_id=ash.profile_id)
    with rt.read() as ctx:
        assert queries.find_public_profile(ctx, ash.profile_id).bio == ""


def flag(rt, actor, subject, **changes):
    values = {"kind": "recording", "reason": "copyright", "details": "My song."} | changes
    report_flows.report(rt, actor, subject_id=str(subject), **values)


def test_anyone_reports_once(rt):
    recording = new_id()
    fan = make_fan(rt)
    flag(rt, fan, recording)
    flag(rt, make_visitor("one"), recording)
    flag(rt, make_visitor("two"), recording)
    for again in (fan, make_visitor("one")):
        with pytest.raises(AlreadyReported):
            flag(rt, again, recording)
    admin = make_admin(rt)
    with rt.write(admin) as ctx:
        closed = decide_reports(
            ctx, kind=ReportKind.RECORDING, subject_id=recording, state=ReportStatus.DISMISSED,
            note="Cleared.",
        )  # fmt: skip
    assert closed == 3
    flag(rt, fan, recording)
    with rt.read() as ctx:
        decided = ctx.db.scalars(select(Report).where(col(Report.state) == "dismissed"))
        assert {r.decided_by for r in decided} == {admin.account_id}


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"kind": "account"}, NothingToReport),
        ({"reason": "because"}, ReasonUnknown),
        ({"details": "  "}, DetailsMissing),
        ({"kind": "profile", "reason": "spam"}, NothingToReport),
    ],
)
def test_refused_reports(rt, changes, refusal):
    with pytest.raises(refusal):
        flag(rt, make_fan(rt), new_id(), **changes)


def test_machines_and_oneself(rt):
    ash = make_producer(rt)
    with pytest.raises(NothingToReport):
        flag(rt, Actor(visitor="bot", is_bot=True), new_id())
    with pytest.raises(NothingToReport):
        flag(rt, ash, ash.profile_id, kind="profile", reason="spam")
    with pytest.raises(NothingToReport):
        report_flows.report(
            rt, ash, kind="recording", subject_id="'; drop", reason="spam", details=""
        )


def test_ten_reports_an_hour(rt):
    fan = make_fan(rt)
    for _ in range(10):
        flag(rt, fan, new_id())
    with pytest.raises(TooManyAttempts):
        flag(rt, fan, new_id())


def test_only_administrators_decide(rt):
    recording: UUID = new_id()
    flag(rt, make_visitor(), recording)
    for actor in (NOBODY, make_fan(rt), make_producer(rt)):
        with pytest.raises((SignInNeeded, NotAllowed)), rt.write(actor) as ctx:
            decide_reports(
                ctx, kind=ReportKind.RECORDING, subject_id=recording,
                state=ReportStatus.DISMISSED, note="",
            )  # fmt: skip
    with rt.read() as ctx:
        assert ctx.db.scalar(select(col(Report.state))) == "open"


def test_a_report_keeps_what_was_said(rt):
    ash = make_producer(rt)
    with rt.write(make_fan(rt)) as ctx:
        file_report(
            ctx,
            kind="profile",
            subject_id=ash.profile_id,
            reason="hate_or_violence",
            details=" Look.\x07 ",
        )
    with rt.read() as ctx:
        assert ctx.db.scalar(select(col(Report.details))) == "Look."
