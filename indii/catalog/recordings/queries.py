"""What is known of recordings, shaped for lists, for the public page and for their producer."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, select
from sqlmodel import col

from indii.catalog.recordings import rules
from indii.catalog.recordings.enums import AiUse, FileKind, RecordingStatus, label_of
from indii.catalog.recordings.errors import RecordingNotFound
from indii.catalog.recordings.models import MediaFile, Recording
from indii.identity.profiles.models import Profile
from indii.kernel.context import ReadCtx
from indii.kernel.format import ago, duration, money
from indii.kernel.music_keys import camelot, key_name

STATE_LABELS = {
    RecordingStatus.DRAFT: "Draft",
    RecordingStatus.LIVE: "Published",
    RecordingStatus.WITHDRAWN: "Withdrawn",
    RecordingStatus.TAKEN_DOWN: "Taken down",
    RecordingStatus.DELETED: "Deleted",
}
AI_LABELS = {
    AiUse.NONE: "none used",
    AiUse.ASSISTED: "assisted",
    AiUse.GENERATED: "generated",
}


@dataclass(frozen=True, slots=True)
class RecordingRow:
    """Everything a row shows, as text, and what the player needs beside (`play_item`).

    `meta` is tempo and key for narrow screens, `price_words` the price as it is read aloud. The
    wave is drawn in the commit that stores the preview: without one, there is nothing to play.
    """

    id: str
    slug: str
    title: str
    producer_name: str
    producer_slug: str
    cover_url: str
    cover_small: str
    wave: str
    bpm: str
    camelot: str
    key_name: str
    tags: str
    meta: str
    price_prefix: str
    price: str
    price_words: str
    duration: str
    seconds: float
    colour_a: str
    colour_b: str

    @property
    def price_label(self) -> str:
        """The price in words: `from $29.95`, `Free`, "" while nothing is offered."""
        return f"{self.price_prefix} {self.price}".strip()


@dataclass(frozen=True, slots=True)
class RecordingFacts:
    """What the page of one recording shows."""

    row: RecordingRow
    state: str
    state_label: str
    is_own: bool
    genre: str
    genre_label: str
    mood_label: str
    tags: tuple[str, ...]
    credits: str
    ai_label: str
    is_bpm_suggested: bool
    is_key_suggested: bool
    duration_ms: int
    plays: int
    price_from_minor: int | None
    currency: str
    published_at: str
    published_label: str
    taken_down_reason: str
    producer_id: str
    # The large waveform; analysis draws it.
    hero_wave: str = ""


@dataclass(frozen=True, slots=True)
class OwnRecording:
    """A recording as its producer lists it."""

    row: RecordingRow
    state: str
    state_label: str
    plays: int
    tiers: tuple[str, ...]
    created_label: str
    taken_down_reason: str


# One statement for rows wherever they are listed; `row_of` reads what it returns.
ROWS = select(
    col(Recording.id), col(Recording.slug), col(Recording.title), col(Recording.bpm),
    col(Recording.key), col(Recording.tags), col(Recording.price_from_minor),
    col(Recording.currency), col(Recording.tiers), col(Recording.duration_ms),
    col(Recording.cover_version), col(Recording.has_picture), col(Recording.colour_a),
    col(Recording.colour_b), col(Recording.wave), col(Recording.producer_id), col(Recording.state),
    col(Profile.name).label("producer_name"), col(Profile.slug).label("producer_slug"),
).join(Profile, col(Profile.id) == col(Recording.producer_id))  # fmt: skip


def cover_url(recording_id: UUID, version: int) -> str:
    """Return the address of a cover; a new version is a new address."""
    return f"/media/cover/{recording_id}?v={version}"


def bpm_label(bpm: float | None) -> str:
    """Return a tempo without needless decimals, "" if unknown."""
    return "" if bpm is None else f"{round(bpm, 1):g}"


def _price(found: RowMapping) -> tuple[str, str]:
    """Return ("from", "$29.95"), ("", "Free") or ("", "") while nothing is offered."""
    minor: int | None = found["price_from_minor"]
    if minor is None:
        return ("", "")
    prefix = "from" if minor and len(found["tiers"]) > 1 else ""
    return (prefix, money(minor, found["currency"]) if minor else "Free")


def play_item(row: Any) -> dict[str, Any]:
    """Return a row as the player takes it.

    `row` may also be a Var of a row: the browser makes the item then, and no row is sent twice.
    """
    return {
        "id": row.id,
        "slug": row.slug,
        "title": row.title,
        "producer": row.producer_name,
        "producerSlug": row.producer_slug,
        "src": "/media/preview/" + row.id,
        "cover": row.cover_url,
        "duration": row.seconds,
        "peaks": "/media/peaks/" + row.id,
        "colors": [row.colour_a, row.colour_b],
        "price": (row.price_prefix + " " + row.price).strip(),
    }


def playable(row: RecordingRow) -> str:
    """Return the JSON for `data-play`, "" if there is nothing to play yet."""
    return json.dumps(play_item(row), ensure_ascii=False) if row.wave else ""


def _seconds(duration_ms: int) -> float:
    # 151, not 151.0: the first HTML says it as the browser will.
    seconds = round(duration_ms / 1000, 2)
    return int(seconds) if seconds.is_integer() else seconds


def row_of(found: RowMapping) -> RecordingRow:
    """Return the row of a mapping with the columns of `ROWS`."""
    key: int | None = found["key"]
    bpm, wheel = bpm_label(found["bpm"]), "" if key is None else camelot(key)
    prefix, price = _price(found)
    label = f"{prefix} {price}".strip()
    cover = cover_url(found["id"], found["cover_version"])
    return RecordingRow(
        id=str(found["id"]),
        slug=found["slug"],
        title=found["title"],
        producer_name=found["producer_name"],
        producer_slug=found["producer_slug"],
        cover_url=cover,
        # A drawn cover is the same file at every size.
        cover_small=f"{cover}&size=96" if found["has_picture"] else cover,
        wave=found["wave"],
        bpm=bpm,
        camelot=wheel,
        key_name="" if key is None else key_name(key),
        tags=", ".join(found["tags"][:3]),
        meta=" · ".join(m for m in (bpm, wheel) if m),
        price_prefix=prefix,
        price=price,
        price_words=f"Licenses for {found['title']}, {label}" if price else "",
        duration=duration(found["duration_ms"]),
        seconds=_seconds(found["duration_ms"]),
        colour_a=found["colour_a"],
        colour_b=found["colour_b"],
    )


def may_see(ctx: ReadCtx, *, state: str, producer_id: UUID) -> bool:
    """Whether the actor may look at a recording in this state."""
    if state == RecordingStatus.LIVE:
        return True
    if ctx.actor.has_role("admin"):
        return True
    return state != RecordingStatus.DELETED and ctx.actor.profile_id == producer_id


def rows(ctx: ReadCtx, ids: Sequence[UUID]) -> tuple[RecordingRow, ...]:
    """Return the rows of these recordings in this order, without those the actor may not see."""
    if not ids:
        return ()
    found = ctx.db.execute(ROWS.where(col(Recording.id).in_(ids))).mappings()
    seen = {
        r["id"]: row_of(r)
        for r in found
        if may_see(ctx, state=r["state"], producer_id=r["producer_id"])
    }
    return tuple(seen[i] for i in ids if i in seen)


def find_recording(ctx: ReadCtx, slug: str) -> UUID | None:
    """Return the id behind a slug if the actor may see it."""
    found = ctx.db.execute(
        select(col(Recording.id), col(Recording.state), col(Recording.producer_id)).where(
            col(Recording.slug) == slug
        )
    ).first()
    if found is None or not may_see(ctx, state=found.state, producer_id=found.producer_id):
        return None
    return UUID(str(found.id))


def get_visible(ctx: ReadCtx, recording_id: UUID) -> Recording:
    """Return the recording if the actor may see it.

    Raises:
        RecordingNotFound: unknown, or not for this actor.
    """
    recording = ctx.db.get(Recording, recording_id)
    if recording is None or not may_see(
        ctx, state=recording.state, producer_id=recording.producer_id
    ):
        raise RecordingNotFound
    return recording


def get_own(ctx: ReadCtx, recording_id: UUID) -> Recording:
    """Return the actor's own recording.

    Raises:
        RecordingNotFound: unknown, deleted, or somebody else's.
    """
    recording = ctx.db.get(Recording, recording_id)
    if recording is None or recording.state == RecordingStatus.DELETED:
        raise RecordingNotFound
    if not (ctx.actor.has_role("system") or recording.producer_id == ctx.actor.profile_id):
        raise RecordingNotFound
    return recording


def recording_facts(ctx: ReadCtx, slug: str) -> RecordingFacts:
    """Return what the page of one recording shows.

    Raises:
        RecordingNotFound: unknown, or not public and neither the actor's own nor for an admin.
    """
    found = (
        ctx.db.execute(
            ROWS.add_columns(
                col(Recording.genre), col(Recording.mood), col(Recording.credits),
                col(Recording.ai_use), col(Recording.is_bpm_suggested),
                col(Recording.is_key_suggested), col(Recording.plays),
                col(Recording.published_at), col(Recording.taken_down_reason),
            ).where(col(Recording.slug) == slug)
        )
        .mappings()
        .first()
    )  # fmt: skip
    if found is None or not may_see(ctx, state=found["state"], producer_id=found["producer_id"]):
        raise RecordingNotFound
    return _facts_of(ctx, found)


def _facts_of(ctx: ReadCtx, found: RowMapping) -> RecordingFacts:
    published = found["published_at"]
    return RecordingFacts(
        row=row_of(found),
        state=found["state"],
        state_label=STATE_LABELS[found["state"]],
        is_own=found["producer_id"] == ctx.actor.profile_id,
        genre=found["genre"],
        genre_label=label_of(found["genre"]),
        mood_label=label_of(found["mood"]),
        tags=tuple(found["tags"]),
        credits=found["credits"],
        ai_label=AI_LABELS.get(found["ai_use"], ""),
        is_bpm_suggested=found["is_bpm_suggested"],
        is_key_suggested=found["is_key_suggested"],
        duration_ms=found["duration_ms"],
        plays=found["plays"],
        price_from_minor=found["price_from_minor"],
        currency=found["currency"],
        published_at=published.isoformat() if published else "",
        published_label=ago(published, ctx.now) if published else "",
        taken_down_reason=found["taken_down_reason"],
        producer_id=str(found["producer_id"]),
    )


def own_recordings(ctx: ReadCtx) -> tuple[OwnRecording, ...]:
    """Return the actor's recordings, newest first, without deleted ones."""
    producer_id = ctx.actor.require_profile()
    found = ctx.db.execute(
        ROWS.add_columns(
            col(Recording.plays), col(Recording.created_at), col(Recording.taken_down_reason)
        )
        .where(
            col(Recording.producer_id) == producer_id,
            col(Recording.state) != RecordingStatus.DELETED,
        )
        .order_by(col(Recording.created_at).desc(), col(Recording.id).desc())
    ).mappings()
    return tuple(
        OwnRecording(
            row=row_of(r),
            state=r["state"],
            state_label=STATE_LABELS[r["state"]],
            plays=r["plays"],
            tiers=tuple(r["tiers"]),
            created_label=ago(r["created_at"], ctx.now),
            taken_down_reason=r["taken_down_reason"],
        )
        for r in found
    )


