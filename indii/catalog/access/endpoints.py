"""Previews, covers, waveforms, own files, and the count of plays, over HTTP.

The state of a recording is looked up for every request: a takedown stops all of this at once.
"""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from indii.catalog.access import flows, queries
from indii.catalog.access.errors import NoSuchLink
from indii.catalog.access.queries import SMALL_PX
from indii.catalog.recordings.enums import FileKind
from indii.catalog.recordings.errors import RecordingNotFound
from indii.kernel import edge
from indii.kernel.bodies import read_json
from indii.kernel.byte_ranges import SpanResponse, plain_range
from indii.kernel.errors import IndiiError
from indii.kernel.flash import see_other
from indii.kernel.ids import require_id

# Short, so that a browser's own copy does not outlive a takedown for long.
SHORT = "private, max-age=60"
# A cover's address changes with its content.
LONG = "private, max-age=86400"
MAX_BODY = 2048


class MediaResponse(FileResponse):
    """A file in pieces so large that a song costs few trips to a thread."""

    chunk_size = 256 * 1024


def _recording(request: Request) -> UUID:
    return require_id(request.path_params["recording_id"], RecordingNotFound)


def _unchanged(request: Request, etag: str) -> bool:
    """Whether the browser's copy is still right; a Range asks for bytes whatever it holds."""
    return "range" not in request.headers and etag in request.headers.get("if-none-match", "")


def _answer(request: Request, source: flows.Source, *, cache: str) -> Response:
    etag = f'"{source.file.tag}"'
    headers = {"etag": etag, "cache-control": cache}
    if source.path is None:
        return RedirectResponse(source.url, 302, headers={"cache-control": "no-store"})
    if _unchanged(request, etag):
        return Response(status_code=304, headers=headers)
    if source.span is not None:
        return SpanResponse(source.span, media_type=source.file.content_type, headers=headers)
    return MediaResponse(source.path, media_type=source.file.content_type, headers=headers)


async def preview(request: Request) -> Response:
    """Stream the preview, by ranges if asked."""
    recording_id = _recording(request)
    wanted = plain_range(request)
    source = await edge.run(flows.preview, recording_id=recording_id, wanted=wanted)
    return _answer(request, source, cache=SHORT)


async def cover(request: Request) -> Response:
    """Show the uploaded picture, or the cover that the sound drew."""
    recording_id = _recording(request)
    side = SMALL_PX if request.query_params.get("size") == str(SMALL_PX) else 640
    found, source = await edge.run(flows.cover, recording_id=recording_id, side=side)
    if source is not None:
        return _answer(request, source, cache=LONG)
    headers = {
        "etag": f'"{found.tag}"',
        "cache-control": LONG,
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
    }
    if _unchanged(request, headers["etag"]):
        return Response(status_code=304, headers=headers)
    return Response(found.svg, media_type="image/svg+xml", headers=headers)


async def peaks(request: Request) -> Response:
    """Return the waveform, one byte a value, 255 the loudest."""
    recording_id = _recording(request)
    values = await edge.fetch(queries.peaks_of, recording_id)
    headers = {"cache-control": SHORT}
    return Response(values, media_type="application/octet-stream", headers=headers)


async def signed_file(request: Request) -> Response:
    """Hand out the file behind a signed, expiring address."""
    found = await edge.run(flows.signed_file, token=request.path_params["token"])
    return MediaResponse(
        found.path,
        media_type=found.content_type,
        filename=found.filename,
        headers={"cache-control": "private, no-store"},
    )


async def own_file(request: Request) -> Response:
    """Send a producer to a file of their own recording, as they uploaded it."""
    kind = request.path_params["kind"]
    if kind not in set(FileKind):
        raise NoSuchLink
    recording_id = _recording(request)
    url = await edge.run(flows.own_link, recording_id=recording_id, kind=FileKind(kind))
    return see_other(url)


async def own_voice_tag(_request: Request) -> Response:
    """Send a producer to their voice tag."""
    url = await edge.run(flows.own_voice_tag_link)
    return see_other(url)


async def record_play(request: Request) -> Response:
    """Count thirty seconds that were really heard."""
    try:
        recording_id = UUID((await read_json(request, most_bytes=MAX_BODY))["id"])
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise IndiiError("This is not a play.") from error
    counted = await edge.run(flows.record_play, recording_id=recording_id)
    return JSONResponse({"counted": counted})


routes = [
    Route("/media/preview/{recording_id}", preview),
    Route("/media/cover/{recording_id}", cover),
    Route("/media/peaks/{recording_id}", peaks),
    Route("/files/{token}", signed_file),
    Route("/api/own/voice-tag", own_voice_tag),
    Route("/api/own/{recording_id}/{kind}", own_file),
    Route("/api/plays", record_play, methods=["POST"]),
]
