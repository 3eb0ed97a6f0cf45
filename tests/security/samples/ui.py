"""Valid calls of the handlers of `ui`."""

from __future__ import annotations

from tests.security.sampling import reads, sample

sample("NoticeState.dismiss", lambda _w: reads())
