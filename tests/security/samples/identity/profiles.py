"""Valid calls of the handlers of `identity/profiles`."""

from __future__ import annotations

from uuid import uuid4

from tests.security.sampling import MEMBERS, Sample, reads, sample
from tests.security.world import World

sample("ProfileState.load", lambda w: reads("/account", w.slug_of(w.a), frozenset({"a"})))


@sample("ProfileState.save")
def _save_profile(world: World) -> Sample:
    people = world.new_people()
    form = {"name": "Changed Name", "slug": f"changed-{uuid4().hex[:8]}", "bio": "New words."}
    # The address is free once only: whoever comes after the first is refused it.
    return Sample(
        payload={"form": form},
        may=MEMBERS,
        changes=frozenset({"profile", "job"}),
        at="/account",
        people=people,
    )
