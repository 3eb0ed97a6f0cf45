"""From a permission to bytes: a file of this machine, or a signed address elsewhere.

Where a buyer may have an MP3 and only a lossless master was uploaded, it is made here.
"""

import io
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from indii.catalog.access import commands, queries
from indii.catalog.access.errors import LinkTooOld, NoSuchLink
from indii.catalog.access.queries import MadeMp3Plan, ServedCover, ServedFile
from indii.catalog.access.rules import (
    LINK_S,
    PLAYS_PER_HOUR,
    VISITORS_PER_NETWORK,
    delivered_name,
    listener,
)
from indii.catalog.analysis.flows import Progress, heartbeat, no_progress, scratch_mp3
from indii.catalog.recordings.enums import FileKind
from indii.catalog.recordings.models import MediaFile
from indii.kernel.byte_ranges import Span, open_span
from indii.kernel.context import SYSTEM, Actor
from indii.kernel.ids import new_id
from indii.kernel.pictures import PictureRefused, open_square
from indii.kernel.runtime import Runtime
from indii.ports.errors import LinkExpired, StorageError
from indii.ports.storage import SignedFile

COVER_PX = 640


@dataclass(frozen=True, slots=True)
class Source:
    """Where the bytes are: `path` on this machine, else `url` somewhere else."""

    file: ServedFile
    path: Path | None
    url: str
    span: Span | None = None


def _source(rt: Runtime, file: ServedFile) -> Source:
    url = rt.storage.url(
        file.storage_key,
        expires_s=LINK_S,
        filename=file.filename,
        content_type=file.content_type,
    )
    path = rt.storage.fetch(file.storage_key) if rt.storage.in_place else None
    return Source(file, path, url)


def preview(rt: Runtime, actor: Actor, *, recording_id: UUID, wanted: str = "") -> Source:
    """Return where the preview is, if the actor may hear it at this moment.

    With the one range that is `wanted` its first bytes come along.
    """
    with rt.glance(actor) as ctx:
        file = queries.preview_of(ctx, recording_id)
    source = _source(rt, file)
    return replace(source, span=open_span(source.path, wanted)) if source.path else source


def cover(
    rt: Runtime, actor: Actor, *, recording_id: UUID, side: int
) -> tuple[ServedCover, Source | None]:
    """Return the cover, and where its picture is if one was uploaded."""
    with rt.read(actor) as ctx:
        found = queries.cover_of(ctx, recording_id, side=side)
    return found, _source(rt, found.file) if found.file else None


def own_link(rt: Runtime, actor: Actor, *, recording_id: UUID, kind: FileKind) -> str:
    """Return a short-lived address of a file of the actor's own recording."""
    with rt.read(actor) as ctx:
        file = queries.own_file(ctx, recording_id, kind)
    return _source(rt, file).url


def own_voice_tag_link(rt: Runtime, actor: Actor) -> str:
    """Return a short-lived address of the actor's voice tag.

    Raises:
        NoSuchLink: there is none.
    """
    with rt.read(actor) as ctx:
        file = queries.own_voice_tag(ctx)
    if file is None:
        raise NoSuchLink
    return _source(rt, file).url


def signed_file(rt: Runtime, _actor: Actor, *, token: str) -> SignedFile:
    """Return the file behind a signed local address.

    Raises:
        NoSuchLink: never signed by us, or this installation stores elsewhere.
        LinkTooOld: it was right once.
    """
    files = rt.storage.in_place
    if files is None:
        raise NoSuchLink
    try:
        return files.resolve(token)
    except LinkExpired as error:
        raise LinkTooOld from error
    except StorageError as error:
        raise NoSuchLink from error


