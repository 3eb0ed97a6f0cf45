"""Tables of search: the words of the catalogue, for correcting misspelled ones."""

from sqlalchemy import Column, Index, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel


class SearchWord(SQLModel, table=True):
    """A word of the live catalogue with its trigrams and in how many recordings it stands."""

    __tablename__ = "search_word"
    __table_args__ = (Index("ix_search_word_trigrams", "trigrams", postgresql_using="gin"),)

    word: str = Field(primary_key=True, max_length=60)
    recordings: int
    trigrams: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
