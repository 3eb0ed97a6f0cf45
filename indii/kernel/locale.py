"""Whose habits numbers are written in: the viewer's region, with English words.

Screens speak English. A viewer from Germany reads `1.234,50 US$` there, one from the United States
`$1,234.50`; CLDR has such an English for about a hundred regions, and for the rest numbers follow
the viewer's own language. What is kept or sent (contracts, e-mails, ledger memos) never depends on
who looks: outside a request the locale is `DEFAULT`.
"""

from contextvars import ContextVar
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.localedata import exists

DEFAULT = "en_US"
MAX_HEADER = 200
MAX_CHOICES = 10

current_locale: ContextVar[str] = ContextVar("current_locale", default=DEFAULT)


def viewer_locale(accept_language: str) -> str:
    """Return the locale for an `Accept-Language` header, `DEFAULT` where it names none we know.

    Weights are not read: browsers list languages by preference. Of an overlong header only the
    beginning counts.
    """
    return _viewer_locale(accept_language[:MAX_HEADER])


@lru_cache(maxsize=1024)
def _viewer_locale(header: str) -> str:
    for choice in header.split(",", MAX_CHOICES)[:MAX_CHOICES]:
        found = _locale_of(choice.partition(";")[0].strip())
        if found:
            return found
    return DEFAULT


def _locale_of(tag: str) -> str:
    try:
        asked = Locale.parse(tag, sep="-", resolve_likely_subtags=True)
    except (ValueError, UnknownLocaleError):
        return ""
    territory = asked.territory or _likely_territory(asked.language)
    english = f"en_{territory}"
    if territory and exists(english):
        return english
    return str(asked)


def _likely_territory(language: str) -> str:
    """Return where a language is mostly spoken: `de` -> `DE`."""
    likely = str(get_global("likely_subtags").get(language, ""))
    return likely.rpartition("_")[2]
