"""A recording's life: draft, live, withdrawn, taken down, restored, deleted."""

import pytest

from indii.catalog.recordings import commands, queries
from indii.catalog.recordings.enums import FileKind
from indii.catalog.recordings.errors import (
    NotReadyToPublish,
    NotVerified,
    RecordingNotFound,
    WrongState,
)
from indii.catalog.recordings.models import Recording
from indii.kernel.context import NOBODY, Actor
from indii.kernel.errors import IndiiError, NotAllowed, SignInNeeded
from tests.factories.catalog import Heard, make_recording, make_upload
from tests.factories.identity import make_admin, make_fan, make_producer
from tests.factories.work import emitted


@pytest.fixture
def ash(rt):
    return make_producer(rt, "Ash Verell")


def state_of(rt, recording_id):
    with rt.read() as ctx:
        return ctx.db.get(Recording, recording_id).state


def facts(rt, actor, slug):
    with rt.read(actor) as ctx:
        return queries.recording_facts(ctx, slug)


def do(rt, actor, command, **kwargs):
    with rt.write(actor) as ctx:
        return command(ctx, **kwargs)


def test_a_published_recording_is_everybodys(rt, ash):
    recording_id = make_recording(rt, ash)
    shown = facts(rt, NOBODY, "cold-harbour")
    assert shown.row.id == str(recording_id)
    assert (shown.row.bpm, shown.row.camelot, shown.row.key_name) == ("140", "4A", "F minor")
    assert shown.row.price_label == "$29.95"
    assert shown.row.wave.startswith("M2 ")
    assert not shown.is_own
    assert facts(rt, ash, "cold-harbour").is_own


def test_a_draft_is_its_producers_alone(rt, ash):
    make_recording(rt, ash, is_live=False)
    assert facts(rt, ash, "cold-harbour").state == "draft"
    for other in (NOBODY, make_fan(rt), make_producer(rt, "Grayline")):
        with pytest.raises(RecordingNotFound):
            facts(rt, other, "cold-harbour")


def test_publishing_says_all_that_is_missing(rt, ash):
    recording_id = do(rt, ash, commands.create_draft, title="Rust")
    with pytest.raises(NotReadyToPublish) as refused:
        do(rt, ash, commands.publish, recording_id=recording_id)
    assert refused.value.field == "master"
    for word in ("Upload a master", "genre", "license", "rights", "AI"):
        assert word in refused.value.message


def test_publishing_needs_a_confirmed_address(rt, ash):
    recording_id = make_recording(rt, ash, is_live=False)
    unverified = Actor(
        account_id=ash.account_id, profile_id=ash.profile_id, roles=ash.roles, is_verified=False
    )
    with pytest.raises(NotVerified):
        do(rt, unverified, commands.publish, recording_id=recording_id)


def test_a_sure_suggestion_fills_what_was_left_empty_and_says_so(rt, ash):
    sure = Heard(bpm=92.5, bpm_confidence=0.7, key=3, key_confidence=0.49)
    make_recording(rt, ash, bpm=None, key=None, heard=sure)
    shown = facts(rt, NOBODY, "cold-harbour")
    assert (shown.row.bpm, shown.is_bpm_suggested) == ("92.5", True)
    assert (shown.row.camelot, shown.is_key_suggested) == ("", False)


def test_what_the_producer_typed_is_never_overwritten(rt, ash):
    make_recording(rt, ash, bpm=70.0, key=0, heard=Heard(bpm=140.0, bpm_confidence=1.0))
    shown = facts(rt, NOBODY, "cold-harbour")
    assert (shown.row.bpm, shown.row.key_name) == ("70", "C major")
    assert not shown.is_bpm_suggested


def test_withdrawn_and_back_keeps_the_first_date(rt, ash, clock):
    recording_id = make_recording(rt, ash)
    first = facts(rt, ash, "cold-harbour").published_at
    clock.move(days=2)
    do(rt, ash, commands.withdraw, recording_id=recording_id)
    with pytest.raises(RecordingNotFound):
        facts(rt, NOBODY, "cold-harbour")
    do(rt, ash, commands.publish, recording_id=recording_id)
    assert facts(rt, NOBODY, "cold-harbour").published_at == first


@pytest.mark.parametrize("before", ["live", "withdrawn"])
def test_a_takedown_hides_at_once_and_a_restore_brings_back_what_was(rt, ash, before):
    recording_id = make_recording(rt, ash)
    admin = make_admin(rt)
    if before == "withdrawn":
        do(rt, ash, commands.withdraw, recording_id=recording_id)
    do(rt, admin, commands.mark_taken_down, recording_id=recording_id, reason="Uncleared sample")
    with pytest.raises(RecordingNotFound):
        facts(rt, NOBODY, "cold-harbour")
    assert facts(rt, ash, "cold-harbour").taken_down_reason == "Uncleared sample"
    for command in (commands.publish, commands.withdraw):
        with pytest.raises(WrongState):
            do(rt, ash, command, recording_id=recording_id)
    do(rt, admin, commands.clear_takedown, recording_id=recording_id)
    assert state_of(rt, recording_id) == before
    with pytest.raises(WrongState):
        do(rt, admin, commands.clear_takedown, recording_id=recording_id)


def test_only_an_admin_takes_down_and_gives_a_reason(rt, ash):
    recording_id = make_recording(rt, ash)
    for actor in (ash, make_fan(rt)):
        with pytest.raises(NotAllowed):
            do(rt, actor, commands.mark_taken_down, recording_id=recording_id, reason="because")
    with pytest.raises(SignInNeeded):
        do(rt, NOBODY, commands.mark_taken_down, recording_id=recording_id, reason="because")
    with pytest.raises(IndiiError, match="reason"):
        do(rt, make_admin(rt), commands.mark_taken_down, recording_id=recording_id, reason=" \n ")


