"""Valid calls of the handlers of `store/downloads`."""

from __future__ import annotations

from tests.security.sampling import Sample, reads, sample
from tests.security.world import World

sample(
    "DownloadsState.load", lambda w: reads("/downloads", w.number_of(w.sold()), frozenset({"fan"}))
)


@sample("DownloadsState.watch")
def _watch_downloads(world: World) -> Sample:
    world.sold(has_papers=False)
    return Sample(at="/downloads", before=(("DownloadsState.load", {}),), lingers_s=2.3)
