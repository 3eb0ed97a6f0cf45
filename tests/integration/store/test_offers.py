"""Which tiers may be offered, what lists show of them, what happens when a file goes."""

import pytest

from indii.business.licensing.commands import reset_terms, set_terms
from indii.business.licensing.enums import LicenseTier
from indii.business.licensing.queries import terms_of
from indii.business.licensing.rules import DEFAULTS, Terms
from indii.catalog.recordings import commands, queries
from indii.catalog.recordings.enums import FileKind
from indii.catalog.recordings.errors import RecordingNotFound, WrongState
from indii.catalog.recordings.models import Recording
from indii.catalog.uploads.commands import attach_upload, detach_file
from indii.kernel.context import NOBODY
from indii.kernel.errors import IndiiError, NotAllowed, SignInNeeded
from indii.store.offers.commands import remove_file, set_offers
from indii.store.offers.queries import offer_forms, tiers_of
from tests.factories.catalog import make_recording, make_upload
from tests.factories.identity import make_fan, make_producer

ALL = {tier: 1000 * (i + 1) for i, tier in enumerate(LicenseTier)}


@pytest.fixture
def ash(rt):
    return make_producer(rt, "Ash Verell")


def do(rt, actor, command, **kwargs):
    with rt.write(actor) as ctx:
        return command(ctx, **kwargs)


def tiers(rt, recording_id, actor=NOBODY):
    with rt.read(actor) as ctx:
        return tiers_of(ctx, recording_id)


def listed(rt, recording_id):
    with rt.read() as ctx:
        found = ctx.db.get(Recording, recording_id)
        return found.price_from_minor, found.tiers


def test_all_tiers_with_all_files(rt, ash):
    recording_id = make_recording(rt, ash, with_stems=True, prices=ALL)
    shown = tiers(rt, recording_id)
    assert [t.tier for t in shown] == list(LicenseTier)
    assert [t.price_label for t in shown][:2] == ["$10.00", "$20.00"]
    assert shown[0].files == "MP3"
    assert shown[2].files == "MP3 + WAV + Stems"
    assert shown[0].differences == ()
    assert "150,000 streams" in shown[1].differences
    assert listed(rt, recording_id) == (1000, list(LicenseTier))
    with rt.read() as ctx:
        (row,) = queries.rows(ctx, [recording_id])
    assert row.price_label == "from $10.00"


@pytest.mark.parametrize(
    ("master", "with_stems", "possible"),
    [
        (FileKind.MAIN_MP3, False, {"mp3_lease"}),
        (FileKind.MAIN_MP3, True, {"mp3_lease"}),
        (FileKind.MAIN_WAV, False, set(LicenseTier) - {"stems_lease"}),
        (FileKind.MAIN_WAV, True, set(LicenseTier)),
    ],
)
def test_a_tier_whose_files_are_missing_cannot_be_offered(rt, ash, master, with_stems, possible):
    recording_id = make_recording(
        rt, ash, master=master, with_stems=with_stems, is_live=False, prices={}
    )
    for tier in LicenseTier:
        if tier in possible:
            do(rt, ash, set_offers, recording_id=recording_id, prices={tier: 5000})
            continue
        with pytest.raises(IndiiError, match="upload it first") as refused:
            do(rt, ash, set_offers, recording_id=recording_id, prices={tier: 5000})
        assert refused.value.field == tier
    with rt.read(ash) as ctx:
        forms = offer_forms(ctx, recording_id)
    assert {f.tier for f in forms if not f.missing} == possible


@pytest.mark.parametrize(
    ("tier", "price"),
    [("mp3_lease", 49), ("mp3_lease", -1), ("mp3_lease", 10_000_001), ("exclusive", 0)],
)
def test_a_price_that_makes_no_sense_is_refused(rt, ash, tier, price):
    recording_id = make_recording(rt, ash)
    with pytest.raises(IndiiError) as refused:
        do(rt, ash, set_offers, recording_id=recording_id, prices={tier: price})
    assert refused.value.field == tier
    assert listed(rt, recording_id) == (2995, ["mp3_lease"])


def test_free_is_free(rt, ash):
    recording_id = make_recording(rt, ash, prices={"mp3_lease": 0})
    assert tiers(rt, recording_id)[0].price_label == "Free"
    with rt.read() as ctx:
        assert queries.rows(ctx, [recording_id])[0].price_label == "Free"


