"""Valid calls of the handlers of `discovery/search`."""

from __future__ import annotations

from tests.security.sampling import reads, sample

sample("ExploreState.load", lambda w: reads("/explore?q=harbour", w.live.title))
sample(
    "ExploreState.search",
    lambda _w: reads("/explore", "q=sunken", form_data={"q": "sunken obelisk"}),
)
sample("ExploreState.set_tempo", lambda _w: reads("/explore", "bpm=80-140", lo=80, hi=140))
sample("ExploreState.sort_by", lambda _w: reads("/explore", "sort=popular", order="popular"))
