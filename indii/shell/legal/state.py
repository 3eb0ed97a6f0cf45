"""What the legal pages must ask the installation: whom to write to."""

import reflex as rx

from indii.kernel import edge
from indii.ui.state import Actions, public


class LegalState(Actions, rx.State):
    """Who runs this site."""

    host: str = ""
    contact: str = ""
    is_ready: bool = False

    @public
    async def load(self) -> None:
        """Say who runs this site."""
        site = edge.runtime().site
        self.host = site.public_url.partition("://")[2]
        self.contact, self.is_ready = site.contact, True