def test_what_is_left_out_is_closed_and_keeps_its_price_for_later(rt, ash):
    recording_id = make_recording(rt, ash, prices={"mp3_lease": 1000, "wav_lease": 3000})
    do(rt, ash, set_offers, recording_id=recording_id, prices={"wav_lease": 3000})
    assert [t.tier for t in tiers(rt, recording_id)] == ["wav_lease"]
    assert listed(rt, recording_id) == (3000, ["wav_lease"])
    with rt.read(ash) as ctx:
        form = {f.tier: f for f in offer_forms(ctx, recording_id)}["mp3_lease"]
    assert (form.is_open, form.price) == (False, "10.00")


def test_a_public_recording_keeps_a_license(rt, ash):
    recording_id = make_recording(rt, ash)
    with pytest.raises(IndiiError, match="at least one license"):
        do(rt, ash, set_offers, recording_id=recording_id, prices={})
    do(rt, ash, commands.withdraw, recording_id=recording_id)
    do(rt, ash, set_offers, recording_id=recording_id, prices={})
    with pytest.raises(IndiiError, match="license"):
        do(rt, ash, commands.publish, recording_id=recording_id)


def test_only_the_producer_sets_prices(rt, ash):
    recording_id = make_recording(rt, ash)
    for actor, error in (
        (make_producer(rt, "Grayline"), RecordingNotFound),
        (make_fan(rt), NotAllowed),
        (NOBODY, SignInNeeded),
    ):
        for command, extra in ((set_offers, {"prices": {}}), (remove_file, {"kind": "main_wav"})):
            with pytest.raises(error):
                do(rt, actor, command, recording_id=recording_id, **extra)


def test_tiers_go_with_their_files(rt, ash):
    recording_id = make_recording(rt, ash, with_stems=True, prices=ALL)
    closed = do(rt, ash, remove_file, recording_id=recording_id, kind=FileKind.STEMS_ZIP)
    assert closed == (LicenseTier.STEMS_LEASE,)
    assert "stems_lease" not in listed(rt, recording_id)[1]
    do(
        rt, ash, attach_upload, recording_id=recording_id,
        upload_id=make_upload(rt, ash, FileKind.MAIN_MP3),
    )  # fmt: skip
    closed = do(rt, ash, remove_file, recording_id=recording_id, kind=FileKind.MAIN_WAV)
    assert len(closed) == 3
    assert listed(rt, recording_id) == (1000, ["mp3_lease"])


def test_the_last_master_of_a_public_recording_stays(rt, ash):
    recording_id = make_recording(rt, ash)
    with pytest.raises(WrongState, match="keeps its master"):
        do(rt, ash, remove_file, recording_id=recording_id, kind=FileKind.MAIN_WAV)
    with pytest.raises(WrongState):
        do(rt, ash, detach_file, recording_id=recording_id, kind=FileKind.STEMS_ZIP)
    with pytest.raises(WrongState):
        do(rt, ash, detach_file, recording_id=recording_id, kind=FileKind.PREVIEW)


def test_hidden_recordings_have_no_public_tiers(rt, ash):
    recording_id = make_recording(rt, ash, is_live=False)
    with pytest.raises(RecordingNotFound):
        tiers(rt, recording_id)
    assert len(tiers(rt, recording_id, ash)) == 1


def test_terms_are_the_producers_own(rt, ash):
    recording_id = make_recording(rt, ash)
    own = Terms(1_000, None, 0, 1, None, False, True, False)
    do(rt, ash, set_terms, tier="mp3_lease", terms=own)
    (tier,) = tiers(rt, recording_id)
    assert [line.text for line in tier.lines] == [
        "1,000 streams", "unlimited copies sold", "no music videos", "1 radio station",
        "TV and film allowed", "no live shows", "no credit needed", "no expiry",
    ]  # fmt: skip
    other = make_producer(rt, "Grayline")
    with rt.read() as ctx:
        theirs = terms_of(ctx, other.profile_id)[LicenseTier.MP3_LEASE]
    assert theirs == DEFAULTS[LicenseTier.MP3_LEASE]
    do(rt, ash, reset_terms, tier="mp3_lease")
    assert tiers(rt, recording_id)[0].lines[0].text == "50,000 streams"


@pytest.mark.parametrize("tier", ["", "gold", "MP3_LEASE"])
def test_unknown_tiers_are_refused(rt, ash, tier):
    recording_id = make_recording(rt, ash)
    with pytest.raises(IndiiError):
        do(rt, ash, set_offers, recording_id=recording_id, prices={tier: 1000})
    with pytest.raises(IndiiError):
        do(rt, ash, set_terms, tier=tier, terms=DEFAULTS[LicenseTier.MP3_LEASE])
