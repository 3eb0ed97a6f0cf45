"""Valid calls of the handlers of `identity/reports`."""

from __future__ import annotations

from tests.security.sampling import EVERYBODY, Sample, reads, sample
from tests.security.world import World

sample("ReportState.open", lambda w: reads(subject_id=str(w.live.id)))
sample("ReportState.close", lambda _w: reads())


@sample("ReportState.send")
def _report(world: World) -> Sample:
    return Sample(
        payload={
            "kind": "recording",
            "subject_id": str(world.new().id),
            "form": {"reason": "copyright", "details": "I made this in 2019."},
        },
        may=EVERYBODY,
        changes=frozenset({"report"}),
    )
