"""Valid calls of the handlers of `shell/opening`."""

from __future__ import annotations

from tests.security.sampling import reads, sample

sample("FrameState.open", lambda w: reads("/studio", w.draft.title, frozenset({"a"})))
