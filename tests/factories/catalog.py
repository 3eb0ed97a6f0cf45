"""Recordings, ready to be found: by commands, without any decoding."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from indii.catalog.analysis.commands import publish_recording, record_digest, record_sound_facts
from indii.catalog.recordings.commands import attest, create_draft, describe
from indii.catalog.recordings.enums import AiUse, FileKind
from indii.catalog.recordings.models import MediaFile
from indii.catalog.uploads.commands import attach_upload
from indii.catalog.uploads.enums import UploadStatus
from indii.catalog.uploads.models import Upload
from indii.catalog.uploads.rules import storage_key
from indii.kernel.context import SYSTEM, Actor
from indii.kernel.ids import new_id
from indii.kernel.runtime import Runtime

FORMATS = {FileKind.MAIN_WAV: "wav", FileKind.MAIN_MP3: "mp3", FileKind.STEMS_ZIP: "zip"}


@dataclass(frozen=True, slots=True)
class Heard:
    """Sound facts as a model would give them."""

    bpm: float | None = 140.0
    bpm_confidence: float = 0.9
    key: int | None = 17
    key_confidence: float = 0.8
    energy: float = 0.6
    brightness: float = 0.4
    low_end: float = 0.7
    density: float = 0.5
    bands: bytes = bytes(range(0, 256, 4))


def _stored(rt: Runtime, key: str, content: bytes, content_type: str) -> str:
    source = Path(rt.site.state_dir) / f"factory-{new_id()}"
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_bytes(content)
    try:
        return rt.storage.put(key, source, content_type=content_type).sha256
    finally:
        source.unlink(missing_ok=True)


def make_upload(
    rt: Runtime,
    actor: Actor,
    kind: FileKind = FileKind.MAIN_WAV,
    *,
    content: bytes = b"",
    filename: str = "",
    duration_ms: int = 60_000,
) -> UUID:
    """A checked upload with a tiny stored object that nothing ever decodes."""
    upload_id = new_id()
    content = content or upload_id.bytes
    form = FORMATS.get(kind, "webp" if kind == FileKind.COVER else "wav")
    key = storage_key(upload_id, form)
    sha256 = _stored(rt, key, content, "application/octet-stream")
    with rt.write(SYSTEM) as ctx:
        ctx.db.add(
            Upload(
                id=upload_id,
                account_id=actor.require_account(),
                profile_id=actor.require_profile(),
                kind=kind,
                filename=filename or f"sound.{form}",
                bytes=len(content),
                received=len(content),
                state=UploadStatus.CHECKED,
                probe={
                    "format": form, "duration_ms": duration_ms, "sample_rate": 44_100,
                    "channels": 2, "stored_bytes": len(content),
                    "colours": ["#331c0a", "#ffb02e"],
                },
                storage_key=key,
                sha256=sha256,
                created_at=ctx.now,
                updated_at=ctx.now,
            )
        )  # fmt: skip
    return upload_id


def make_preview(rt: Runtime, recording_id: UUID, profile_id: UUID, content: bytes) -> MediaFile:
    """A stored preview and its row, not yet added."""
    file_id = new_id()
    key = f"preview/{file_id.hex[-2:]}/{file_id}.mp3"
    sha256 = _stored(rt, key, content, "audio/mpeg")
    return MediaFile(
        id=file_id,
        recording_id=recording_id,
        profile_id=profile_id,
        kind=FileKind.PREVIEW,
        storage_key=key,
        filename="preview.mp3",
        content_type="audio/mpeg",
        format="mp3",
        bytes=len(content),
        sha256=sha256,
        created_at=rt.clock(),
    )


def make_recording(
    rt: Runtime,
    producer: Actor,
    *,
    title: str = "Cold Harbour",
    genre: str = "drill",
    mood: str = "dark",
    bpm: float | None = 140.0,
    key: int | None = 17,
    tags: Sequence[str] = ("dark", "808"),
    credits: str = "",  # noqa: A002
    prices: Mapping[str, int] | None = None,
    duration_ms: int = 60_000,
    heard: Heard | None = None,
    vector: Sequence[float] | None = None,
    with_stems: bool = False,
    master: FileKind = FileKind.MAIN_WAV,
    preview: bytes = b"",
    is_digested: bool = True,
    is_live: bool = True,
    ai_use: str = AiUse.NONE,
) -> UUID:
    """A live recording with offers, files, preview, waveform and sound facts; nothing decoded."""
    from indii.store.offers.commands import set_offers

    kinds = [master, *([FileKind.STEMS_ZIP] if with_stems else [])]
    uploads = [make_upload(rt, producer, k, duration_ms=duration_ms) for k in kinds]
    with rt.write(producer) as ctx:
        recording_id = create_draft(ctx, title=title)
        for upload_id in uploads:
            attach_upload(ctx, recording_id=recording_id, upload_id=upload_id)
        describe(
            ctx, recording_id=recording_id, title=title, genre=genre, mood=mood, bpm=bpm, key=key,
            tags=list(tags), credits=credits,
        )  # fmt: skip
        attest(ctx, recording_id=recording_id, holds_rights=True, ai_use=ai_use)
        set_offers(
            ctx,
            recording_id=recording_id,
            prices={"mp3_lease": 2995} if prices is None else prices,  # type: ignore[arg-type]
        )
    if is_digested:
        digest_recording(
            rt, recording_id, producer.require_profile(), duration_ms=duration_ms,
            preview=preview, heard=heard, vector=vector,
        )  # fmt: skip
    if is_live:
        with rt.write(_verified(producer)) as ctx:
            publish_recording(ctx, recording_id=recording_id)
    return recording_id


def digest_recording(
    rt: Runtime,
    recording_id: UUID,
    profile_id: UUID,
    *,
    duration_ms: int = 60_000,
    preview: bytes = b"",
    heard: Heard | None = None,
    vector: Sequence[float] | None = None,
) -> None:
    """What the workers would have written, made up from the recording's id."""
    seed = hashlib.sha256(recording_id.bytes).digest()
    peaks = bytes(seed[i % 32] for i in range(800))
    raw = vector or [math.sin(seed[i % 32] * (i + 1)) for i in range(512)]
    norm = math.sqrt(sum(v * v for v in raw))
    file = make_preview(rt, recording_id, profile_id, preview or seed * 64)
    with rt.write(SYSTEM) as ctx:
        record_digest(
            ctx,
            recording_id=recording_id,
            source=f"factory:{recording_id}",
            duration_ms=duration_ms,
            peaks=peaks,
            lufs=-9.4,
            true_peak_db=-0.8,
            preview=file,
        )
        record_sound_facts(
            ctx,
            recording_id=recording_id,
            source_sha256=seed.hex(),
            facts=heard or Heard(),
            vector=[v / norm for v in raw],
        )


def _verified(actor: Actor) -> Actor:
    return Actor(
        account_id=actor.account_id,
        profile_id=actor.profile_id,
        session_id=actor.session_id,
        roles=actor.roles,
        is_verified=True,
        visitor=actor.visitor,
    )
