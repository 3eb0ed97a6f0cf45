"""What profiles refuse."""

from indii.kernel.errors import IndiiError, NotFound


class NameMissing(IndiiError):
    """A profile has a name."""

    def __init__(self) -> None:
        super().__init__("Enter a name.", field="name")


class NameTooLong(IndiiError):
    """The name does not fit."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"Use at most {limit} characters.", field="name")


class BioTooLong(IndiiError):
    """The text does not fit."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"Use at most {limit} characters.", field="bio")


class SlugMalformed(IndiiError):
    """It cannot be part of an address."""

    def __init__(self) -> None:
        super().__init__(
            "Use 2 to 60 lower-case letters, digits and single hyphens, like ash-verell.",
            field="slug",
        )


class SlugTaken(IndiiError):
    """Somebody has this address, or the site needs it itself."""

    def __init__(self) -> None:
        super().__init__("That address is taken.", field="slug")


class PictureRefused(IndiiError):
    """The file is no picture we can use."""

    def __init__(self, why: str) -> None:
        super().__init__(why, field="avatar")


class ProfileNotFound(NotFound):
    """Nobody appears under this name."""

    def __init__(self) -> None:
        super().__init__("There is no profile at this address.")
