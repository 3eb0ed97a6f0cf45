"""Re-create `assets/fonts/*.woff2` from the npm packages `@fontsource-variable/*`.

The three families together must stay under 45 kB, so each is cut to what the interface sets:
Geist (text) to Latin and weights 400-650, Geist Mono (numbers) to ASCII and a few signs,
Bricolage Grotesque (headings) to one weight. Run, in a scratch folder with fonttools and brotli:

    npm pack @fontsource-variable/geist @fontsource-variable/geist-mono \
        @fontsource-variable/bricolage-grotesque
    for f in *.tgz; do mkdir ${f%-[0-9]*} && tar xzf $f -C ${f%-[0-9]*} --strip 1; done
    python tools/fonts.py . --fallback LiberationSans-Regular.ttf

Prints the bytes and, for `tokens.css`, the metrics of a local fallback face that takes the same
space, so that the swap moves nothing.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

BUDGET_BYTES = 45_000
OUT = Path(__file__).resolve().parent.parent / "assets" / "fonts"

#: Latin-1, the letters French and Turkish add, typographic punctuation, arrows, minus.
LATIN = (
    "U+0020-007E,U+00A0-00FF,U+0131,U+0152-0153,U+02C6,U+02DA,U+02DC,U+2013-2014,U+2018-201A,"
    "U+201C-201E,U+2020,U+2022,U+2026,U+2039-203A,U+20AC,U+2122,U+2190-2193,U+2212"
)
#: What names and titles are made of; a rare sign comes from the next font in the list.
HEADINGS = (
    "U+0020-007E,U+00A0-00A1,U+00A3,U+00AB,U+00B0,U+00B4,U+00B7,U+00BB,U+00BF-00FF,U+0131,"
    "U+0152-0153,U+2013-2014,U+2018-2019,U+201C-201E,U+2026,U+20AC"
)
#: Numbers with their units and currencies; titles and names are never set in mono.
FIGURES = (
    "U+0020-007E,U+00A0,U+00A3,U+00A5,U+00B1,U+00B7,U+00D7,U+2013,U+2014,U+2019,U+2026,U+20AC,"
    "U+2191,U+2193,U+2212"
)
#: Letter frequencies of running English text, per mille, with the space; weights average width.
FREQUENCY = {
    " ": 180, "e": 102, "t": 75, "a": 65, "o": 62, "n": 57, "i": 57, "s": 53, "r": 50, "h": 50,
    "l": 33, "d": 33, "u": 23, "c": 22, "m": 20, "f": 20, "w": 17, "g": 16, "p": 15, "y": 14,
    "b": 12, "v": 8, "k": 5, "x": 1, "j": 1, "q": 1, "z": 1,
}  # fmt: skip


@dataclass(frozen=True)
class Face:
    """One file to make: where it comes from, which glyphs and weights stay."""

    package: str
    source: str
    target: str
    unicodes: str
    weights: str
    features: str


FACES = (
    Face(
        "fontsource-variable-geist",
        "geist-latin-wght-normal.woff2",
        "geist.woff2",
        LATIN,
        "400:650",
        "kern,mark,mkmk,ccmp,locl,tnum",
    ),
    Face(
        "fontsource-variable-geist-mono",
        "geist-mono-latin-wght-normal.woff2",
        "geist-mono.woff2",
        FIGURES,
        "400:650",
        "ccmp",
    ),
    Face(
        "fontsource-variable-bricolage-grotesque",
        "bricolage-grotesque-latin-wght-normal.woff2",
        "bricolage.woff2",
        HEADINGS,
        "670",
        "kern,mark,mkmk,ccmp,locl",
    ),
)


def make(face: Face, packages: Path) -> Path:
    """Cut one face and write it beside its license; returns the file written."""
    from fontTools.subset import main as subset
    from fontTools.ttLib import TTFont
    from fontTools.varLib.instancer import instantiateVariableFont

    package = packages / face.package
    low, _, high = face.weights.partition(":")
    limit: Any = (float(low), float(high)) if high else float(low)
    font = instantiateVariableFont(TTFont(package / "files" / face.source), {"wght": limit})
    scratch = packages / f"{face.target}.ttf"
    font.save(scratch)
    target = OUT / face.target
    subset(
        [
            str(scratch),
            f"--unicodes={face.unicodes}",
            f"--layout-features={face.features}",
            "--flavor=woff2",
            f"--output-file={target}",
            "--no-hinting",
            "--name-IDs=1,2,4,6,13,14",
            "--drop-tables+=DSIG,STAT",
        ]
    )
    shutil.copyfile(package / "LICENSE", OUT / f"{target.stem}.LICENSE.txt")
    return target


def average_width(font: Any) -> float:
    """Mean advance of English text in em."""
    cmap, advances = font.getBestCmap(), font["hmtx"]
    total = sum(advances[cmap[ord(c)]][0] * share for c, share in FREQUENCY.items())
    return float(total) / sum(FREQUENCY.values()) / float(font["head"].unitsPerEm)


def fallback_metrics(made: Path, fallback: Path) -> str:
    """CSS descriptors that make a local face take the space of the web font."""
    from fontTools.ttLib import TTFont

    web, local = TTFont(made), TTFont(fallback)
    adjust = average_width(web) / average_width(local)
    em = web["head"].unitsPerEm * adjust
    up, down, gap = (abs(getattr(web["hhea"], k)) / em for k in ("ascent", "descent", "lineGap"))
    return (
        f"size-adjust:{adjust:.2%};ascent-override:{up:.2%};"
        f"descent-override:{down:.2%};line-gap-override:{gap:.0%}"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Make all faces; 1 when they are over budget."""
    parser = argparse.ArgumentParser(description="Re-create assets/fonts")
    parser.add_argument("packages", type=Path, help="folder that holds the unpacked npm packages")
    parser.add_argument("--fallback", type=Path, help="a font file with Arial's metrics")
    options = parser.parse_args(argv)
    OUT.mkdir(parents=True, exist_ok=True)
    total = 0
    for face in FACES:
        made = make(face, options.packages)
        total += made.stat().st_size
        print(f"{made.name:20} {made.stat().st_size:6} bytes")
        if options.fallback:
            print("  " + fallback_metrics(made, options.fallback))
    print(f"{'in all':20} {total:6} bytes, budget {BUDGET_BYTES}")
    return int(total > BUDGET_BYTES)


if __name__ == "__main__":
    sys.exit(main())
