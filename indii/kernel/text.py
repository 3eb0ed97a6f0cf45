"""Folding and slugs: how text is compared, kept, and how it becomes part of an address."""

import re
import unicodedata

# Letters that no Unicode decomposition splits, written as people type them on other keyboards.
_LETTERS = str.maketrans({
    "ß": "ss", "ẞ": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th",
    "ł": "l", "ı": "i", "’": "'", "‘": "'",
})  # fmt: skip

# A NUL, and half of a surrogate pair: no column takes them.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def is_storable(text: str) -> bool:
    """Whether a database can keep the text as it stands."""
    return _UNSTORABLE.search(text) is None


def fold(text: str) -> str:
    """Return the text as search sees it: lower case, without accents, ß as ss."""
    lowered = text.casefold().translate(_LETTERS)
    split = unicodedata.normalize("NFKD", lowered)
    return "".join(c for c in split if not unicodedata.combining(c)).casefold()


def words(text: str) -> list[str]:
    """Return the folded words of the text, in order."""
    return re.findall(r"[^\W_]+(?:['#][^\W_]+)*", fold(text))


def slugify(text: str, *, fallback: str, limit: int = 60) -> str:
    """Return an address part of [a-z0-9-], never empty."""
    slug = re.sub(r"[^a-z0-9]+", "-", fold(text)).strip("-")[:limit].strip("-")
    return slug or fallback


def cut(text: str, limit: int) -> str:
    """Return the text in at most so many characters, with an ellipsis where something is left out.

    For columns that hold texts made of people's words, whose sum may be longer than each.
    """
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def clean_line(text: str) -> str:
    """Return the text on one line without control characters, spaces collapsed, NFC."""
    visible = "".join(
        " " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c)[0] != "C"
    )
    return " ".join(unicodedata.normalize("NFC", visible).split())


def clean_text(text: str) -> str:
    """Return the text without control characters; line breaks stay."""
    return "\n".join(clean_line(line) for line in text.splitlines()).strip()
