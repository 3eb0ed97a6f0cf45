"""Valid calls of the handlers of `studio/editing`."""

from __future__ import annotations

from typing import Any

from indii.catalog.recordings.enums import FileKind
from tests.security.sampling import Sample, reads, sample
from tests.security.world import World

sample(
    "EditState.load",
    lambda w: reads(f"/studio/recording/{w.draft.slug}", w.draft.title, frozenset({"a"})),
)


@sample("EditState.watch")
def _watch_editing(world: World) -> Sample:
    return Sample(at=_editing(world.draft.slug), before=(("EditState.load", {}),), lingers_s=1.8)


def _editing(slug: str) -> str:
    return f"/studio/recording/{slug}"


def _edit(slug: str, *changes: str, shows: str = "", **payload: Any) -> Sample:
    """What A does to a recording that A has opened."""
    return Sample(
        payload=payload,
        may=frozenset({"a"}) if changes else frozenset(),
        changes=frozenset(changes),
        at=_editing(slug),
        before=(("EditState.load", {}),),
        shows=shows,
        shown_to=frozenset({"a"}) if shows else frozenset(),
    )


sample("EditState.use_bpm", lambda w: _edit(w.draft.slug, bpm="92.5", shows="92.5"))
sample("EditState.use_key", lambda w: _edit(w.draft.slug, key="7", shows="musical_key"))
sample("EditState.choose_ai", lambda w: _edit(w.draft.slug, value="assisted", shows="assisted"))
sample("EditState.publish", lambda w: _edit(w.ready_draft().slug, "recording", "job"))
sample("EditState.withdraw", lambda w: _edit(w.new().slug, "recording", "job"))
sample("EditState.delete", lambda w: _edit(w.new().slug, "recording", "job", "audit_entry"))


@sample("EditState.save")
def _save(world: World) -> Sample:
    form = {
        "title": "Another Title", "genre": "house", "mood": "warm", "bpm": "124", "key": "4",
        "tags": "late,warm", "credits": "Words by nobody", "rights": "yes", "ai_use": "assisted",
        "price_mp3_lease": "31.00",
    }  # fmt: skip
    return _edit(world.new().slug, "recording", "offer", "audit_entry", form_data=form)


@sample("EditState.attach")
def _attach(world: World) -> Sample:
    made, upload = world.new(), world.upload(FileKind.MAIN_MP3)
    return _edit(made.slug, "media_file", "upload", "job", upload_id=str(upload))


@sample("EditState.set_cover")
def _wear(world: World) -> Sample:
    made, upload = world.new(), world.upload(FileKind.COVER)
    return _edit(made.slug, "recording", "media_file", "upload", upload_id=str(upload))


@sample("EditState.reset_cover")
def _draw_again(world: World) -> Sample:
    from indii.catalog.uploads.commands import set_cover

    made, upload = world.new(), world.upload(FileKind.COVER)
    with world.rt.write(world.a.actor) as ctx:
        set_cover(ctx, recording_id=made.id, upload_id=upload)
    return _edit(made.slug, "recording", "media_file")


@sample("EditState.remove")
def _remove(world: World) -> Sample:
    made = world.new(is_live=False, with_stems=True, prices={"stems_lease": 9900})
    return _edit(made.slug, "media_file", "offer", "recording", kind="stems_zip")


@sample("EditState.retry")
def _retry(world: World) -> Sample:
    made = world.new()
    world.dead_job("digest", str(made.id), said="The sound could not be decoded.")
    return _edit(made.slug, "job", kind="digest")
