"""The words of work on sounds."""

from enum import StrEnum


class Work(StrEnum):
    """Kinds of work on a recording; their jobs carry the recording's id as key."""

    DIGEST = "digest"  # preview, waveform, loudness
    EMBED = "embed"  # the embedding; declared and done by discovery, known here by its name only
