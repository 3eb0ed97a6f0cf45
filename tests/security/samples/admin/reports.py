"""Valid calls of the handlers of `admin/reports`."""

from __future__ import annotations

from indii.identity.reports.commands import file_report
from tests.security.sampling import ADMIN, Sample, reads, sample
from tests.security.world import World

sample("ModerationState.load", lambda w: reads("/admin/reports", w.down.title, ADMIN))
sample("ModerationState.cancel", lambda _w: reads("/admin/reports"))
sample("ModerationState.choose", lambda w: reads(
    "/admin/reports", w.live.title, ADMIN,
    action="dismiss", kind="recording", subject_id=str(w.live.id), title=w.live.title,
))  # fmt: skip
sample(
    "ModerationState.look_up",
    lambda w: reads(
        "/admin/reports", w.live.title, ADMIN, form={"address": f"/recording/{w.live.slug}"}
    ),
)


@sample("ModerationState.decide")
def _decide(world: World) -> Sample:
    made = world.new()
    with world.rt.write(world.fan.actor) as ctx:
        file_report(
            ctx, kind="recording", subject_id=made.id, reason="spam", details="Again and again."
        )
    chosen = {
        "action": "take_down", "kind": "recording", "subject_id": str(made.id),
        "title": made.title,
    }  # fmt: skip
    return Sample(
        payload={"form": {"reason": "It repeats another recording."}},
        may=ADMIN,
        proof="admin",
        changes=frozenset({"recording", "report", "audit_entry", "job"}),
        at="/admin/reports",
        before=(("ModerationState.choose", chosen),),
    )


@sample("ModerationState.restore")
def _restore(world: World) -> Sample:
    return Sample(
        payload={"recording_id": str(world.taken_down().id)},
        may=ADMIN,
        proof="admin",
        changes=frozenset({"recording", "audit_entry", "job"}),
        at="/admin/reports",
    )
