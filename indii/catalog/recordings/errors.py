"""What can be refused about recordings, worded for a person."""

from indii.kernel.errors import IndiiError, NotAllowed, NotFound


class RecordingNotFound(NotFound):
    """There is no such recording, or not for this person."""

    def __init__(self) -> None:
        super().__init__("There is no such recording.")


class FileNotReady(IndiiError):
    """The upload is not a checked file of this person."""

    def __init__(self) -> None:
        super().__init__("This upload is not ready to be used. Please upload the file again.")


class WrongState(IndiiError):
    """The recording's state does not allow it."""


class NotVerified(NotAllowed):
    """Publishing needs a confirmed e-mail address."""

    def __init__(self) -> None:
        super().__init__(
            "Confirm your e-mail address before you publish: open the link in the e-mail we sent."
        )


class NotReadyToPublish(IndiiError):
    """Something is missing; `field` says where the first gap is."""
