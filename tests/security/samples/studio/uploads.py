"""Valid calls of the handlers of `studio/uploads`."""

from __future__ import annotations

from tests.security.sampling import Sample, reads, sample
from tests.security.world import World

sample("UploadState.load", lambda w: reads("/studio/upload", w.draft.title, frozenset({"a"})))


@sample("UploadState.watch")
def _watch(_w: World) -> Sample:
    return Sample(at="/studio/upload", before=(("UploadState.load", {}),), lingers_s=2.3)


@sample("UploadState.checked")
def _checked(world: World) -> Sample:
    return Sample(
        payload={"upload_id": str(world.upload())},
        may=frozenset({"a"}),
        changes=frozenset({"recording", "media_file", "upload", "job"}),
        at="/studio/upload",
    )


@sample("UploadState.discard")
def _drop(world: World) -> Sample:
    return Sample(
        payload={"upload_id": str(world.upload())},
        may=frozenset({"a"}),
        changes=frozenset({"upload"}),
        at="/studio/upload",
    )
