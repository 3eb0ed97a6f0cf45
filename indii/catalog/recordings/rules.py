"""Decisions about recordings: tags, search text, states, what may be published."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from indii.catalog.recordings.enums import AiUse, FileKind, Genre, Mood, RecordingStatus
from indii.catalog.recordings.errors import NotReadyToPublish, WrongState
from indii.catalog.recordings.models import Recording
from indii.kernel.errors import IndiiError
from indii.kernel.text import clean_line, clean_text, fold, words

TAG_COUNT = 8
TAG_LENGTH = 24
TITLE_LENGTH = 120
CREDITS_LENGTH = 1000
REASON_LENGTH = 500
SEARCH_LENGTH = 1000
BPM_RANGE = (20.0, 400.0)
KEY_RANGE = (0, 23)

MASTERS = (FileKind.MAIN_WAV, FileKind.MAIN_MP3)
CONTENT_TYPES = {
    "wav": "audio/wav", "aiff": "audio/aiff", "flac": "audio/flac", "mp3": "audio/mpeg",
    "m4a": "audio/mp4", "ogg": "audio/ogg", "opus": "audio/ogg", "zip": "application/zip",
    "webp": "image/webp",
}  # fmt: skip

_LIVE, _DRAFT = RecordingStatus.LIVE, RecordingStatus.DRAFT
_WITHDRAWN, _TAKEN_DOWN = RecordingStatus.WITHDRAWN, RecordingStatus.TAKEN_DOWN
_DELETED = RecordingStatus.DELETED
TRANSITIONS = {
    _DRAFT: {_LIVE, _DELETED},
    _LIVE: {_WITHDRAWN, _TAKEN_DOWN, _DELETED},
    _WITHDRAWN: {_LIVE, _TAKEN_DOWN, _DELETED},
    _TAKEN_DOWN: {_LIVE, _WITHDRAWN, _DELETED},
    _DELETED: set[RecordingStatus](),
}
_WORDS = {
    _DRAFT: "still a draft", _LIVE: "public", _WITHDRAWN: "withdrawn",
    _TAKEN_DOWN: "taken down", _DELETED: "deleted",
}  # fmt: skip


def check_transition(state: str, to: RecordingStatus) -> None:
    """Pass if a recording may go from `state` to `to`.

    Raises:
        WrongState: it may not.
    """
    now = RecordingStatus(state)
    if to not in TRANSITIONS[now]:
        raise WrongState(f"This recording is {_WORDS[now]}, so it cannot become {_WORDS[to]}.")


def normalise_tags(tags: Iterable[str], *, strict: bool = True) -> list[str]:
    """Return the tags in lower case, without repeats; `strict=False` drops what does not fit.

    Raises:
        IndiiError: too many or too long, when strict.
    """
    kept: dict[str, str] = {}
    for raw in tags:
        tag = clean_line(raw.replace(",", " ")).lower().strip("#").strip()
        if not tag or fold(tag) in kept:
            continue
        if len(tag) > TAG_LENGTH:
            if strict:
                raise IndiiError(
                    f"“{tag[:TAG_LENGTH]}…” is too long: use at most {TAG_LENGTH} characters.",
                    field="tags",
                )
            continue
        kept[fold(tag)] = tag
    if len(kept) > TAG_COUNT and strict:
        raise IndiiError(f"At most {TAG_COUNT} tags, please.", field="tags")
    return list(kept.values())[:TAG_COUNT]


def search_text(*, title: str, producer: str, tags: Iterable[str], genre: str, mood: str) -> str:
    """Return the folded words that search compares with, each once, in order of weight."""
    found = dict.fromkeys(words(" ".join([title, producer, *tags, genre, mood])))
    text = " ".join(found)
    return text if len(text) <= SEARCH_LENGTH else text[:SEARCH_LENGTH].rpartition(" ")[0]


def clean_title(title: str) -> str:
    """Return the title on one line.

    Raises:
        IndiiError: empty or too long.
    """
    line = clean_line(title)
    if not line:
        raise IndiiError("Add a title.", field="title")
    if len(line) > TITLE_LENGTH:
        raise IndiiError(f"A title has at most {TITLE_LENGTH} characters.", field="title")
    return line


def title_from(filename: str, tagged: str = "") -> str:
    """Return a title to begin with: the file's own tag, else its name without folder and ending."""
    name = PurePath(filename.replace("\\", "/")).name
    stem = name.rpartition(".")[0] or name
    title = clean_line(tagged) or clean_line(stem.replace("_", " "))
    return title[:TITLE_LENGTH].strip() or "Untitled"


