"""HTML as lines that can be compared, and the only differences from React that are meant."""

import difflib
import re
from html.parser import HTMLParser

from indii.ui.drawn.attributes import VOID

#: What the router adds for itself.
IGNORED = frozenset({"data-discover", "prefetch"})
#: Elements that only scripts open or fill, so `ssr()` of their component draws another thing.
ABSENT = ("<dialog", '<div class="file-check">')
#: Lines that only one side has, and why. A control that only scripts answer is disabled besides.
DISABLED = ' disabled=""'
INTENDED = {
    r'<input aria-label="[^"]*, (from|to)" .*type="range".*>': "the thumbs of a range need scripts",
    r"<i>": "and their place is kept by two empty elements",
    r'<link as="image" .*>': "React hints at images; the head does (`SsrPage.preload`)",
    r'<meta content="noindex" name="robots">': "the head has it",
    r'<a aria-current="false" class="facet-item" href="/?">': "an empty address, before the view",
}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self.said = ""
        self.open: list[str] = []

    def add(self, text: str) -> None:
        self.lines.append("  " * len(self.open) + text)

    def flush(self) -> None:
        if words := " ".join(self.said.split()):
            self.add(f"| {words}")
        self.said = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.flush()
        found = {k.lower(): v or "" for k, v in attrs if k.lower() not in IGNORED}
        if "style" in found:
            parts = (part.strip().replace(": ", ":") for part in found["style"].split(";"))
            found["style"] = ";".join(sorted(part for part in parts if part))
        if "class" in found:
            found["class"] = " ".join(found["class"].split())
        self.add(f"<{tag}" + "".join(f' {k}="{v}"' for k, v in sorted(found.items())) + ">")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        self.flush()
        assert self.open.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        self.said += data


def lines(html: str) -> list[str]:
    """Return one line an element or text, indented by depth, without what is meant to be absent."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.flush()
    assert not reader.open, reader.open
    kept: list[str] = []
    inside: int | None = None
    for line in reader.lines:
        depth = len(line) - len(line.lstrip())
        if inside is not None and depth > inside:
            continue
        inside = depth if line.lstrip().startswith(ABSENT) else None
        if inside is None:
            kept.append(line)
    return kept


def differences(react: str, ours: str) -> list[str]:
    """Return the lines that only one side has ("-" React, "+" ours) and that nothing explains."""
    found = difflib.unified_diff(lines(react), lines(ours), lineterm="", n=0)
    changed = [line for line in found if not line.startswith(("---", "+++", "@@"))]
    disabled = {line for line in changed if line.startswith("+") and DISABLED in line}
    alike = {f"-{line[1:].replace(DISABLED, '')}" for line in disabled}
    return [
        line
        for line in changed
        if not any(re.fullmatch(pattern, line[1:].strip()) for pattern in INTENDED)
        and not (
            line in alike or (line in disabled and f"-{line[1:].replace(DISABLED, '')}" in changed)
        )
    ]
