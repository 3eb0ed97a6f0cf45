"""What can be refused about tips, worded for a person."""

from indii.kernel.errors import IndiiError, NotFound


class NobodyToTip(NotFound):
    """There is no such producer, or they cannot be paid now."""

    def __init__(self) -> None:
        super().__init__("There is no one to tip at this address.")


class OwnTip(IndiiError):
    """Nobody pays themselves."""

    def __init__(self) -> None:
        super().__init__("This is your own profile: you cannot tip yourself.")


class NoPaymentsHere(IndiiError):
    """This site takes no money."""

    def __init__(self) -> None:
        super().__init__("Payments are not set up on this site yet, so tips cannot be given here.")


class TipGone(NotFound):
    """There is no such tip, or its message was removed already."""

    def __init__(self) -> None:
        super().__init__("There is no such message, or it was removed already.")
