"""Handlers of the studio: numbers, drafts, the form of a recording, settings."""

import pytest
from reflex_base.utils.format import json_dumps

from indii.catalog.analysis.commands import request_digest
from indii.catalog.recordings.enums import FileKind
from indii.catalog.recordings.models import Recording
from indii.catalog.recordings.queries import play_item
from indii.kernel import jobs
from indii.kernel.context import NOBODY, SYSTEM
from indii.studio.dashboard.state import DashboardState
from indii.studio.editing import state as editing
from indii.studio.editing.state import EditState
from indii.studio.settings.state import SettingsState
from indii.studio.uploads.state import UploadState
from indii.ui.state import NoticeState
from tests.factories.catalog import make_recording, make_upload
from tests.factories.identity import make_fan, make_producer
from tests.state.tab import Tab


@pytest.fixture
def tab(rt):
    opened = Tab()
    yield opened
    opened.close()


@pytest.fixture
def ash(rt):
    return make_producer(rt, "Ash Verell")


def notice(tab):
    return tab.state(NoticeState).text


FORM = {
    "title": "Rust", "genre": "trap", "mood": "", "bpm": "92,5", "key": "9", "tags": "808,Dark",
    "credits": "Mixed at home", "price_mp3_lease": "19.95", "price_wav_lease": "", "rights": "yes",
    "ai_use": "none",
}  # fmt: skip


def test_the_studio_knows_who_stands_at_its_door(rt, tab, as_, ash):
    tab.at("/studio")
    for kind, address in (
        (DashboardState, "/studio"), (UploadState, "/studio/upload"),
        (EditState, "/studio/recording/x"), (SettingsState, "/studio/settings"),
    ):  # fmt: skip
        tab.at(address)
        for actor, access in ((NOBODY, "anonymous"), (make_fan(rt), "fan"), (ash, "producer")):
            with as_(actor):
                assert tab.run(kind, "load").access == access


def test_a_fan_opens_a_studio(rt, tab, as_):
    mara = make_fan(rt)
    with as_(mara):
        tab.run(DashboardState, "start_selling")
    from indii.identity.accounts.models import Account

    with rt.read() as ctx:
        assert "producer" in ctx.db.get(Account, mara.account_id).roles


def test_numbers_and_rows_follow_the_address(rt, tab, as_, ash):
    make_recording(rt, ash, title="One")
    make_recording(rt, ash, title="Two", is_live=False)
    with as_(ash):
        tab.at("/studio")
        view = tab.run(DashboardState, "load").view
        assert (view.live, view.live_note, len(view.rows)) == ("1", "of 2 recordings", 2)
        assert [t.label for t in view.tabs] == ["All", "Published", "Drafts"]
        # What the player takes is made of the row in the browser.
        assert [json_dumps(r).count(r.slug) for r in view.rows] == [1, 1]
        assert [play_item(r)["title"] for r in view.rows] == ["Two", "One"]
        tab.at("/studio?state=draft")
        assert [r.title for r in tab.run(DashboardState, "load").view.rows] == ["Two"]
        tab.at("/studio?state=nonsense&sort=nonsense")
        assert len(tab.run(DashboardState, "load").view.rows) == 2


def test_a_checked_master_becomes_a_draft_once(rt, tab, as_, ash):
    upload_id = str(make_upload(rt, ash, filename="cold_harbour.wav"))
    tab.at("/studio/upload")
    with as_(ash):
        page = tab.run(UploadState, "load").view
        assert [f.filename for f in page.leftovers] == ["cold_harbour.wav"]
        page = tab.run(UploadState, "checked", upload_id).view
        assert [d.title for d in page.drafts] == ["cold harbour"]
        assert page.leftovers == []
        page = tab.run(UploadState, "checked", upload_id).view
        assert len(page.drafts) == 1
        assert "not ready" in notice(tab)
        tab.run(UploadState, "checked", "no-id")
        assert "no such upload" in notice(tab)


def test_a_leftover_can_be_dropped(rt, tab, as_, ash):
    upload_id = str(make_upload(rt, ash))
    with as_(ash):
        tab.at("/studio/upload")
        assert tab.run(UploadState, "discard", upload_id).view.leftovers == []


@pytest.fixture
def draft(rt, tab, as_, ash):
    recording_id = make_recording(
        rt, ash, title="Rust", is_live=False, prices={}, genre="", bpm=None
    )
    tab.at("/studio/recording/rust")
    with as_(ash):
        tab.run(EditState, "load")
    return recording_id


def test_the_whole_form_is_saved_or_nothing(rt, tab, as_, ash, draft):
    with as_(ash):
        state = tab.run(EditState, "save", FORM | {"price_stems_lease": "50"})
    assert "needs a zip of stems" in state.errors["stems_lease"]
    with rt.read() as ctx:
        assert ctx.db.get(Recording, draft).genre == ""
    with as_(ash):
        state = tab.run(EditState, "save", FORM)
    assert state.errors == {}
    assert notice(tab) == "Saved."
    with rt.read() as ctx:
        kept = ctx.db.get(Recording, draft)
        assert (kept.genre, kept.bpm, kept.key, kept.tags) == ("trap", 92.5, 9, ["808", "dark"])
        assert (kept.price_from_minor, kept.tiers) == (1995, ["mp3_lease"])
        assert kept.rights_attested_at is not None


@pytest.mark.parametrize(
    ("field", "value", "where"),
    [
        ("title", " ", "title"), ("genre", "polka", "genre"), ("bpm", "fast", "bpm"),
        ("bpm", "1000", "bpm"), ("key", "99", "key"), ("price_mp3_lease", "cheap", "mp3_lease"),
        ("price_mp3_lease", "0.10", "mp3_lease"), ("price_exclusive", "0", "exclusive"),
        ("ai_use", "magic", "ai_use"), ("tags", ",".join("abcdefghij"), "tags"),
    ],
)  # fmt: skip
def test_what_cannot_be_saved_is_said_beside_its_field(tab, as_, ash, draft, field, value, where):
    with as_(ash):
        state = tab.run(EditState, "save", FORM | {field: value})
    assert list(state.errors) == [where]


