"""What happens to recordings."""

from dataclasses import dataclass
from uuid import UUID

from indii.kernel.events import Event


@dataclass(frozen=True, slots=True)
class MasterStored(Event):
    """A new main_wav or main_mp3 lies in storage; written by a database trigger."""

    recording_id: UUID
    file_id: UUID


@dataclass(frozen=True, slots=True)
class RecordingPublished(Event):
    """A recording became public."""

    recording_id: UUID


@dataclass(frozen=True, slots=True)
class RecordingHidden(Event):
    """A recording stopped being public: withdrawn, taken down or deleted."""

    recording_id: UUID


@dataclass(frozen=True, slots=True)
class RecordingTakenDown(Event):
    """A moderator took a recording down: nobody may license it any more."""

    recording_id: UUID


@dataclass(frozen=True, slots=True)
class VoiceTagChanged(Event):
    """A producer's voice tag is new or gone: every preview must be made again."""

    profile_id: UUID
