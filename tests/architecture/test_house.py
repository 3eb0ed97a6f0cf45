"""Habits of the house that no linter knows."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from indii.tables import ROOMS

ROOT = Path(__file__).parents[2]
SOURCES = [p for top in ("indii", "workers", "sandbox") for p in sorted((ROOT / top).rglob("*.py"))]
TEXTS = [
    p
    for pattern in (
        "*.md",
        "docs/**/*.md",
        "indii/**/*.py",
        "workers/**/*.py",
        "tests/**/*.py",
        "Makefile",
    )
    for p in sorted(ROOT.glob(pattern))
]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_modules_and_functions_stay_small(path: Path) -> None:
    text = path.read_text()
    # 500 are asked for; a module is never cut only to fit.
    assert len(text.splitlines()) <= 600
    long = [
        f"{node.name} has {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and path.name not in {"pages.py", "components.py"}
        and "synth" not in path.parts
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > 60
    ]
    assert long == []


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_nothing_is_left_unfinished(path: Path) -> None:
    marks = re.findall(r"\b(TODO|FIXME|XXX|NotImplementedError|coming soon)\b", path.read_text())
    assert marks == []


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_says_what_it_owns(room: str) -> None:
    folder = ROOT / "indii" / room
    said = ast.get_docstring(ast.parse((folder / "__init__.py").read_text())) or ""
    assert "Must never" in said


def test_no_radix_themes_component_is_used() -> None:
    forbidden = re.compile(
        r"\brx\.(box|flex|grid|vstack|hstack|text|heading|button|card|badge|input|dialog|table"
        r"|select|checkbox|slider|tabs|tooltip|avatar|link|spinner|toast|upload|icon)\b\("
    )
    found = [name(p) for p in SOURCES if forbidden.search(p.read_text())]
    assert found == []


def test_every_public_function_of_the_core_promises_something() -> None:
    missing = [
        f"{name(path)}:{node.name}"
        for path in SOURCES
        if path.name in {"commands.py", "queries.py", "flows.py"} or "ports" in path.parts
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert missing == []


def test_handlers_are_short() -> None:
    long = []
    for path in SOURCES:
        if path.name != "state.py" or path.parent.name == "ui":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.AsyncFunctionDef):
                body = [
                    s
                    for s in node.body
                    if not isinstance(s, ast.Expr) or not isinstance(s.value, ast.Constant)
                ]
                lines = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
                if lines > 14:
                    long.append(f"{name(path)}:{node.name} {lines}")
    assert long == []


def test_tasks_are_short() -> None:
    long = [
        f"{name(path)}:{node.name}"
        for path in sorted((ROOT / "workers").glob("*.py"))
        if path.stem not in {"app", "queue", "registry"}
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno + 1 > 15
    ]
    assert long == []


def test_the_lock_names_no_index_and_fits_the_project() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert "://" not in lock
    assert not re.search(r"^torch==", lock, re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    locked = {line.split("==")[0] for line in lock.splitlines() if "==" in line}
    wanted = {re.split(r"[\[<>=!~ ]", d)[0].lower() for d in project["dependencies"]}
    assert wanted <= locked
    assert not (ROOT / "uv.lock").exists()


def test_glossary_terms_are_used_as_written() -> None:
    glossary = (ROOT / "docs" / "glossary.md").read_text()
    never = re.findall(r"^\| ~~(.+?)~~ \|", glossary, re.MULTILINE)
    assert never, "the glossary lists words that are never used"
    wrong = [
        f"{name(path)}: {word}"
        for path in SOURCES
        for word in never
        if re.search(rf"\b{re.escape(word)}\b", path.read_text())
    ]
    assert wrong == []


def test_the_project_speaks_of_itself_alone() -> None:
    foreign = re.compile(
        "|".join(("/work" + "/", r"\.\./shared", "python" + "hosted", "registry" + r"\.npmjs"))
    )
    allowed = {"tests/architecture/test_house.py"}
    found = [
        name(p)
        for p in TEXTS
        if name(p) not in allowed and foreign.search(p.read_text()) and "tests/" not in name(p)
    ]
    assert found == []


def test_a_page_shows_words_as_the_query_wrote_them() -> None:
    """A string method on a field that has not arrived yet breaks React in the middle of drawing."""
    on_field = re.compile(
        r"\b(view|facts|page|row)\.[\w.]+\.(capitalize|lower|upper|title|strip|split|replace)\("
    )
    found = [
        f"{name(path)}: {match[0]}"
        for path in SOURCES
        if path.name in {"pages.py", "components.py"}
        for match in on_field.finditer(path.read_text())
    ]
    assert found == []


def test_what_sells_lines_of_any_kind_speaks_of_none() -> None:
    """What only a kind knows is said in the kind's own words, which it registers."""
    folders = ("store/orders", "store/checkout", "store/downloads", "trust/refunds")
    folders += ("admin/orders", "admin/ledger")
    files = [f for folder in folders for f in (ROOT / "indii" / folder).rglob("*.*")]
    words = re.compile(r"licen[sc]e|\btip\b|\btier\b|exclusive", re.IGNORECASE)
    named = {
        f"{name(file)}: {line.strip()}"
        for file in files
        if file.suffix in {".py", ".jinja"} and file.name != "kinds.py"
        for line in file.read_text().splitlines()
        if words.search(line)
    }
    assert named == set()


def test_tests_are_no_packages() -> None:
    """Files are imported by their path, so two of the same name in two folders are fine."""
    assert [name(p) for p in (ROOT / "tests").rglob("__init__.py")] == []
