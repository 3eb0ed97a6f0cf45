"""Handing over from the first HTML (`#ssr`, written by the server) to the page itself."""

from typing import Any

import reflex as rx

from indii.ui.wraps.handover import SsrHandover


def ssr_handover(is_ready: Any) -> rx.Component:
    """Take `#ssr` away once `is_ready`: scroll, focus and typed text stay where they were."""
    return SsrHandover.create(is_ready=is_ready)
