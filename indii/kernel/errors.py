"""What can go wrong, split by who can do something about it.

`IndiiError` is expected and worded for a person; everything else is a bug and is shown only as a
reference id.
"""

from collections.abc import Mapping
from http import HTTPStatus


class IndiiError(Exception):
    """Something expected was refused; `message` is shown as it stands, beside `field` if named."""

    status: HTTPStatus = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field

    @property
    def errors(self) -> Mapping[str, str]:
        """Every sentence by its field; what is about the whole stands under `form`."""
        return {self.field or "form": self.message}


class InvalidForm(IndiiError):
    """Several fields of a form were refused, each with its own sentence."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        field, message = next(iter(errors.items()))
        super().__init__(message, field=field)
        self._errors = dict(errors)

    @property
    def errors(self) -> Mapping[str, str]:
        """Every sentence by its field."""
        return self._errors


class NotFound(IndiiError):
    """It does not exist, or this person must not learn that it does."""

    status = HTTPStatus.NOT_FOUND


class NotAllowed(IndiiError):
    """The person is known but may not do this."""

    status = HTTPStatus.FORBIDDEN


class SignInNeeded(IndiiError):
    """Nobody is signed in."""

    status = HTTPStatus.UNAUTHORIZED

    def __init__(self, message: str = "Sign in to do this.") -> None:
        super().__init__(message)


class TooManyAttempts(IndiiError):
    """Slow down; `retry_after_s` says for how long."""

    status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class TryAgain(IndiiError):
    """The outside world failed; nothing was changed and trying again is safe."""

    status = HTTPStatus.SERVICE_UNAVAILABLE


class Bug(IndiiError):
    """An unexpected failure, already logged under `reference`."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR

    def __init__(self, reference: str) -> None:
        super().__init__(
            f"Something went wrong on our side and nothing was changed. Reference {reference}."
        )
        self.reference = reference
