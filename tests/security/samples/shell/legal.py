"""Valid calls of the handlers of `shell/legal`."""

from __future__ import annotations

from tests.security.sampling import reads, sample

sample("LegalState.load", lambda _w: reads("/terms", "people@example.com"))
