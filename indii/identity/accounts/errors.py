"""What accounts refuse."""

from http import HTTPStatus

from indii.kernel.errors import IndiiError


class WrongCredentials(IndiiError):
    """The e-mail and the password do not belong together; never says which is wrong."""

    status = HTTPStatus.UNAUTHORIZED

    def __init__(self) -> None:
        super().__init__("That e-mail and password do not match.")


class WrongPassword(IndiiError):
    """A signed-in person typed their present password wrongly."""

    def __init__(self) -> None:
        super().__init__("That is not your current password.", field="current")


class EmailUnconfirmed(IndiiError):
    """The password was right, but the mailbox was never shown to be theirs."""

    def __init__(self) -> None:
        super().__init__("Confirm your e-mail first: open the link in the e-mail we sent you.")


class EmailMalformed(IndiiError):
    """It cannot be an e-mail address."""

    def __init__(self) -> None:
        super().__init__("Enter an e-mail address like name@example.com.", field="email")


class EmailTaken(IndiiError):
    """Only operators are told; strangers get an e-mail instead."""

    def __init__(self) -> None:
        super().__init__("An account with this e-mail already exists.", field="email")


class PasswordTooWeak(IndiiError):
    """The password is too easy to guess; `why` says what to change."""

    def __init__(self, why: str) -> None:
        super().__init__(why, field="password")


class TermsNotAccepted(IndiiError):
    """Nobody gets an account without agreeing to the terms and the privacy notice."""

    def __init__(self) -> None:
        super().__init__("Accept the terms and the privacy notice to continue.", field="accepts")


class LinkUsed(IndiiError):
    """The mailed link was used, has expired, or was never ours."""

    status = HTTPStatus.GONE

    def __init__(self) -> None:
        super().__init__("This link was already used or has expired. Request a new one.")


class LastAdministrator(IndiiError):
    """Closing this account would leave the installation without anybody in charge."""

    def __init__(self) -> None:
        super().__init__(
            "You are the only administrator. Make another account an administrator first."
        )
