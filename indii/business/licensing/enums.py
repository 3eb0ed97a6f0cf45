"""The words of licensing."""

from enum import StrEnum


class LicenseTier(StrEnum):
    """What a buyer can license, from the least to the last."""

    MP3_LEASE = "mp3_lease"
    WAV_LEASE = "wav_lease"
    STEMS_LEASE = "stems_lease"
    UNLIMITED_LEASE = "unlimited_lease"
    EXCLUSIVE = "exclusive"


class VoidReason(StrEnum):
    """Why a license that was granted does not count any more."""

    REFUNDED = "refunded"
    DISPUTED = "disputed"  # the buyer's bank took the payment back
    MISTAKEN = "mistaken"  # it should never have been granted


class CertificateStatus(StrEnum):
    """What can be said of a certificate's id today."""

    VALID = "valid"
    ENDED = "ended"  # its term is over
    VOID = "void"
    UNKNOWN = "unknown"
