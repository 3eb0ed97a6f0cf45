"""What a person reads when a sound file cannot be taken: what is wrong, what to do."""

from __future__ import annotations

from typing import Final

TAKES: Final = "WAV, AIFF, FLAC, MP3, M4A or OGG"

WORDS: Final[dict[str, str]] = {
    "empty": "This file is empty. Export it again and choose the new file.",
    "too_large": (
        "This file is larger than 500 MB. Save it as FLAC: same sound, about half the size."
    ),
    "text": "This is a text or web page, not sound. Choose the exported file itself: {takes}.",
    "picture": "This is a picture, not sound. Choose the exported sound file: {takes}.",
    "archive": "This is an archive. Unpack it and choose the sound file inside: {takes}.",
    "document": "This is a document or a program, not sound. Choose a sound file: {takes}.",
    "playlist": (
        "This is a playlist: it only points to other files. Choose the sound file itself: {takes}."
    ),
    "references": (
        "This file points to sound kept in other files. Export it as one file that holds"
        " everything ({takes})."
    ),
    "midi": "This is a MIDI score without sound. Render it in your studio program as WAV or FLAC.",
    "project": "This is a studio project, not a mix. Export the mix as WAV or FLAC.",
    "format": "Indii does not accept this kind of sound file. Export it as {takes}.",
    "codec": (
        'The sound inside is encoded as "{codec}", which Indii does not accept. Export it as'
        " {takes}."
    ),
    "not_audio": "No sound could be recognised in this file. Export it again as {takes}.",
    "no_sound": "This file has a sound header but no playable sound. Export it again as {takes}.",
    "video_only": "This is a video without sound. Choose the exported sound file: {takes}.",
    "video": "This is a video. Export only its sound as WAV or FLAC and choose that file.",
    "drm": (
        "This file is locked by copy protection, so it cannot be sold or heard here. Use your own"
        " unprotected export."
    ),
    "truncated": (
        "This file says it lasts {declared}, but only {decoded} can be read: it was cut off while"
        " it was written or copied. Export or copy it again."
    ),
    "incomplete": (
        "The end of this file is missing: it was cut off while it was written or copied. Export or"
        " copy it again."
    ),
    "damaged": (
        "Parts of this file are damaged and would be heard as gaps or noise. Export it again and"
        " choose the new file."
    ),
    "crashed": (
        "This file is damaged in a way that stopped the decoder. Nothing else was touched. Export"
        " it again as {takes}."
    ),
    "too_heavy": (
        "Reading this file would need far more memory than real music does, so it was stopped."
        " Export it again as {takes}."
    ),
    "too_slow": (
        "Reading this file took far longer than real music does, so it was stopped. Export it"
        " again as {takes}."
    ),
    "too_long": (
        "This recording is longer than 60 minutes. Split it into parts of at most 60 minutes."
    ),
    "too_short": (
        "This file holds less than a fifth of a second of sound. Choose the full recording."
    ),
    "silent_tag": "The voice tag is silent. Record it again and choose the new file.",
    "channels": (
        "This file has {channels} channels; Indii takes 1 to 8. Export a stereo mix and choose it."
    ),
    "sample_rate": (
        "This file claims {rate} samples a second; Indii takes 8 000 to 192 000. Export it at"
        " 44 100 or 48 000."
    ),
}


class Refusal(Exception):  # a fact inside the child, turned into AudioRefused outside
    """Raised in the decoding child; travels to the caller as (reason, words)."""

    def __init__(self, reason: str, **facts: object) -> None:
        """Fill the words of `reason` with `facts`."""
        self.reason = reason
        self.words = words(reason, **facts)
        super().__init__(self.words)


def words(reason: str, **facts: object) -> str:
    """Return the sentence of `reason` with `facts` filled in."""
    return WORDS[reason].format(takes=TAKES, **facts)


def clock(ms: float) -> str:
    """Write a length for people: 0.4 s, 12 s, 3:07, 61:00."""
    seconds = ms / 1000
    if seconds < 10:  # tenths matter only for very short sounds
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}" if minutes else f"{rest} s"
