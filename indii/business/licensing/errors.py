"""What can be refused about certificates, worded for a person."""

from http import HTTPStatus

from indii.kernel.errors import IndiiError, NotFound


class CertificateNotFound(NotFound):
    """There is no such certificate, or its file is not for this person."""

    def __init__(self) -> None:
        super().__init__("There is no such certificate, or it belongs to another account.")


class CertificateBeingMade(IndiiError):
    """The license is granted; only the document is not there yet."""

    status = HTTPStatus.ACCEPTED

    def __init__(self) -> None:
        super().__init__(
            "The certificate is being prepared. The license is yours; try again in a minute."
        )
