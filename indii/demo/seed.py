"""Seeding: demo people, then music through the same door as everybody's uploads.

The first twelve recordings are composed at once, on all cores; the rest are jobs for the workers,
so that a fresh installation is worth hearing within a minute. Everything may be stopped and
started again: what is there already is left alone.
"""

import multiprocessing
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from sqlalchemy import select
from sqlmodel import col

from indii.business.licensing.enums import LicenseTier
from indii.catalog.analysis.commands import publish_recording
from indii.catalog.recordings import commands as recordings
from indii.catalog.recordings.enums import FileKind
from indii.catalog.recordings.models import Recording
from indii.catalog.uploads.commands import attach_upload, set_voice_tag
from indii.catalog.uploads.flows import ingest_file
from indii.demo.accounts import ADMIN, FAN, PRODUCER_PASSWORD, DemoLogin, producer_email
from indii.demo.catalogue import PRODUCERS, RECORDINGS, DemoProducer, DemoRecording
from indii.demo.work import COMPOSE
from indii.identity.accounts.enums import Role
from indii.identity.accounts.flows import create_admin, create_member
from indii.identity.accounts.models import Account
from indii.identity.accounts.queries import producer_actor
from indii.identity.profiles.commands import update_profile
from indii.kernel.context import SYSTEM, Actor
from indii.kernel.runtime import Runtime
from indii.store.offers.commands import set_offers

AT_ONCE = 12
# Producers whose previews carry their sound logo, so that ducking can be heard.
TAGGED = frozenset({"ash-verell", "grayline"})

Say = Callable[[str], None]


class Progress(Protocol):
    """Something that shows how far a long step is."""

    def __call__(self, done: int, total: int, title: str) -> None:
        """Show `done` of `total`, the last being `title`."""


def seed(
    rt: Runtime,
    *,
    say: Say,
    progress: Progress,
    at_once: int = AT_ONCE,
    only: Sequence[DemoRecording] = RECORDINGS,
) -> None:
    """Bring the demo catalogue in; the first `at_once` now, the others by the workers."""
    seed_people(rt)
    say("Demo people are there.")
    missing = _missing(rt, only)
    first, rest = missing[:at_once], missing[at_once:]
    for number, (piece, folder) in enumerate(_composed(first), 1):
        import_piece(rt, piece, folder)
        progress(number, len(first), piece.title)
    if rest:
        with rt.write(SYSTEM) as ctx:
            for piece in rest:
                ctx.enqueue(COMPOSE.name, key=piece.slug)
        say(f"{len(rest)} more are being composed by the workers.")


def seed_people(rt: Runtime) -> None:
    """Make the demo logins that are not there yet."""
    with rt.read() as ctx:
        known = set(ctx.db.scalars(select(col(Account.email))))
    if FAN.email not in known:
        _member(rt, FAN, Role.FAN)
    if ADMIN.email not in known:
        create_admin(rt, SYSTEM, email=ADMIN.email, password=ADMIN.password, name=ADMIN.name)
    for producer in PRODUCERS:
        if producer_email(producer.email_local) not in known:
            _producer(rt, producer)


def _member(rt: Runtime, login: DemoLogin, role: Role) -> Actor:
    member = create_member(
        rt, SYSTEM, email=login.email, password=login.password, name=login.name, role=role
    )
    roles = frozenset({Role.FAN, role})
    return Actor(
        account_id=member.account_id, profile_id=member.profile_id, roles=roles, is_verified=True
    )


def _producer(rt: Runtime, producer: DemoProducer) -> None:
    email = producer_email(producer.email_local)
    login = DemoLogin("producer", email, PRODUCER_PASSWORD, producer.name)
    actor = _member(rt, login, Role.PRODUCER)
    with rt.write(actor) as ctx:
        update_profile(ctx, name=producer.name, slug=producer.slug, bio=producer.bio)
    if producer.slug in TAGGED:
        _give_voice_tag(rt, actor, producer.slug)


def _give_voice_tag(rt: Runtime, actor: Actor, slug: str) -> None:
    from indii.demo.synth import voice_tag, write_wav

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tag.wav"
        write_wav(path, voice_tag(slug))
        taken = ingest_file(rt, actor, path=path, kind=FileKind.VOICE_TAG, filename=f"{slug}.wav")
    with rt.write(actor) as ctx:
        set_voice_tag(ctx, upload_id=taken.id)


