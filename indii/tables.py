"""Every table of the house in one place, for migrations; imports models and nothing else."""

from importlib import import_module
from pathlib import Path

from sqlmodel import SQLModel

ROOMS = (
    "identity", "catalog", "business", "store", "studio", "community", "promotion",
    "distribution", "services", "gigs", "discovery", "trust", "admin",
)  # fmt: skip
_KERNEL = ("audit", "inbox", "jobs", "mail_queue")


def metadata() -> object:
    """Return the metadata with all tables loaded."""
    here = Path(__file__).parent
    for module in _KERNEL:
        import_module(f"indii.kernel.{module}")
    for room in ROOMS:
        for models in sorted((here / room).glob("*/models.py")):
            import_module(f"indii.{room}.{models.parent.name}.models")
    return SQLModel.metadata
