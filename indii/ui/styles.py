"""One stylesheet from many: each feature keeps its CSS beside what it styles.

The files are collected in the order of the floors, the kit first and the frame last, so that a
feature may refine the kit and narrow screens may refine all. Reflex bundles the result with the
page's other styles; documents that no page draws link it by `COLLECTED`.
"""

import os
from collections.abc import Sequence
from pathlib import Path

HOUSE = Path(__file__).parent.parent
COLLECTED = "external/indii.css"


def style_files(rooms: Sequence[str]) -> list[Path]:
    """Return every CSS file of the house in the order in which they apply."""
    return [
        file for top in ("ui", *rooms, "shell") for file in sorted((HOUSE / top).rglob("*.css"))
    ]


def collected(rooms: Sequence[str]) -> str:
    """Return all styles as one text, each under the name of its file."""
    parts = ((file.relative_to(HOUSE.parent), file.read_text()) for file in style_files(rooms))
    return "\n".join(f"/* {name} */\n{text}" for name, text in parts)


def collect_styles(assets: Path, rooms: Sequence[str]) -> str:
    """Write the one stylesheet into this folder, next to what Reflex links there; its name."""
    target, text = assets / COLLECTED, collected(rooms)
    if not target.exists() or target.read_text() != text:
        target.parent.mkdir(parents=True, exist_ok=True)
        half = target.with_suffix(f".{os.getpid()}")
        half.write_text(text)
        half.replace(target)
    return COLLECTED
