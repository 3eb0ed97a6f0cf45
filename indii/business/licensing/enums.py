"""The words of licensing."""

from enum import StrEnum


class LicenseTier(StrEnum):
    """What a buyer can license, from the least to the last."""

    MP3_LEASE = "mp3_lease"
    WAV_LEASE = "wav_lease"
    STEMS_LEASE = "stems_lease"
    UNLIMITED_LEASE = "unlimited_lease"
    EXCLUSIVE = "exclusive"