def test_deleted_is_gone_for_everybody_but_the_rows_stay(rt, ash):
    recording_id = make_recording(rt, ash)
    do(rt, ash, commands.delete, recording_id=recording_id)
    with pytest.raises(RecordingNotFound):
        facts(rt, ash, "cold-harbour")
    assert state_of(rt, recording_id) == "deleted"
    with pytest.raises(RecordingNotFound):
        do(rt, ash, commands.publish, recording_id=recording_id)


@pytest.mark.parametrize(
    ("command", "extra"),
    [
        (commands.publish, {}),
        (commands.withdraw, {}),
        (commands.delete, {}),
        (commands.attest, {"holds_rights": True, "ai_use": "none"}),
    ],
)
def test_nobody_touches_what_is_somebody_elses(rt, ash, command, extra):
    recording_id = make_recording(rt, ash)
    with pytest.raises(RecordingNotFound):
        do(rt, make_producer(rt, "Grayline"), command, recording_id=recording_id, **extra)
    with pytest.raises(NotAllowed):
        do(rt, make_fan(rt), command, recording_id=recording_id, **extra)
    with pytest.raises(SignInNeeded):
        do(rt, NOBODY, command, recording_id=recording_id, **extra)
    assert state_of(rt, recording_id) == "live"


def test_equal_titles_get_addresses_of_their_own(rt, ash):
    for _ in range(3):
        do(rt, ash, commands.create_draft, title="Rust")
    with rt.read(ash) as ctx:
        slugs = [r.row.slug for r in queries.own_recordings(ctx)]
    assert sorted(slugs) == ["rust", "rust-2", "rust-3"]


def test_a_drafts_address_follows_its_title_and_a_published_one_stays(rt, ash):
    recording_id = make_recording(rt, ash, title="Rust")
    rest = {"genre": "drill", "mood": "", "bpm": None, "key": None, "tags": [], "credits": ""}
    do(rt, ash, commands.describe, recording_id=recording_id, title="Iron", **rest)
    assert facts(rt, NOBODY, "rust").row.title == "Iron"
    draft = do(rt, ash, commands.create_draft, title="One")
    do(rt, ash, commands.describe, recording_id=draft, title="Zwei für ß", **rest)
    assert facts(rt, ash, "zwei-fur-ss").row.title == "Zwei für ß"


def test_search_words_follow_the_producers_name(rt, ash):
    from indii.identity.profiles.models import Profile
    from indii.kernel.context import SYSTEM

    recording_id = make_recording(rt, ash, tags=["Käse", "808"])
    with rt.write(SYSTEM) as ctx:
        ctx.db.get(Profile, ash.profile_id).name = "Grauzone Öl"
        commands.refresh_search_text(ctx, producer_id=ash.profile_id)
    with rt.read() as ctx:
        assert ctx.db.get(Recording, recording_id).search_text == (
            "cold harbour grauzone ol kase 808 drill dark"
        )


def test_a_closed_account_takes_its_recordings_along(rt, ash):
    from indii.kernel.context import SYSTEM

    recording_id = make_recording(rt, ash)
    assert do(rt, SYSTEM, commands.withdraw_all, producer_id=ash.profile_id) == 1
    assert state_of(rt, recording_id) == "withdrawn"


def test_rows_keep_the_order_asked_for_and_leave_out_the_hidden(rt, ash):
    first, second = make_recording(rt, ash, title="One"), make_recording(rt, ash, title="Two")
    hidden = make_recording(rt, ash, title="Three", is_live=False)
    with rt.read() as ctx:
        shown = queries.rows(ctx, [second, hidden, first])
    assert [r.title for r in shown] == ["Two", "One"]
    with rt.read(ash) as ctx:
        assert len(queries.rows(ctx, [hidden])) == 1


def test_a_row_without_preview_cannot_be_played(rt, ash):
    make_recording(rt, ash, is_digested=False)
    row = facts(rt, NOBODY, "cold-harbour").row
    assert (row.wave, queries.playable(row)) == ("", "")


def test_a_new_master_announces_itself(rt, ash):
    recording_id = make_recording(rt, ash, with_stems=True)
    assert sorted(name for name, _ in emitted(rt)) == ["MasterStored", "RecordingPublished"]
    assert recording_id


def test_the_commit_that_stores_a_master_wakes_who_listens(rt, ash):
    from indii.catalog.uploads.commands import attach_upload

    woken = []
    rt.wake = woken.extend
    recording_id = do(rt, ash, commands.create_draft, title="Rust")
    for kind, wakes in ((FileKind.STEMS_ZIP, []), (FileKind.MAIN_WAV, ["events"])):
        upload_id = make_upload(rt, ash, kind)
        woken.clear()
        do(rt, ash, attach_upload, recording_id=recording_id, upload_id=upload_id)
        assert woken == wakes


def test_uploads_are_used_once(rt, ash):
    from indii.catalog.recordings.errors import FileNotReady
    from indii.catalog.uploads.commands import attach_upload

    upload_id = make_upload(rt, ash)
    recording_id = do(rt, ash, commands.create_draft, title="Rust")
    do(rt, ash, attach_upload, recording_id=recording_id, upload_id=upload_id)
    with pytest.raises(FileNotReady):
        do(rt, ash, attach_upload, recording_id=recording_id, upload_id=upload_id)
    other = make_producer(rt, "Grayline")
    theirs = make_upload(rt, other)
    with pytest.raises(FileNotReady):
        do(rt, ash, attach_upload, recording_id=recording_id, upload_id=theirs)
