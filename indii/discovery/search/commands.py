"""Search learns the catalogue's words."""

from sqlalchemy import delete, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from indii.discovery.search.models import SearchWord
from indii.discovery.search.rules import trigrams
from indii.kernel.context import WriteCtx
from indii.kernel.jobs import JobKind, declare

INDEX_WORDS = declare(JobKind("index_words", priority=200))

# A word this short is typed again faster than corrected; one this rare may be a slip itself.
MIN_LETTERS = 3


def request_word_index(ctx: WriteCtx) -> None:
    """Ask for the words to be learnt; many recordings at once ask once."""
    ctx.enqueue(INDEX_WORDS.name, key="all")


def rebuild_word_index(ctx: WriteCtx) -> int:
    """Replace the lexicon by the words of all live recordings; return how many there are."""
    ctx.actor.require_role("system")
    rows = ctx.db.execute(
        text(
            "SELECT word, ndoc FROM ts_stat("
            "$$SELECT tsv FROM recording WHERE state = 'live'$$"
            ") WHERE length(word) >= :shortest AND length(word) <= 60"
        ),
        {"shortest": MIN_LETTERS},
    ).all()
    ctx.db.execute(delete(SearchWord))
    values = [{"word": w, "recordings": n, "trigrams": trigrams(w)} for w, n in rows]
    for start in range(0, len(values), 1000):
        ctx.db.execute(
            insert(SearchWord)
            .values(values[start : start + 1000])
            .on_conflict_do_nothing(index_elements=[col(SearchWord.word)])
        )
    return len(values)
