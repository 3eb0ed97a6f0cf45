"""`make changelog`: what the fragments say moves into CHANGELOG.md; with a version it becomes one.

Each change brings a file of its own in `docs/changelog.d`, bullets under `### Added`,
`### Changed` and so on, so that two changes never meet
in one file. A release runs it with its version: `make changelog version=1.2.0`.
"""

import datetime as dt
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADINGS = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")
UNRELEASED = "## [Unreleased]"


def main(arguments: list[str]) -> int:
    """Collect all fragments and delete them."""
    version = arguments[0] if arguments else ""
    if version and not re.fullmatch(r"\d+\.\d+\.\d+", version):
        print("usage: make changelog [version=1.2.0]")
        return 2
    log, fragments = ROOT / "CHANGELOG.md", sorted((ROOT / "docs" / "changelog.d").glob("*.md"))
    today = f"{dt.datetime.now(tz=dt.UTC):%Y-%m-%d}"
    texts = [fragment.read_text() for fragment in fragments]
    log.write_text(collected(log.read_text(), texts, version=version, today=today))
    for fragment in fragments:
        fragment.unlink()
    print(f"{len(fragments)} changes collected.")
    return 0


def collected(log: str, fragments: list[str], *, version: str, today: str) -> str:
    """Return the changelog with these fragments in what is unreleased, or in the version."""
    before, _, rest = log.partition(UNRELEASED)
    unreleased, mark, released = rest.partition("\n## [")
    entries = entries_of(unreleased)
    for fragment in fragments:
        for heading, bullets in entries_of(fragment).items():
            entries.setdefault(heading, []).extend(bullets)
    named = f"{UNRELEASED}\n\n## [{version}] - {today}" if version else UNRELEASED
    parts = [
        f"### {heading}\n" + "\n".join(entries[heading])
        for heading in HEADINGS
        if heading in entries
    ]
    return before + "\n\n".join([named, *parts]) + "\n" + (mark + released if mark else "")


def entries_of(text: str) -> dict[str, list[str]]:
    """Return the bullets under each heading.

    Raises:
        SystemExit: a heading that no changelog has.
    """
    found: dict[str, list[str]] = {}
    for part in re.split(r"^### ", text, flags=re.MULTILINE)[1:]:
        heading, _, body = part.partition("\n")
        if heading.strip() not in HEADINGS:
            raise SystemExit(f"There is no heading {heading!r}; there are {', '.join(HEADINGS)}.")
        found.setdefault(heading.strip(), []).append(body.strip())
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
