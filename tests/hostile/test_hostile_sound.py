"""Mutated files through the whole decoder: the server's pid stays, nothing is left behind.

INDII_HOSTILE_FILES sets how many (default 108), INDII_HOSTILE_SEED which ones.
"""

from __future__ import annotations

import math
import os
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from indii.adapters.audio.pyav import PyAvAudio
from indii.ports.audio import MAX_DURATION_MS, PEAKS
from indii.ports.errors import AudioRefused
from tests.hostile.mutate import CLASSES, mutated

FILES = int(os.environ.get("INDII_HOSTILE_FILES", "108"))
SEED = int(os.environ.get("INDII_HOSTILE_SEED", "20261120"))
ALWAYS_REFUSED = {"playlists", "zip_bombs", "markup", "mp4_references", "tiny", "pictures"}


def judge(audio: PyAvAudio, source: Path) -> str:
    """Probe and digest one file; return "ok" or the reason of the refusal."""
    preview = source.with_suffix(".preview")
    try:
        found = audio.probe(source)
        assert 0 < found.duration_ms <= MAX_DURATION_MS + 500
        assert all(len(value) <= 200 and value.isprintable() for value in found.tags.values())
    except AudioRefused as refused:
        probed = refused.reason
    else:
        probed = "ok"
    try:
        digest = audio.digest(source, preview_to=preview)
    except AudioRefused as refused:
        assert not preview.exists()
        return refused.reason
    assert len(digest.peaks) == PEAKS
    assert digest.preview_bytes == preview.stat().st_size > 0
    assert digest.lufs is None or math.isfinite(digest.lufs)
    assert digest.true_peak_db is None or math.isfinite(digest.true_peak_db)
    preview.unlink()
    return "ok" if probed == "ok" else f"probe said {probed}"


def test_hostile_files_end_only_themselves(tmp_path: Path) -> None:
    audio = PyAvAudio(tmp_path / "scratch")
    audio.check()
    pid = audio.server_pid
    results: dict[str, Counter[str]] = {make.__name__: Counter() for make in CLASSES}
    started = time.perf_counter()

    def one(item: tuple[int, tuple[str, str, bytes]]) -> tuple[str, str]:
        index, (kind, _, data) = item
        source = tmp_path / f"{index}.bin"
        source.write_bytes(data)
        try:
            return kind, judge(audio, source)
        finally:
            source.unlink()

    with ThreadPoolExecutor(2) as pool:
        for kind, result in pool.map(one, enumerate(mutated(FILES, SEED))):
            results[kind][result] += 1
    print(f"\n{FILES} files, seed {SEED}, {time.perf_counter() - started:.1f} s, server {pid}")
    for kind, counts in results.items():
        print(f"  {kind:18} {dict(counts.most_common())}")
    assert audio.server_pid == pid
    assert {path.name for path in tmp_path.iterdir()} == {"scratch"}
    assert all(path.suffix == ".pcm1" for path in audio.scratch.folder.iterdir())
    assert not any("probe said" in result for counts in results.values() for result in counts)
    for kind in ALWAYS_REFUSED:
        assert "ok" not in results[kind], kind
    assert all(counts.total() for counts in results.values())


def test_the_corpus_is_the_same_for_a_seed() -> None:
    assert list(mutated(20, 5)) == list(mutated(20, 5))
    assert list(mutated(20, 5)) != list(mutated(20, 6))
