"""Handing over from the first HTML (`#first`, written by the server) to the page itself."""

from typing import Any

import reflex as rx

from indii.ui.wraps.chrome import FirstHandoff


def first_handoff(is_ready: Any) -> rx.Component:
    """Take `#first` away once `is_ready`: scroll, focus and typed text stay where they were."""
    return FirstHandoff.create(is_ready=is_ready)
