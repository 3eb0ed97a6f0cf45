"""The program that sets one document and ends; run as a file, it knows nothing of the house.

Reads `{template, root, data, codes, at, seconds}` as JSON, writes the PDF. Templates are ours, yet
one that never ends must not hold a worker: the caller can kill this process, and so does its own
CPU limit.
"""

import json
import resource
import sys
import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import typst

# Archival, and the one conformance that lets a document carry its own text as an attached file.
STANDARD: Final = "a-3b"
NO_GLYPH = "could not be displayed"
# Whatever lies below is drawn by every embedded font.
LATIN_END = 0x24F
NOWHERE = "/nonexistent"


def texts(value: Any) -> set[str]:
    """Return every text inside JSON data."""
    if isinstance(value, str):
        return {value}
    if isinstance(value, dict):
        return set().union(*(texts(v) for v in value.values()))
    if isinstance(value, list):
        return set().union(*(texts(v) for v in value))
    return set()


def translated(value: Any, table: dict[int, str | None]) -> Any:
    """Return JSON data with the characters of every text replaced."""
    if isinstance(value, str):
        return value.translate(table)
    if isinstance(value, dict):
        return {key: translated(v, table) for key, v in value.items()}
    if isinstance(value, list):
        return [translated(v, table) for v in value]
    return value


class Typesetter:
    """Sets one template; only embedded fonts, no packages, no file outside its folder."""

    def __init__(self, template: str, root: str, at: int) -> None:
        self._template = template
        self._root = root
        self._at = datetime.fromtimestamp(at, tz=UTC)
        self._fonts = typst.Fonts(include_system_fonts=False)

    def pdf(self, data: Any, codes: list[str]) -> bytes:
        """Return the document; what no font can draw is written by its number."""
        safe = translated(data, dict.fromkeys(_unprintable(data)))
        try:
            return self._compile(safe, safe, codes)
        except typst.TypstError as error:
            if NO_GLYPH not in error.message:
                raise
        beyond = sorted({c for text in texts(safe) for c in text if ord(c) > LATIN_END})
        missing = [c for c in beyond if not self._can_draw(c)]
        try:
            return self._compile(_numbered(safe, missing), safe, codes)
        except typst.TypstError as error:
            if NO_GLYPH not in error.message:
                raise
        # Characters that can be drawn alone, but not where they stand.
        return self._compile(_numbered(safe, beyond), safe, codes)

    def _compile(self, data: Any, exact: Any, codes: list[str]) -> bytes:
        inputs = {
            "data": json.dumps(data), "exact": json.dumps(exact), "codes": json.dumps(codes),
            "numbered": "yes" if data != exact else "",
        }  # fmt: skip
        return self._run(Path(self._template), inputs)

    def _can_draw(self, character: str) -> bool:
        try:
            self._run(b"#sys.inputs.text", {"text": character})
        except typst.TypstError:
            return False
        return True

    def _run(self, source: Any, inputs: dict[str, str]) -> bytes:
        compiler = typst.Compiler(
            source,
            root=self._root,
            font_paths=self._fonts,
            sys_inputs=inputs,
            package_path=NOWHERE,
            package_cache_path=NOWHERE,
        )
        made = compiler.compile(format="pdf", pdf_standards=STANDARD, timestamp=self._at)
        assert isinstance(made, bytes)
        return made


def _unprintable(data: Any) -> set[int]:
    found = {c for text in texts(data) for c in text if unicodedata.category(c) in {"Cc", "Cs"}}
    return {ord(c) for c in found - {"\n", "\t"}}


def _numbered(data: Any, characters: list[str]) -> Any:
    return translated(data, {ord(c): f"[U+{ord(c):04X}]" for c in characters})


def main() -> int:
    """Set what standard input asks for."""
    asked = json.load(sys.stdin)
    seconds = int(asked["seconds"])
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    try:
        made = Typesetter(asked["template"], asked["root"], asked["at"]).pdf(
            asked["data"], asked["codes"]
        )
    except typst.TypstError as error:
        sys.stderr.write(error.message)
        return 3
    sys.stdout.buffer.write(made)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
