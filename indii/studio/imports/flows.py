"""Looking at files, then bringing them in: by the same steps as a producer in the browser."""

import hashlib
import tempfile
from contextlib import suppress
from pathlib import Path

from indii.business.licensing.enums import LicenseTier
from indii.catalog.analysis.commands import publish_recording
from indii.catalog.recordings.commands import attest, create_draft, describe
from indii.catalog.recordings.enums import FileKind
from indii.catalog.recordings.queries import has_master
from indii.catalog.uploads.commands import attach_upload, set_cover
from indii.catalog.uploads.flows import cancel, ingest_file
from indii.catalog.uploads.queries import UploadView
from indii.identity.accounts.queries import producer_actor
from indii.kernel.context import SYSTEM, Actor
from indii.kernel.errors import IndiiError
from indii.kernel.runtime import Runtime
from indii.ports.errors import AudioRefused, PortError
from indii.store.offers.commands import set_offers
from indii.studio.imports.rules import Choice, Planned, bpm_of, genre_of, key_of, title_of


def importer_of(rt: Runtime, slug: str) -> Actor:
    """Return the producer in whose name files are brought in.

    Raises:
        NotFound: no producer has this slug.
    """
    with rt.read(SYSTEM) as ctx:
        return producer_actor(ctx, slug)


def inspect_file(rt: Runtime, actor: Actor, path: Path, choice: Choice) -> Planned:
    """Return what the file would become; nothing is changed."""
    try:
        probe = rt.audio.probe(path)
        sha256 = _sha256(path)
    except AudioRefused as error:
        return Planned(path, title_of(path, {}), refusal=str(error))
    except OSError as error:
        return Planned(path, title_of(path, {}), refusal=f"Cannot be read: {error.strerror}")
    with rt.read(actor) as ctx:
        is_known = has_master(ctx, sha256)
    return Planned(
        path=path,
        title=title_of(path, probe.tags),
        genre=genre_of(probe.tags, choice.genre),
        bpm=bpm_of(probe.tags),
        key=key_of(probe.tags),
        format=probe.format,
        is_lossless=probe.lossless,
        duration_ms=probe.duration_ms,
        has_cover=probe.has_cover,
        sha256=sha256,
        refusal="This file is a master here already." if is_known else "",
        is_known=is_known,
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def import_file(rt: Runtime, actor: Actor, planned: Planned, choice: Choice) -> tuple[str, str]:
    """Bring one file in; return (`done` or `failed`, the reason). A failure leaves nothing."""
    kind = FileKind.MAIN_WAV if planned.is_lossless else FileKind.MAIN_MP3
    try:
        upload = ingest_file(rt, actor, path=planned.path, kind=kind, filename=planned.path.name)
    except (IndiiError, PortError, OSError) as error:
        return "failed", str(error)
    try:
        _create_recording(rt, actor, planned, choice, upload)
    except (IndiiError, PortError) as error:
        with suppress(IndiiError, PortError):
            cancel(rt, actor, upload_id=upload.id)
        return "failed", str(error)
    return "done", ""


def _create_recording(
    rt: Runtime, actor: Actor, planned: Planned, choice: Choice, upload: UploadView
) -> None:
    cover = _cover(rt, actor, planned)
    with rt.write(actor) as ctx:
        recording_id = create_draft(ctx, title=planned.title)
        attach_upload(ctx, recording_id=recording_id, upload_id=upload.id)
        describe(
            ctx,
            recording_id=recording_id,
            title=planned.title,
            genre=planned.genre,
            mood="",
            bpm=planned.bpm,
            key=planned.key,
            tags=[],
            credits="",
        )
        if cover is not None:
            set_cover(ctx, recording_id=recording_id, upload_id=cover.id)
        prices = {LicenseTier.MP3_LEASE: choice.price_minor}
        set_offers(ctx, recording_id=recording_id, prices=prices)
        if choice.publishes:
            attest(ctx, recording_id=recording_id, holds_rights=True, ai_use="none")
            publish_recording(ctx, recording_id=recording_id)


def _cover(rt: Runtime, actor: Actor, planned: Planned) -> UploadView | None:
    """Return the picture inside the file as an upload; one that cannot be used is left out."""
    if not planned.has_cover:
        return None
    try:
        picture = rt.audio.cover(planned.path)
        if picture is None:
            return None
        with tempfile.NamedTemporaryFile(suffix=".img") as file:
            file.write(picture)
            file.flush()
            return ingest_file(
                rt, actor, path=Path(file.name), kind=FileKind.COVER, filename="cover"
            )
    except (IndiiError, PortError):
        return None
