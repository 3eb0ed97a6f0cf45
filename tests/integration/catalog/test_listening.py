"""What the catalogue does when it hears of something."""

import pytest
from sqlalchemy import select

from indii.catalog.recordings.events import MasterStored, VoiceTagChanged
from indii.catalog.recordings.models import Recording
from indii.identity.accounts.events import AccountClosed
from indii.identity.profiles.events import ProfileRenamed
from indii.identity.profiles.models import Profile
from indii.kernel.context import SYSTEM
from indii.kernel.ids import new_id
from indii.kernel.jobs import Job
from tests.factories.catalog import make_recording
from tests.factories.identity import make_producer
from workers import catalog


@pytest.fixture
def ash(rt):
    return make_producer(rt, "Ash Verell")


def hear(rt, handler, event):
    with rt.write(SYSTEM) as ctx:
        handler(ctx, event)


def digests(rt):
    with rt.read() as ctx:
        return [j.key for j in ctx.db.scalars(select(Job).where(Job.kind == "digest"))]


def test_a_wav_and_an_mp3_arriving_together_are_digested_once(rt, ash):
    recording_id = make_recording(rt, ash)
    for _ in range(2):
        hear(rt, catalog.digest_new_master, MasterStored(recording_id, new_id()))
    assert digests(rt) == [str(recording_id)]


def test_a_new_voice_tag_reaches_every_own_preview(rt, ash):
    ids = {str(make_recording(rt, ash, title=t)) for t in ("One", "Two")}
    make_recording(rt, make_producer(rt, "Grayline"), title="Other")
    hear(rt, catalog.remake_previews, VoiceTagChanged(ash.profile_id))
    assert set(digests(rt)) == ids


def test_a_new_name_is_found(rt, ash):
    recording_id = make_recording(rt, ash)
    with rt.write(SYSTEM) as ctx:
        ctx.db.get(Profile, ash.profile_id).name = "Grauzone"
    hear(rt, catalog.reindex_renamed, ProfileRenamed(ash.profile_id))
    with rt.read() as ctx:
        assert "grauzone" in ctx.db.get(Recording, recording_id).search_text


def test_a_closed_account_is_no_longer_public(rt, ash):
    recording_id = make_recording(rt, ash)
    closed = AccountClosed(ash.require_account(), ash.require_profile())
    hear(rt, catalog.withdraw_with_account, closed)
    with rt.read() as ctx:
        assert ctx.db.get(Recording, recording_id).state == "withdrawn"
