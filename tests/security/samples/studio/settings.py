"""Valid calls of the handlers of `studio/settings`."""

from __future__ import annotations

from indii.catalog.recordings.enums import FileKind
from tests.security.sampling import Sample, reads, sample
from tests.security.world import World

sample(
    "SettingsState.load",
    lambda _w: reads("/studio/settings", "requires_credit", frozenset({"a", "b"})),
)


@sample("SettingsState.save_terms")
def _save_terms(_world: World) -> Sample:
    form = {"tier": "mp3_lease", "streams_limit": "123,456", "requires_credit": "yes"}
    return Sample(
        payload={"form_data": form},
        may=frozenset({"b", "a"}),
        changes=frozenset({"license_terms", "audit_entry"}),
        at="/studio/settings",
    )


@sample("SettingsState.reset_terms")
def _reset_terms(world: World) -> Sample:
    from indii.business.licensing.commands import set_terms
    from indii.business.licensing.rules import Terms

    generous = Terms(None, None, None, None, None, True, True, True)
    for person in (world.a, world.b):
        with world.rt.write(person.actor) as ctx:
            set_terms(ctx, tier="wav_lease", terms=generous)
    return Sample(
        payload={"tier": "wav_lease"},
        may=frozenset({"b", "a"}),
        changes=frozenset({"license_terms", "audit_entry"}),
        at="/studio/settings",
    )


@sample("SettingsState.set_voice_tag")
def _speak(world: World) -> Sample:
    return Sample(
        payload={"upload_id": str(world.upload(FileKind.VOICE_TAG, duration_ms=2000))},
        may=frozenset({"a"}),
        changes=frozenset({"upload", "media_file", "job"}),
        at="/studio/settings",
    )


@sample("SettingsState.remove_voice_tag")
def _be_silent(world: World) -> Sample:
    from indii.catalog.uploads.commands import set_voice_tag

    upload = world.upload(FileKind.VOICE_TAG, duration_ms=2000)
    with world.rt.write(world.a.actor) as ctx:
        set_voice_tag(ctx, upload_id=upload)
    return Sample(
        may=frozenset({"a"}),
        changes=frozenset({"media_file", "job"}),
        at="/studio/settings",
    )
