"""Valid calls of the handlers of `community/likes`."""

from __future__ import annotations

from tests.security.sampling import MEMBERS, Sample, reads, sample

sample("LikedState.load", lambda _w: reads("/liked"))
sample("LikesState.ask", lambda w: reads(recording_id=str(w.live.id)))
sample(
    "LikesState.like",
    lambda w: Sample(
        payload={"recording_id": str(w.live.id), "is_liked": True, "call": 1},
        may=MEMBERS,
        changes=frozenset({"recording_like"}),
    ),
)
