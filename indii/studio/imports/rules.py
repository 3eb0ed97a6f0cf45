"""What a file's tags say about the recording it becomes; tags are hostile text."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from indii.catalog.recordings.enums import Genre
from indii.kernel.music_keys import MINOR_NAMES, NAMES
from indii.kernel.text import clean_line, fold


@dataclass(frozen=True, slots=True)
class Choice:
    """What the operator decided for the whole folder."""

    genre: str = ""
    price_minor: int = 2995
    publishes: bool = False


@dataclass(frozen=True, slots=True)
class Planned:
    """One file and what would become of it; `refusal` says why nothing would."""

    path: Path
    title: str
    genre: str = ""
    bpm: float | None = None
    key: int | None = None
    format: str = "–"
    is_lossless: bool = False
    duration_ms: int = 0
    has_cover: bool = False
    sha256: str = ""
    refusal: str = ""
    is_known: bool = False


def title_of(path: Path, tags: Mapping[str, str]) -> str:
    """Return the title in the tags, or the file's name made readable."""
    from_name = re.sub(r"^\d{1,3}[\s._-]+", "", path.stem).replace("_", " ")
    return (clean_line(tags.get("title", "")) or clean_line(from_name) or "Untitled")[:120]


def genre_of(tags: Mapping[str, str], default: str) -> str:
    """Return the genre in the tags if it is one of ours, else the operator's choice."""
    said = re.sub(r"[^a-z&]+", " ", fold(tags.get("genre", ""))).strip()
    by_name = {re.sub(r"[^a-z&]+", " ", fold(genre)).strip(): str(genre) for genre in Genre}
    return by_name.get(said, default)


def bpm_of(tags: Mapping[str, str]) -> float | None:
    """Return the tempo in the tags, or None if there is none that can be."""
    found = re.fullmatch(r"\s*(\d{2,3}(?:\.\d+)?)\s*", tags.get("bpm", ""), re.ASCII)
    value = float(found.group(1)) if found else 0.0
    return value if 20 <= value <= 400 else None


def key_of(tags: Mapping[str, str]) -> int | None:
    """Return the key in the tags (`Am`, `F# minor`, `Eb`), or None."""
    found = re.fullmatch(
        r"\s*([A-Ga-g])\s*([#♯b♭]?)\s*(m|min|minor|maj|major|)\s*", tags.get("key", "")
    )
    if found is None:
        return None
    semitone = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}[found[1].upper()]
    semitone += {"#": 1, "♯": 1, "b": -1, "♭": -1, "": 0}[found[2]]
    is_minor = found[3] in {"m", "min", "minor"}
    return semitone % len(NAMES) + (len(MINOR_NAMES) if is_minor else 0)