def current_files(
    ctx: ReadCtx, recording_id: UUID, kinds: Iterable[FileKind] = tuple(FileKind)
) -> dict[FileKind, MediaFile]:
    """Return the recording's files by kind, replaced ones left out; no check who asks."""
    found = ctx.db.scalars(
        select(MediaFile).where(
            col(MediaFile.recording_id) == recording_id,
            col(MediaFile.replaced_at).is_(None),
            col(MediaFile.kind).in_(list(kinds)),
        )
    )
    return {FileKind(f.kind): f for f in found}


def files_of(
    ctx: ReadCtx, recording_ids: Collection[UUID]
) -> dict[UUID, dict[FileKind, MediaFile]]:
    """Return the current files of these recordings by kind; no check who asks."""
    found = ctx.db.scalars(
        select(MediaFile).where(
            col(MediaFile.recording_id).in_(recording_ids), col(MediaFile.replaced_at).is_(None)
        )
    )
    files: dict[UUID, dict[FileKind, MediaFile]] = {one: {} for one in recording_ids}
    for file in found:
        files[file.recording_id][FileKind(file.kind)] = file
    return files


def current_voice_tag(ctx: ReadCtx, profile_id: UUID) -> MediaFile | None:
    """Return the producer's voice tag, if there is one; no check who asks."""
    found: MediaFile | None = ctx.db.scalar(
        select(MediaFile).where(
            col(MediaFile.profile_id) == profile_id,
            col(MediaFile.recording_id).is_(None),
            col(MediaFile.kind) == FileKind.VOICE_TAG,
            col(MediaFile.replaced_at).is_(None),
        )
    )
    return found


def master_of(files: Mapping[FileKind, MediaFile]) -> MediaFile | None:
    """Return the file that previews and embeddings come from: the lossless one if there is one."""
    return next((files[k] for k in rules.MASTERS if k in files), None)


def has_master(ctx: ReadCtx, sha256: str) -> bool:
    """Whether the actor has a recording with exactly this file as its current master."""
    found = ctx.db.scalar(
        select(col(MediaFile.id))
        .join(Recording, col(Recording.id) == col(MediaFile.recording_id))
        .where(
            col(MediaFile.sha256) == sha256,
            col(MediaFile.profile_id) == ctx.actor.profile_id,
            col(MediaFile.kind).in_(rules.MASTERS),
            col(MediaFile.replaced_at).is_(None),
            col(Recording.state) != RecordingStatus.DELETED,
        )
        .limit(1)
    )
    return found is not None
