"""The words of recordings."""

from enum import StrEnum


class RecordingStatus(StrEnum):
    """Where a recording stands; only `live` is public."""

    DRAFT = "draft"
    LIVE = "live"
    WITHDRAWN = "withdrawn"
    TAKEN_DOWN = "taken_down"
    DELETED = "deleted"


class FileKind(StrEnum):
    """What a stored file is to its recording."""

    MAIN_WAV = "main_wav"  # the lossless master, as delivered: wav, aiff or flac
    MAIN_MP3 = "main_mp3"  # the lossy master, as delivered: mp3, m4a or ogg
    STEMS_ZIP = "stems_zip"
    COVER = "cover"  # an uploaded picture
    MADE_MP3 = "made_mp3"  # made from a lossless master for those who licensed it
    PREVIEW = "preview"  # made by the worker; the only sound that is public
    VOICE_TAG = "voice_tag"  # belongs to the producer, not to a recording
    AVATAR = "avatar"


class AiUse(StrEnum):
    """What the producer attests about machines in the making."""

    NONE = "none"
    ASSISTED = "assisted"
    GENERATED = "generated"


class Genre(StrEnum):
    """Genres of the catalogue."""

    TRAP = "trap"
    DRILL = "drill"
    BOOM_BAP = "boom bap"
    LOFI = "lo-fi"
    RNB = "r&b"
    AFROBEAT = "afrobeat"
    DANCEHALL = "dancehall"
    HOUSE = "house"
    TECHNO = "techno"
    DRUM_AND_BASS = "drum & bass"
    AMBIENT = "ambient"
    POP = "pop"
    ROCK = "rock"
    SOUL = "soul"
    JAZZ = "jazz"
    CLASSICAL = "classical"
    FOLK = "folk"
    EXPERIMENTAL = "experimental"
    SOUNDTRACK = "soundtrack"


class Mood(StrEnum):
    """Moods of the catalogue."""

    DARK = "dark"
    TENSE = "tense"
    COLD = "cold"
    WARM = "warm"
    DREAMY = "dreamy"
    CALM = "calm"
    HAPPY = "happy"
    ENERGETIC = "energetic"
    SAD = "sad"
    ROMANTIC = "romantic"
    AGGRESSIVE = "aggressive"
    HYPNOTIC = "hypnotic"


def label_of(word: str) -> str:
    """Return how a genre or a mood is written: `Boom bap`, `R&B`."""
    return "R&B" if word == Genre.RNB else word.capitalize()
