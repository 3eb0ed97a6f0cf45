"""From a permission to bytes: a file of this machine, or a signed address elsewhere."""

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from indii.catalog.access import commands, queries
from indii.catalog.access.errors import LinkTooOld, NoSuchLink
from indii.catalog.access.queries import ServedCover, ServedFile
from indii.catalog.access.rules import (
    LINK_S,
    PLAYS_PER_HOUR,
    VISITORS_PER_NETWORK,
    listener,
)
from indii.catalog.recordings.enums import FileKind
from indii.kernel.context import Actor
from indii.kernel.runtime import Runtime
from indii.ports.errors import LinkExpired, StorageError
from indii.ports.storage import SignedFile

_LOCAL = "/files/"


@dataclass(frozen=True, slots=True)
class Source:
    """Where the bytes are: `path` on this machine, else `url` somewhere else."""

    file: ServedFile
    path: Path | None
    url: str


def _source(rt: Runtime, file: ServedFile) -> Source:
    url = rt.storage.url(
        file.storage_key,
        expires_s=LINK_S,
        filename=file.filename,
        content_type=file.content_type,
    )
    path = rt.storage.fetch(file.storage_key) if url.startswith(_LOCAL) else None
    return Source(file, path, url)


def preview(rt: Runtime, actor: Actor, *, recording_id: UUID) -> Source:
    """Return where the preview is, if the actor may hear it at this moment."""
    with rt.read(actor) as ctx:
        file = queries.preview_of(ctx, recording_id)
    return _source(rt, file)


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
    resolve = getattr(rt.storage, "resolve", None)
    if resolve is None:
        raise NoSuchLink
    try:
        found: SignedFile = resolve(token)
    except LinkExpired as error:
        raise LinkTooOld from error
    except StorageError as error:
        raise NoSuchLink from error
    return found


def note_play(rt: Runtime, actor: Actor, *, recording_id: UUID) -> bool:
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
