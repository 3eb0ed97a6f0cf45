"""What can go wrong around the processes, worded for the person at the terminal."""

from __future__ import annotations


class OpsError(Exception):
    """An expected trouble: one clear line that says what is wrong and what to do."""
