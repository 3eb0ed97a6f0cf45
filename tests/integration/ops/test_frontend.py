"""A front end is built once for its sources, published whole, and never broken by the next."""

import json
from pathlib import Path

import pytest

from indii.ops import frontend
from indii.ops.errors import OpsError
from indii.ops.logs import LogFile
from indii.ops.up import migration_heads


@pytest.fixture
def checkout(tmp_path, monkeypatch) -> Path:
    """Sources, and a builder that bundles each page into a chunk of its own."""
    root = tmp_path / "checkout"
    (root / "indii" / "ops").mkdir(parents=True)
    (root / "indii" / "page.py").write_text("one")
    (root / "rxconfig.py").touch()

    def export(root: Path, work: Path, _log: Path, _progress: object) -> None:
        page = (root / "indii" / "page.py").read_text()
        if page == "broken":
            raise OpsError("The front end could not be built")
        assets = work / "build" / "client" / "assets"
        assets.mkdir(parents=True, exist_ok=True)
        for old in assets.iterdir():
            old.unlink()
        (assets / f"{page}.js").write_text(page)
        (work / "backend").mkdir(exist_ok=True)
        (work / "backend" / "pages.json").write_text("[]")
        (root / "reflex.lock").mkdir(exist_ok=True)
        (root / "reflex.lock" / "package.json").write_text("{}")

    monkeypatch.setattr(frontend, "_export", export)
    return root


def build(root: Path) -> Path:
    return frontend.ensure_frontend(root, root / "var", lambda _line: None)


def edit(root: Path, text: str) -> None:
    (root / "indii" / "page.py").write_text(text)


def chunks(folder: Path) -> set[str]:
    return {path.name for path in (folder / "build" / "client" / "assets").iterdir()}


def test_it_builds_only_when_something_shown_has_changed(checkout, monkeypatch):
    first = build(checkout)
    assert (first / "backend" / "pages.json").exists()
    monkeypatch.setattr(frontend, "_export", None)
    assert build(checkout) == first
    (checkout / "indii" / "ops" / "up.py").write_text("not shown")
    assert build(checkout) == first
    edit(checkout, "two")
    assert frontend.published(checkout, checkout / "var") is None


def test_a_failing_build_leaves_what_is_published(checkout):
    first = build(checkout)
    edit(checkout, "broken")
    with pytest.raises(OpsError, match="could not be built"):
        build(checkout)
    assert chunks(first) == {"one.js"}
    edit(checkout, "one")
    assert build(checkout) == first


def test_tabs_opened_before_an_update_still_find_their_chunks(checkout):
    built = []
    for page in ("one", "two", "three", "four"):
        edit(checkout, page)
        built.append(build(checkout))
    assert chunks(built[1]) == {"one.js", "two.js"}
    assert chunks(built[3]) == {"two.js", "three.js", "four.js"}
    assert json.loads((built[3] / "own.json").read_text()) == ["four.js"]
    assert not built[0].exists()


def test_heads_of_migrations_are_read_without_running_them(tmp_path):
    (tmp_path / "a.py").write_text('revision = "a"\ndown_revision = None\n')
    (tmp_path / "b.py").write_text('revision: str = "b"\ndown_revision: str | None = "a"\n')
    assert migration_heads(tmp_path) == {"b"}
    (tmp_path / "c.py").write_text("revision = compute()\n")
    assert migration_heads(tmp_path) == set()


def test_a_log_moves_aside_when_it_is_full(tmp_path):
    log = LogFile(tmp_path / "web.log", max_bytes=100, keep=2)
    for number in range(30):
        log.write(b"%02d: ten more\n" % number)
    log.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["web.log", "web.log.1", "web.log.2"]
    assert all(path.stat().st_size <= 100 for path in tmp_path.iterdir())
    assert b"29: ten more" in (tmp_path / "web.log").read_bytes()
