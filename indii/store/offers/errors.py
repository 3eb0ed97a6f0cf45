"""What can be refused about offers, worded for a person."""

from indii.kernel.errors import IndiiError


class ExclusiveTaken(IndiiError):
    """Somebody else is paying for, or has bought, the one exclusive license."""


class SoldExclusively(IndiiError):
    """Whoever has the exclusive license has the last one."""


class HoldRefused(IndiiError):
    """This person may not hold another exclusive license now."""
