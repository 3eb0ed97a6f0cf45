"""Valid calls of the handlers of `shell/viewer`."""

from __future__ import annotations

from tests.security.sampling import reads, sample

sample("ViewerState.load", lambda w: reads(shows=w.a.name, to=frozenset({"a"})))