def _missing(rt: Runtime, wanted: Iterable[DemoRecording]) -> list[DemoRecording]:
    with rt.read() as ctx:
        known = set(ctx.db.scalars(select(col(Recording.slug))))
    return [piece for piece in wanted if piece.slug not in known]


def compose(piece: DemoRecording, folder: Path) -> Path:
    """Render the piece into the folder: `master.wav`, and `stems.zip` if it has stems."""
    from indii.demo.synth import render, write_wav

    rendering = render(piece.spec)
    write_wav(folder / "master.wav", rendering.mix)
    if piece.stems:
        with zipfile.ZipFile(folder / "stems.zip", "w", zipfile.ZIP_STORED) as archive:
            for name, samples in rendering.stems.items():
                stem = folder / f"{piece.slug}-{name}.wav"
                write_wav(stem, samples)
                archive.write(stem, stem.name)
                stem.unlink()
    return folder


def compose_named(slug: str, folder: Path) -> Path:
    """Render by name: what crosses to another process stays plain."""
    return compose(next(piece for piece in RECORDINGS if piece.slug == slug), folder)


def _composed(pieces: Sequence[DemoRecording]) -> Iterable[tuple[DemoRecording, Path]]:
    """Yield each piece with the folder it was rendered to, in order, composed on all cores."""
    if not pieces:
        return
    # Spawned, not forked: this process holds database connections and decoder threads.
    context = multiprocessing.get_context("spawn")
    with (
        tempfile.TemporaryDirectory(prefix="indii-demo-") as root,
        ProcessPoolExecutor(os.cpu_count() or 1, mp_context=context) as pool,
    ):
        folders = [Path(root) / piece.slug for piece in pieces]
        for folder in folders:
            folder.mkdir()
        waiting = [
            pool.submit(compose_named, p.slug, f) for p, f in zip(pieces, folders, strict=True)
        ]
        for piece, future in zip(pieces, waiting, strict=True):
            yield piece, future.result()


def compose_one(rt: Runtime, slug: str) -> None:
    """Compose and bring in one demo recording, unless it is there already."""
    found = [piece for piece in _missing(rt, RECORDINGS) if piece.slug == slug]
    for piece in found:
        with tempfile.TemporaryDirectory(prefix="indii-demo-") as folder:
            import_piece(rt, piece, compose(piece, Path(folder)))


def import_piece(rt: Runtime, piece: DemoRecording, folder: Path) -> None:
    """Upload, describe, price and publish the rendered piece as its producer would."""
    with rt.read(SYSTEM) as reading:
        actor = producer_actor(reading, piece.producer)
    master = ingest_file(
        rt,
        actor,
        path=folder / "master.wav",
        kind=FileKind.MAIN_WAV,
        filename=f"{piece.slug}.wav",
    )
    uploads = [master.id]
    if piece.stems:
        stems = ingest_file(
            rt,
            actor,
            path=folder / "stems.zip",
            kind=FileKind.STEMS_ZIP,
            filename=f"{piece.slug}-stems.zip",
        )
        uploads.append(stems.id)
    with rt.write(actor) as ctx:
        # A catalogue that was all released this minute would look like what it is.
        ctx.now -= timedelta(days=piece.released_days_ago)
        ident = recordings.create_draft(ctx, title=piece.title)
        for upload_id in uploads:
            attach_upload(ctx, recording_id=ident, upload_id=upload_id)
        recordings.describe(
            ctx,
            recording_id=ident,
            title=piece.title,
            genre=piece.genre.lower(),
            mood=piece.mood,
            bpm=piece.bpm,
            key=piece.key,
            tags=piece.tags,
            credits="",
        )
        recordings.attest(ctx, recording_id=ident, holds_rights=True, ai_use=piece.ai_use)
        prices = {LicenseTier(tier): minor for tier, minor in piece.tiers.items()}
        set_offers(ctx, recording_id=ident, prices=prices)
        publish_recording(ctx, recording_id=ident)
