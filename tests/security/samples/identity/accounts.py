"""Valid calls of the handlers of `identity/accounts`."""

from __future__ import annotations

from tests.security.sampling import Sample, reads, sample
from tests.security.world import World

sample("AuthState.load", lambda _w: reads("/sign-in?next=/studio"))
sample("AccountState.load", lambda w: reads("/account", w.a.email, frozenset({"a"})))


@sample("AccountState.end_session")
def _end_session(world: World) -> Sample:
    return Sample(
        payload={"session_id": str(world.second_session(world.a))},
        may=frozenset({"a"}),
        changes=frozenset({"login_session"}),
        at="/account",
    )


@sample("AccountState.become_producer")
def _become_producer(world: World) -> Sample:
    return Sample(
        may=frozenset({"admin", "fan"}),
        changes=frozenset({"account", "profile", "audit_entry"}),
        proof="fan",
        at="/account",
        people=world.new_people(),
    )
