"""What can be wrong with the books."""

from indii.kernel.errors import NotFound


class LedgerMismatch(AssertionError):
    """A movement that contradicts itself or what stands in the books: a bug, never shown."""


class TransactionNotFound(NotFound):
    """There is no such transaction."""

    def __init__(self) -> None:
        super().__init__("There is no such transaction.")