def clean_credits(text: str) -> str:
    """Return the credits without control characters.

    Raises:
        IndiiError: too long.
    """
    cleaned = clean_text(text)
    if len(cleaned) > CREDITS_LENGTH:
        raise IndiiError(f"Credits have at most {CREDITS_LENGTH} characters.", field="credits")
    return cleaned


def check_bpm(bpm: float | None) -> float | None:
    """Return the tempo rounded to hundredths.

    Raises:
        IndiiError: nobody could count to it.
    """
    if bpm is None:
        return None
    if not BPM_RANGE[0] <= bpm <= BPM_RANGE[1]:  # also refuses NaN
        low, high = (f"{b:g}" for b in BPM_RANGE)
        raise IndiiError(f"Enter a BPM between {low} and {high}.", field="bpm")
    return round(bpm, 2)


def check_key(key: int | None) -> int | None:
    """Return the key.

    Raises:
        IndiiError: there is no such key.
    """
    if key is not None and not KEY_RANGE[0] <= key <= KEY_RANGE[1]:
        raise IndiiError("Choose a key from the list.", field="key")
    return key


def check_genre(genre: str) -> str:
    """Return the genre; "" means not chosen.

    Raises:
        IndiiError: not one of ours.
    """
    if genre and genre not in set(Genre):
        raise IndiiError("Choose a genre from the list.", field="genre")
    return genre


def check_mood(mood: str) -> str:
    """Return the mood; "" means not chosen.

    Raises:
        IndiiError: not one of ours.
    """
    if mood and mood not in set(Mood):
        raise IndiiError("Choose a mood from the list.", field="mood")
    return mood


def check_ai_use(ai_use: str) -> str:
    """Return what was said about machines in the making.

    Raises:
        IndiiError: not an answer.
    """
    if ai_use not in set(AiUse):
        raise IndiiError("Declare how AI was used.", field="ai_use")
    return ai_use


@dataclass(frozen=True, slots=True)
class Readiness:
    """What publishing looks at."""

    has_master: bool
    title: str
    genre: str
    is_attested: bool
    ai_use: str
    tiers: Sequence[str]


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that is missing before a recording may be published."""

    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of publishing, for a list to tick off; `field` is its place in the form."""

    field: str
    text: str
    is_met: bool


def readiness(recording: Recording, *, has_master: bool) -> Readiness:
    """Return what publishing looks at."""
    return Readiness(
        has_master=has_master,
        title=recording.title,
        genre=recording.genre,
        is_attested=recording.rights_attested_at is not None,
        ai_use=recording.ai_use,
        tiers=recording.tiers,
    )


def conditions(facts: Readiness) -> tuple[Condition, ...]:
    """Return every condition of publishing, in the order of the form."""
    return (
        Condition("master", "A master", is_met=facts.has_master),
        Condition("title", "A title", is_met=bool(facts.title)),
        Condition("genre", "A genre", is_met=bool(facts.genre)),
        Condition("prices", "At least one license", is_met=bool(facts.tiers)),
        Condition("rights", "Rights confirmed", is_met=facts.is_attested),
        Condition("ai_use", "AI use declared", is_met=bool(facts.ai_use)),
    )


_GAPS = {
    "master": "Upload a master.",
    "title": "Add a title.",
    "genre": "Choose a genre.",
    "prices": "Offer at least one license, free or paid.",
    "rights": "Confirm that you hold the rights.",
    "ai_use": "Declare how AI was used.",
}


def gaps(facts: Readiness) -> tuple[Gap, ...]:
    """Return what still blocks publishing, in the order of the form."""
    return tuple(Gap(c.field, _GAPS[c.field]) for c in conditions(facts) if not c.is_met)


def require_ready(facts: Readiness) -> None:
    """Pass if nothing blocks publishing.

    Raises:
        NotReadyToPublish: with the first gap's field and every gap's words.
    """
    if missing := gaps(facts):
        raise NotReadyToPublish(" ".join(g.message for g in missing), field=missing[0].field)


def small_cover_key(storage_key: str) -> str:
    """Return where the 96 px version of an uploaded cover lies."""
    stem, _, ending = storage_key.rpartition(".")
    return f"{stem}-96.{ending}"