def record_play(rt: Runtime, actor: Actor, *, recording_id: UUID) -> bool:
    """Count a play of thirty seconds; return whether it counted."""
    who = listener(account_id=actor.account_id, visitor=actor.visitor, is_bot=actor.is_bot)
    if not who:
        return False
    rt.limiter.hit(f"plays:{who}", limit=PLAYS_PER_HOUR, per_s=3600)
    if actor.account_id is None and actor.network:
        # Whoever changes their browser's name is another visitor, but in the same place.
        key = f"plays-from:{actor.network}:{recording_id}"
        rt.limiter.hit(key, limit=VISITORS_PER_NETWORK, per_s=86_400)
    with rt.write(actor) as ctx:
        return commands.count_play(ctx, recording_id=recording_id)


# ---- made for buyers --------------------------------------------------------------------


def make_mp3(
    rt: Runtime, actor: Actor, *, master_id: UUID, progress: Progress = no_progress
) -> bool:
    """Make the MP3 of a lossless master and hand it to all who wait; False if it was there.

    Safe to repeat and to run twice at once: one result is kept, the other removed. It names title,
    artist and this site, never a buyer: all who licensed that master get the same file.
    """
    with rt.read(actor) as ctx:
        plan = queries.made_mp3_plan(ctx, master_id)
    if plan is None or plan.is_done:
        return False
    progress(5)
    master = rt.storage.fetch(plan.master_key)
    with scratch_mp3(rt) as path:
        with heartbeat(progress, start=10, end=85):
            rt.audio.mp3(master, to=path, tags=_tags(rt, plan), cover=_cover(rt, plan.cover_key))
        progress(90)
        return _keep(rt, actor, master_id, plan, path)


def _tags(rt: Runtime, plan: MadeMp3Plan) -> dict[str, str]:
    return {
        "title": plan.title,
        "artist": plan.producer_name,
        "comment": f"Licensed through {rt.site.name}, see your certificate",
    }


def _cover(rt: Runtime, key: str) -> bytes | None:
    """Return the uploaded cover as players know pictures; no cover is worth no MP3."""
    if not key:
        return None
    out = io.BytesIO()
    try:
        open_square(rt.storage.fetch(key), least=1, most=COVER_PX).save(out, "JPEG", quality=90)
    except (PictureRefused, StorageError):
        return None
    return out.getvalue()


def _keep(rt: Runtime, actor: Actor, master_id: UUID, plan: MadeMp3Plan, path: Path) -> bool:
    found = rt.audio.probe(path)
    made = MediaFile(
        id=new_id(),
        recording_id=plan.recording_id,
        profile_id=plan.profile_id,
        kind=FileKind.MADE_MP3,
        storage_key=f"made/{path.stem[-2:]}/{path.stem}.mp3",
        filename=delivered_name(plan.producer_name, plan.title, FileKind.MADE_MP3, "mp3"),
        content_type="audio/mpeg",
        format="mp3",
        bytes=0,
        sha256="",
        duration_ms=found.duration_ms,
        sample_rate=found.sample_rate,
        channels=found.channels,
        created_at=rt.clock(),
        source_id=master_id,
    )
    with rt.write(actor) as ctx:
        commands.reserve_made_mp3(ctx, made=made)
    stored = rt.storage.put(made.storage_key, path, content_type=made.content_type)
    made.bytes, made.sha256 = stored.bytes, stored.sha256
    with rt.write(actor) as ctx:
        is_kept = commands.store_made_mp3(ctx, made=made)
    if not is_kept:
        _discard(rt, actor, made.id, made.storage_key)
    return is_kept


def _discard(rt: Runtime, actor: Actor, file_id: UUID, storage_key: str) -> None:
    rt.storage.delete(storage_key)
    with rt.write(actor) as ctx:
        commands.delete_made_mp3(ctx, file_id=file_id)


def sweep_made_mp3s(rt: Runtime, actor: Actor = SYSTEM) -> int:
    """Remove what a crash in the middle of keeping an MP3 left behind; return how much."""
    with rt.read(actor) as ctx:
        unkept = queries.abandoned_mp3s(ctx)
    for file_id, storage_key in unkept:
        _discard(rt, actor, file_id, storage_key)
    return len(unkept)
