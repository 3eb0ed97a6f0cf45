"""What every documents adapter promises: equal bytes, no markup in data, a jail, a time limit."""

from __future__ import annotations

import hashlib
import re
import time
import zlib
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from indii.adapters.documents.typst import TypstDocuments, modules
from indii.ports.documents import Documents
from indii.ports.errors import DocumentError

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
ROOT = Path(__file__).parents[3]
LINE = """
#let data = json(bytes(sys.inputs.data))
#let exact = json(bytes(sys.inputs.exact))
#let codes = json(bytes(sys.inputs.codes))
#set document(title: data.text)
#pdf.attach("exact.txt", bytes(exact.text), relationship: "data", mime-type: "text/plain",
  description: "exact")
#data.text
#for line in codes [#line.len() ]
"""
TEMPLATES = {
    "line": LINE,
    "endless": "#for a in range(9000000) { for b in range(9000000) { let c = calc.rem(b, 7) } }",
    "curious": '#read("/../secret.txt")',
    "absolute": '#read("/etc/hostname")',
    "broken": "#let x = ",
    "packaged": '#import "@preview/nothing:0.1.0": x',
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "secret.txt").write_text("a secret")
    folder = tmp_path / "templates"
    folder.mkdir()
    for name, text in TEMPLATES.items():
        (folder / f"{name}.typ").write_text(text)
    return folder


@pytest.fixture(params=["typst"])
def documents(folder: Path) -> Documents:
    return TypstDocuments([folder], seconds=3)


def text_of(pdf: bytes) -> str:
    """The text of the first page, by the tables that map glyphs back to characters."""
    return str(PdfReader(BytesIO(pdf)).pages[0].extract_text())


def streams_of(pdf: bytes) -> list[bytes]:
    """Every stream of the file, unpacked."""
    found = []
    for match in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            found.append(zlib.decompress(match[1]))
        except zlib.error:
            found.append(match[1])
    return found


def characters_of(pdf: bytes) -> set[str]:
    """The characters that the file's fonts say they show (their ToUnicode maps)."""
    maps = [s for s in streams_of(pdf) if b"beginbfchar" in s or b"beginbfrange" in s]
    text = b"\n".join(maps).decode("latin-1")
    found: set[str] = set()
    for block in re.findall(r"beginbfchar(.*?)endbfchar", text, re.DOTALL):
        for value in re.findall(r"<[0-9A-Fa-f]+>\s*<([0-9A-Fa-f]+)>", block):
            found |= set(bytes.fromhex(value).decode("utf-16-be"))
    return found


def line(documents: Documents, text: str, **more: Any) -> bytes:
    return documents.pdf("line", {"text": text}, made_at=AT, **more)


def test_the_same_data_gives_the_same_bytes_and_other_data_others(documents: Documents) -> None:
    first, again = (line(documents, "Cold Harbour") for _ in range(2))
    assert first == again
    assert first.startswith(b"%PDF-")
    assert line(documents, "Cold Harbor") != first
    later = documents.pdf("line", {"text": "Cold Harbour"}, made_at=AT + timedelta(days=1))
    assert later != first
    # A file knows whole seconds, a clock more.
    exactly = documents.pdf("line", {"text": "Cold Harbour"}, made_at=AT.replace(microsecond=7))
    assert exactly == first


@pytest.mark.parametrize(
    "text",
    [
        "Bjørn Þórðardóttir Żółć ẞ", "Ελληνικά Привет", "שלום עולם", "سلام", "नमस्ते",
        "张伟 ひらがな 한국어", "🎵👩‍👩‍👧🏽", "e\u0301\u0301\u0301 \u0301", "\u202egnp.exe\u2069",
        "a\u200db\ufe0f", "\x00\x07\x1b[31m", "\ud800", "\uffff\U0010ffff", "", " ", "\n\n\t",
        "x" * 5_000, "\u0378",
    ],
)  # fmt: skip
def test_names_of_all_the_world_are_set(documents: Documents, text: str) -> None:
    made = line(documents, text)
    assert made.startswith(b"%PDF-")
    assert line(documents, text) == made


@pytest.mark.parametrize(
    "text",
    [
        '#import "secret.typ"', "$a^2$", "@ref", "*b* _i_ `c`", '#read("/../secret.txt")',
        "= Heading", "- item", "\\ [x] {y} <label>", "// comment", "#sys.inputs", '") #panic("',
        "/* x", "~ -- ---",
    ],
)  # fmt: skip
def test_markup_in_data_stays_text(documents: Documents, text: str) -> None:
    shown = characters_of(line(documents, text))
    assert set(text) - {" "} <= shown
    assert "a secret" not in b"".join(streams_of(line(documents, text))).decode("latin-1")


