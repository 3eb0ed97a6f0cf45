"""Valid calls of the handlers of `discovery/browse`."""

from __future__ import annotations

from tests.security.sampling import reads, sample

# The newest: others may have published a page of recordings before.
sample("HomeState.load", lambda w: reads("/", w.new().title))
sample("RecordingState.load", lambda w: reads(f"/recording/{w.live.slug}", w.live.title))
sample("ProducerState.load", lambda w: reads(f"/producer/{w.slug_of(w.a)}", w.live.title))
