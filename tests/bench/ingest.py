"""One recording through the product's pipeline, against the same work in one plain loop.

Ours: `digest_recording` and `embed_recording` with real storage, database and isolated decoding.
The floor: decode, measure, encode the preview, resample, listen; in this process, nothing kept.
Both get the same minute of sound, a new one each time.
"""

from __future__ import annotations

import io
import sys
import time
from pathlib import Path
from uuid import UUID

import numpy as np

from indii.adapters.audio.pyav import digesting, reading
from indii.adapters.embeddings.acoustic.model import MODEL, AcousticModel
from indii.catalog.analysis.flows import digest_recording
from indii.catalog.recordings.commands import create_draft
from indii.catalog.recordings.enums import FileKind
from indii.catalog.uploads.commands import attach_upload
from indii.catalog.uploads.flows import ingest_file
from indii.discovery.similar.flows import embed_recording
from indii.kernel.context import SYSTEM, Actor
from indii.kernel.runtime import Runtime
from tests.bench.report import Figures, Report
from tests.bench.stand import place
from tests.serving import serve

SECONDS, RATE = 60, 44_100
ROUNDS, WARM_UP = 7, 2


def sound(path: Path, number: int) -> Path:
    """Write a minute with a beat, a bass and a melody, different for every number."""
    from indii.adapters.audio.pyav.sniff import wav_header

    chance = np.random.default_rng(number)
    t = np.arange(SECONDS * RATE) / RATE
    beat = 60 / (90 + 7 * number)
    kick = np.exp(-9 * (t % beat)) * np.sin(2 * np.pi * 52 * (t % beat))
    hat = np.exp(-60 * (t % (beat / 2))) * chance.normal(size=len(t)) * 0.2
    notes = chance.choice([220, 261.6, 329.6, 392, 440], size=int(SECONDS / beat) + 2)
    melody = 0.3 * np.sin(2 * np.pi * np.cumsum(notes[(t / beat).astype(int)]) / RATE)
    left = np.clip(0.6 * kick + hat + melody, -1, 1)
    right = np.clip(0.6 * kick - hat + melody, -1, 1)
    data = (np.stack([left, right], 1) * 28_000).astype("<i2").tobytes()
    header = bytearray(wav_header(len(data), RATE))
    # The shared header is for one channel.
    header[22:24] = (2).to_bytes(2, "little")
    header[28:32] = (RATE * 4).to_bytes(4, "little")
    header[32:34] = (4).to_bytes(2, "little")
    path.write_bytes(bytes(header) + data)
    return path


def bring(rt: Runtime, producer: Actor, path: Path) -> UUID:
    """Upload it as a draft, which is not part of what is measured."""
    taken = ingest_file(rt, producer, path=path, kind=FileKind.MAIN_WAV, filename=path.name)
    with rt.write(producer) as ctx:
        recording_id = create_draft(ctx, title=path.stem)
        attach_upload(ctx, recording_id=recording_id, upload_id=taken.id)
    return recording_id


def product(rt: Runtime, recording_id: UUID) -> tuple[float, float]:
    """Milliseconds of the digest and of the embedding."""
    began = time.perf_counter()
    assert digest_recording(rt, SYSTEM, recording_id=recording_id)
    between = time.perf_counter()
    assert embed_recording(rt, SYSTEM, recording_id=recording_id)
    return 1000 * (between - began), 1000 * (time.perf_counter() - between)


def plain(path: Path, model: AcousticModel) -> tuple[float, float]:
    """Milliseconds of the same work without a product around it."""
    began = time.perf_counter()
    kept = io.BytesIO()
    with path.open("rb") as file:
        size = path.stat().st_size
        digesting.digest(file, size, preview_to=io.BytesIO(), kept=kept, tag=None)
    between = time.perf_counter()

    def pcm(rate: int) -> np.ndarray:
        out = io.BytesIO()
        digesting.pcm(digesting.kept_blocks(kept), rate, out)
        return np.frombuffer(out.getbuffer(), np.float32)

    model.analyse(pcm, [MODEL])
    return 1000 * (between - began), 1000 * (time.perf_counter() - between)


def main(rounds: int = ROUNDS) -> int:
    """Measure and report."""
    # The limit is for a process that reads one file and ends; ours reads all of the floor's.
    reading.allow_cpu = lambda _seconds: None
    report = Report("ingest", f"Ingest of one recording, {SECONDS} s of WAV")
    model = AcousticModel()
    ours, floor = [], []
    with place() as folder, serve(folder / "indii", with_web=False) as site:
        producer = site.person("Ash Verell", ["fan", "producer"]).actor
        for turn in range(rounds + WARM_UP):
            # The pipeline takes the file away, so that each side has its own.
            mine, theirs = (sound(folder / f"{side}{turn}.wav", turn) for side in "ab")
            recording_id = bring(site.rt, producer, mine)
            got = product(site.rt, recording_id), plain(theirs, model)
            theirs.unlink()
            if turn >= WARM_UP:
                ours.append(got[0])
                floor.append(got[1])
    report.compare("digest + embedding", Figures.of(map(sum, ours)), Figures.of(map(sum, floor)),
                   most=1.15)  # fmt: skip
    for part, name in enumerate(("digest: decode, measure, preview, waveform", "embedding")):
        report.compare(f"  {name}", Figures.of(got[part] for got in ours),
                       Figures.of(got[part] for got in floor))  # fmt: skip
    return report.done()


if __name__ == "__main__":
    sys.exit(0 * main(*map(int, sys.argv[1:2])))
