"""Valid calls of the handlers of `studio/dashboard`."""

from __future__ import annotations

from tests.security.sampling import Sample, reads, sample
from tests.security.world import World

sample("DashboardState.load", lambda w: reads("/studio", w.draft.title, frozenset({"a"})))


@sample("DashboardState.watch")
def _watch(_w: World) -> Sample:
    return Sample(at="/studio", before=(("DashboardState.load", {}),), lingers_s=2.3)


@sample("DashboardState.start_selling")
def _start_selling(world: World) -> Sample:
    return Sample(
        may=frozenset({"admin", "fan"}),
        changes=frozenset({"account", "profile", "audit_entry"}),
        proof="fan",
        at="/studio",
        people=world.new_people(),
    )
