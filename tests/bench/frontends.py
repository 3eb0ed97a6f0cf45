"""The two front ends: Indii's and the floor's, exported outside of the checkout."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from indii.ops import frontend
from tests.runtime import ROOT

PLACE = ROOT / "var" / "bench"
FLOOR = Path(__file__).parent / "floor"

Say = Callable[[str], None]


def indii_frontend(say: Say = print) -> Path:
    """The front end of the present sources: one that is here already, or exported from a copy."""
    if given := os.environ.get("INDII_TEST_FRONTEND"):
        return Path(given)
    for shelf in (PLACE, ROOT / "var", ROOT / "var" / "test-frontend"):
        if ready := frontend.published(ROOT, shelf):
            return ready
    # A copy, because an export writes into the folder that it works in.
    copy = PLACE / "checkout"
    ours, theirs = (frontend.source_hash(folder, without=frontend.LOCK) for folder in (ROOT, copy))
    if ours != theirs:
        _copy_sources(copy)
    return frontend.ensure_frontend(copy, PLACE, lambda line: say(f"Indii: {line}"))


def _copy_sources(copy: Path) -> None:
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir(parents=True)
    ignored = shutil.ignore_patterns("__pycache__", "external")
    for name in frontend.SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=ignored)
    for name in frontend.SINGLE:
        shutil.copy2(ROOT / name, copy / name)


def floor_frontend(say: Say = print) -> tuple[Path, Path]:
    """(sources to serve from, exported front end) of the floor."""
    digest = hashlib.sha256((ROOT / "requirements.lock").read_bytes())
    for path in sorted(p for p in FLOOR.rglob("*") if p.is_file() and p.suffix != ".pyc"):
        digest.update(path.read_bytes())
    place = PLACE / f"floor-{digest.hexdigest()[:12]}"
    source = place / "source"
    if not source.is_dir():
        for older in PLACE.glob("floor-*"):
            shutil.rmtree(older, ignore_errors=True)
        shutil.copytree(FLOOR, source, ignore=shutil.ignore_patterns("__pycache__"))
        # The same packages, the same compiler.
        if (ROOT / frontend.LOCK).is_dir():
            shutil.copytree(ROOT / frontend.LOCK, source / frontend.LOCK)
    return source, frontend.ensure_frontend(source, place, lambda line: say(f"Floor: {line}"))