def test_publish_withdraw_delete(rt, tab, as_, ash, draft):
    with as_(ash):
        state = tab.run(EditState, "publish")
        assert "Choose a genre" in state.errors["genre"]
        assert tab.run(EditState, "save", FORM).view.is_ready
        assert tab.run(EditState, "publish").view.state == "live"
        assert tab.run(EditState, "withdraw").view.state == "withdrawn"
        _, event = tab.call(EditState, "delete")
    assert "/studio" in str(event.args)
    with rt.read() as ctx:
        assert ctx.db.get(Recording, draft).state == "deleted"


def test_a_new_title_moves_a_draft_to_a_new_address(tab, as_, ash, draft):
    with as_(ash):
        _, event = tab.call(EditState, "save", FORM | {"title": "Iron"})
    assert "/studio/recording/iron" in str(event.args)


def test_suggestions_are_put_into_their_fields_only_by_hand(tab, as_, ash, draft):
    state = tab.state(EditState)
    assert (state.bpm, state.view.heard.bpm_label) == ("", "140")
    assert (state.view.half_tempo, state.view.double_tempo) == ("70", "")
    with as_(ash):
        assert tab.run(EditState, "use_bpm", "70").bpm == "70"
        assert tab.run(EditState, "use_key", state.view.heard_key).musical_key == "17"


def test_files_come_and_go(rt, tab, as_, ash, draft):
    stems = str(make_upload(rt, ash, FileKind.STEMS_ZIP))
    cover = str(make_upload(rt, ash, FileKind.COVER))
    with as_(ash):
        assert tab.run(EditState, "attach", stems).view.has_stems
        state = tab.run(EditState, "save", FORM | {"price_stems_lease": "50"})
        assert state.errors == {}
        state = tab.run(EditState, "remove", "stems_zip")
        assert not state.view.has_stems
        assert "no longer offered" in notice(tab)
        assert tab.run(EditState, "set_cover", cover).view.has_picture
        assert not tab.run(EditState, "reset_cover").view.has_picture
        tab.run(EditState, "remove", "preview")
        assert "cannot be removed" in notice(tab)


def test_failed_work_is_shown_and_tried_again(rt, tab, as_, ash, draft, monkeypatch):
    with rt.write(SYSTEM) as ctx:
        request_digest(ctx, recording_id=draft)
    with rt.write(SYSTEM) as ctx:
        job = jobs.claim(ctx.db, ["audio"], now=ctx.now)
        jobs.fail(ctx.db, job.id, job.lease_id, "No sound in it.", ctx.now, retryable=False)
    with as_(ash):
        work = {s.kind: s for s in tab.run(EditState, "load").view.work}
        assert (work["digest"].state, work["digest"].error) == ("failed", "No sound in it.")
        work = {s.kind: s for s in tab.run(EditState, "retry", "digest").view.work}
        assert work["digest"].state == "waiting"
        monkeypatch.setattr(editing, "POLL_S", 0)
        monkeypatch.setattr(editing, "POLLS", 3)
        with rt.write(SYSTEM) as ctx:
            job = jobs.claim(ctx.db, ["audio"], now=ctx.now)
            jobs.finish(ctx.db, job.id, job.lease_id, now=ctx.now)
        assert tab.run(EditState, "watch").view.work[0].state == "done"


def test_nobody_opens_or_changes_what_is_somebody_elses(rt, tab, as_, ash, draft):
    other = make_producer(rt, "Grayline")
    tab.at("/studio/recording/rust")
    with as_(other):
        assert tab.run(EditState, "load").is_missing
        tab.run(EditState, "save", FORM)
        assert "no such recording" in notice(tab)
    with as_(ash):
        tab.run(EditState, "load")
    # The tab holds Ash's recording, but it is somebody else who calls.
    with as_(other):
        for handler, arguments in (
            ("save", (FORM,)), ("publish", ()), ("withdraw", ()), ("delete", ()),
            ("remove", ("main_wav",)), ("retry", ("digest",)), ("reset_cover", ()),
        ):  # fmt: skip
            tab.run(EditState, handler, *arguments)
            assert "no such recording" in notice(tab)
    with rt.read() as ctx:
        assert ctx.db.get(Recording, draft).state == "draft"


def test_voice_tag_and_terms(rt, tab, as_, ash):
    tab.at("/studio/settings")
    tag = str(make_upload(rt, ash, FileKind.VOICE_TAG, filename="ash.wav"))
    with as_(ash):
        assert tab.run(SettingsState, "load").view.voice_tag == ""
        assert tab.run(SettingsState, "set_voice_tag", tag).view.voice_tag == "ash.wav"
        assert tab.run(SettingsState, "remove_voice_tag").view.voice_tag == ""
        form = {"tier": "mp3_lease", "streams_limit": "75,000", "requires_credit": "yes"}
        state = tab.run(SettingsState, "save_terms", form)
        terms = state.view.terms[0]
        assert (terms.streams_limit, terms.copies_limit, terms.is_default) == ("75,000", "", False)
        assert not terms.allows_live_performance
        state = tab.run(SettingsState, "save_terms", form | {"videos_limit": "many"})
        assert list(state.errors) == ["videos_limit"]
        assert tab.run(SettingsState, "reset_terms", "mp3_lease").view.terms[0].is_default
        tab.run(SettingsState, "reset_terms", "gold")
        assert "no such license" in notice(tab)