def test_text_can_be_read_back(documents: Documents) -> None:
    assert text_of(line(documents, "Mara Lindqvist, Öre #1")).startswith("Mara Lindqvist, Öre #1")


def test_what_no_font_draws_is_written_by_its_number_and_kept_exactly(documents: Documents) -> None:
    made = line(documents, "张 Ash")
    assert set("[U+5F20]Ash") <= characters_of(made)
    assert "张 Ash".encode() in streams_of(made)


def test_a_document_says_when_it_was_made_and_that_it_can_be_kept(documents: Documents) -> None:
    made = line(documents, "x")
    assert b"D:20261120120000" in made.replace(b"\\", b"")
    metadata = b"".join(streams_of(made)) + made
    assert b"<pdfaid:part>3</pdfaid:part>" in metadata
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in metadata


@pytest.mark.parametrize("template", ["curious", "absolute", "broken", "packaged"])
def test_a_template_that_fails_or_looks_around_is_refused(
    documents: Documents, folder: Path, template: str
) -> None:
    with pytest.raises(DocumentError) as caught:
        documents.pdf(template, {}, made_at=AT)
    assert not caught.value.retryable
    assert "a secret" not in caught.value.message


@pytest.mark.parametrize(
    "name", ["", "../line", "line.typ", "/etc/passwd", "Line", "nothing", "a/b"]
)
def test_only_known_templates_have_names(documents: Documents, name: str) -> None:
    with pytest.raises(DocumentError, match="no template"):
        documents.pdf(name, {}, made_at=AT)


def test_a_template_that_never_ends_is_stopped(documents: Documents) -> None:
    started = time.monotonic()
    with pytest.raises(DocumentError) as caught:
        documents.pdf("endless", {}, made_at=AT)
    assert caught.value.retryable
    assert time.monotonic() - started < 10


def test_too_much_is_refused_before_it_costs_anything(documents: Documents) -> None:
    with pytest.raises(DocumentError, match="too much"):
        line(documents, "x" * 2_000_000)


def test_a_code_is_drawn_where_it_can_be_made(documents: Documents) -> None:
    pytest.importorskip("segno", reason="segno is not installed: certificates have no QR code")
    rows = modules("https://indii.example.org/verify/0198c0de-4a7b-7c31-9f02-5d1e8a6b3c47")
    assert len(rows) == len(rows[0])
    assert {c for row in rows for c in row} == {"0", "1"}
    assert modules("") == ()


def test_check_passes_without_any_template(tmp_path: Path) -> None:
    TypstDocuments([tmp_path]).check()


def test_every_template_of_the_house_is_found_once() -> None:
    files = sorted((ROOT / "indii").glob("*/*/templates/*.typ"))
    assert [f.stem for f in files] == sorted({f.stem for f in files})


def test_the_certificate_is_set_for_hostile_names() -> None:
    adapter = TypstDocuments(sorted((ROOT / "indii").glob("*/*/templates")))
    text = "LICENSE AGREEMENT\n\nRecording: #x\n\n1. Title\n1.1 Clause: $y$ @z\n"
    data: dict[str, Any] = {
        "id": "0198c0de-4a7b-7c31-9f02-5d1e8a6b3c47", "title": "#import 张 " + "W" * 180,
        "producer": "$a$ @b 🎵", "licensee": "M" * 200, "alias": "*x*", "tier": "WAV lease",
        "is_exclusive": False, "order": "", "recording": "0198c0de-4a7b-7c31-9f02-5d1e8a6b3c40",
        "day": "20 November 2026", "moment": "2026-11-20 12:00 UTC",
        "terms": [["Streams", "unlimited"]] * 8,
        "files": [["MP3", "made later", "", "x" * 300], ["Stems", "1 B", "a" * 64, "#y.zip"]],
        "text": text, "text_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "colours": ["#000000", "#ffffff"], "wave": [0, 255] * 60, "site": "Indii",
        "url": "https://indii.example.org/verify/0198c0de-4a7b-7c31-9f02-5d1e8a6b3c47",
    }  # fmt: skip
    for wave in ([], data["wave"]):
        made = adapter.pdf("certificate", data | {"wave": wave}, made_at=AT, code=data["url"])
        assert len(re.findall(rb"/Type\s*/Page\b", b"".join([made, *streams_of(made)]))) == 2
        assert text.encode() in streams_of(made)
