"""Uploads over HTTP: tus 1.0 with creation, checksum, expiration and termination.

`POST /api/uploads` announces a file (`Upload-Length`, and `kind` and `filename` as
`Upload-Metadata`); `HEAD`, `PATCH` and `DELETE` of its address go on as the protocol says. What
tus has no word for, how the check of the content goes, is ours: `GET` answers {id, kind, filename,
bytes, received, state, progress, message, probe}. A part is streamed to the disk in pieces, so
memory does not grow with it.
"""

import asyncio
import base64
import binascii
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from email.utils import format_datetime
from http import HTTPStatus
from uuid import UUID

import anyio.to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from indii.catalog.uploads import flows
from indii.catalog.uploads.enums import UploadStatus
from indii.catalog.uploads.errors import (
    ChecksumMismatch,
    FileRefused,
    PartConflict,
    TooLarge,
    UploadNotFound,
)
from indii.catalog.uploads.flows import Part
from indii.catalog.uploads.queries import UploadView
from indii.catalog.uploads.rules import (
    CHECK_FAILED,
    MOST_BYTES,
    MOST_PART_BYTES,
    PIECE_BYTES,
    Checksum,
)
from indii.kernel import edge
from indii.kernel.bodies import announced_length
from indii.kernel.errors import IndiiError
from indii.kernel.ids import require_id

VERSION = "1.0.0"
EXTENSIONS = "creation,checksum,expiration,termination"
ALGORITHMS = ("sha1", "sha256", "md5")
PART_TYPE = "application/offset+octet-stream"
CHECKSUM_MISMATCH = 460
METADATA_LENGTH = 4096
# A connection that says nothing for so long is dead, and its lock must not outlive it.
SILENCE_S = 20.0
PROBE_NAMES = ("format", "duration_ms", "sample_rate", "channels", "bit_depth", "line")

Handler = Callable[[Request], Awaitable[Response]]


class ProtocolViolation(IndiiError):
    """A header is missing or is not what tus says it should be."""

    status = HTTPStatus.BAD_REQUEST


def _refused(error: IndiiError) -> Response:
    words = {"message": error.message, "error": error.message, "field": error.field}
    is_damaged = isinstance(error, ChecksumMismatch)
    answer = JSONResponse(words, CHECKSUM_MISMATCH if is_damaged else int(error.status))
    if isinstance(error, PartConflict) and error.offset is not None:
        answer.headers["upload-offset"] = str(error.offset)
    return answer


def _dispatch(handlers: Mapping[str, Handler]) -> Handler:
    """Answer by the method that is meant, in the one version of tus that is spoken here."""

    async def answer(request: Request) -> Response:
        method = request.method
        if method == "POST":
            method = request.headers.get("x-http-method-override", method).upper()
        handler = handlers.get(method)
        if handler is None:
            allowed = {"allow": ", ".join(handlers), "tus-resumable": VERSION}
            return Response(status_code=HTTPStatus.METHOD_NOT_ALLOWED, headers=allowed)
        speaks = request.headers.get("tus-resumable")
        if method not in {"OPTIONS", "GET"} and speaks != VERSION:
            known = {"tus-version": VERSION, "tus-resumable": VERSION}
            return Response(status_code=HTTPStatus.PRECONDITION_FAILED, headers=known)
        try:
            made = await handler(request)
        except IndiiError as error:
            made = _refused(error)
        made.headers["tus-resumable"] = VERSION
        return made

    return answer


def _upload(request: Request) -> UUID:
    return require_id(request.path_params["upload_id"], UploadNotFound)


def _number(request: Request, name: str) -> int:
    text = request.headers.get(name, "")
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise ProtocolViolation(f"{name} must be a whole number that is not negative.")
    return int(text)


def _decoded(value: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ProtocolViolation("A header is not Base64.") from error


def _metadata(request: Request) -> Mapping[str, str]:
    """Return the `Upload-Metadata` that is text."""
    said = request.headers.get("upload-metadata", "")
    if len(said) > METADATA_LENGTH:
        raise TooLarge(f"Upload-Metadata may have {METADATA_LENGTH} characters.")
    found: dict[str, str] = {}
    for pair in said.split(",") if said.strip() else ():
        key, _, value = pair.strip().partition(" ")
        if not key or key in found:
            raise ProtocolViolation("Upload-Metadata has an empty or repeated key.")
        try:
            found[key] = _decoded(value.strip()).decode()
        except UnicodeDecodeError as error:
            raise ProtocolViolation(f"The {key[:20]} in Upload-Metadata is no UTF-8.") from error
    return found


def _expires(upload: UploadView) -> Mapping[str, str]:
    if upload.state != UploadStatus.RECEIVING:
        return {}
    return {"upload-expires": format_datetime(upload.expires_at, usegmt=True)}


async def options(_request: Request) -> Response:
    """Say what of tus is spoken here."""
    said = {
        "tus-version": VERSION,
        "tus-extension": EXTENSIONS,
        "tus-max-size": str(MOST_BYTES),
        "tus-checksum-algorithm": ",".join(ALGORITHMS),
    }
    return Response(status_code=HTTPStatus.NO_CONTENT, headers=said)


async def begin(request: Request) -> Response:
    """Announce a file; its bytes follow by PATCH."""
    if announced_length(request) or "transfer-encoding" in request.headers:
        raise TooLarge("Announce the file first; its bytes follow in parts.")
    if "upload-defer-length" in request.headers:
        raise ProtocolViolation("Say at once how long the file is.")
    count, said = _number(request, "Upload-Length"), _metadata(request)
    kind, filename = said.get("kind", ""), said.get("filename", "")
    upload = await edge.run(flows.begin, kind=kind, filename=filename, count=count)
    address = {"location": f"/api/uploads/{upload.id}"}
    return Response(status_code=HTTPStatus.CREATED, headers={**address, **_expires(upload)})


async def head(request: Request) -> Response:
    """Say where the upload stands."""
    upload, held = await edge.run(flows.standing, upload_id=_upload(request))
    said = {
        "upload-offset": str(held),
        "upload-length": str(upload.bytes),
        "cache-control": "no-store",
    }
    return Response(headers={**said, **_expires(upload)})


async def patch(request: Request) -> Response:
    """Take the next part; what came before a break counts, unless it carries a checksum."""
    upload_id = _upload(request)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != PART_TYPE:
        message = f"A part is sent as {PART_TYPE}."
        return JSONResponse({"message": message}, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    offset, checksum = _number(request, "Upload-Offset"), _checksum(request)
    length = announced_length(request)
    if (length or 0) > MOST_PART_BYTES:
        raise TooLarge(f"Send at most {MOST_PART_BYTES} bytes at once.")
    part = await edge.run(flows.open_part, upload_id=upload_id, offset=offset, checksum=checksum)
    refusal: IndiiError | None = None
    try:
        if offset + (length or 0) > part.upload.bytes:
            raise TooLarge("More bytes arrived than were announced.")
        refusal = await _receive(request, part)
    finally:
        # Also when cut off in the middle: the lock must go, and the last byte may have come.
        with anyio.CancelScope(shield=True):
            await edge.run(flows.close_part, part=part)
    if refusal is not None:
        raise refusal
    said = {"upload-offset": str(part.received), **_expires(part.upload)}
    return Response(status_code=HTTPStatus.NO_CONTENT, headers=said)


def _checksum(request: Request) -> Checksum | None:
    said = request.headers.get("upload-checksum")
    if said is None:
        return None
    algorithm, _, value = said.strip().partition(" ")
    if algorithm not in ALGORITHMS:
        raise ProtocolViolation(f"Checksums are known as {', '.join(ALGORITHMS)}.")
    return Checksum(algorithm, _decoded(value.strip()))


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    """Yield the body in pieces worth a trip to a thread; its end or a dead line ends them.

    Raises:
        ClientDisconnect: after what had come.
    """
    held, gone = bytearray(), None
    stream = request.stream()
    while gone is None:
        try:
            async with asyncio.timeout(SILENCE_S):
                held += await anext(stream)
        except StopAsyncIteration:
            break
        except (ClientDisconnect, TimeoutError) as error:
            gone = error
        if len(held) >= PIECE_BYTES:
            yield bytes(held)
            held.clear()
    yield bytes(held)
    if gone is not None:
        raise ClientDisconnect from gone


async def _receive(request: Request, part: Part) -> IndiiError | None:
    """Write the body; return why it was not wholly taken."""
    taken = 0
    try:
        async for piece in _pieces(request):
            taken += len(piece)
            if taken > MOST_PART_BYTES:
                return TooLarge(f"Send at most {MOST_PART_BYTES} bytes at once.")
            await anyio.to_thread.run_sync(part.write, piece)
        await anyio.to_thread.run_sync(part.settle)
    except ClientDisconnect:
        return IndiiError("The connection was lost in the middle of a part.")
    except (TooLarge, ChecksumMismatch) as error:
        return error
    except OSError:
        refusal = FileRefused("The server could not write the file. Please try again later.")
        refusal.status = HTTPStatus.INSUFFICIENT_STORAGE
        return refusal
    return None


async def find(request: Request) -> Response:
    """Say how the check of the content goes, and what it found."""
    upload, held, check = await edge.run(flows.verdict, upload_id=_upload(request))
    has_failed = check is not None and check.has_failed
    return JSONResponse(
        {
            "id": str(upload.id),
            "kind": upload.kind,
            "filename": upload.filename,
            "bytes": upload.bytes,
            "received": held,
            "state": UploadStatus.REFUSED if has_failed else upload.state,
            "progress": check.progress if check else 0,
            "message": CHECK_FAILED if has_failed else upload.refusal,
            "probe": {k: upload.facts[k] for k in PROBE_NAMES if upload.facts.get(k)},
        }
    )


async def cancel(request: Request) -> Response:
    """End an upload and remove its bytes."""
    await edge.run(flows.cancel, upload_id=_upload(request))
    return Response(status_code=HTTPStatus.NO_CONTENT)


# One address each, so that X-HTTP-Method-Override reaches every method.
collection = _dispatch({"OPTIONS": options, "POST": begin})
resource = _dispatch(
    {"OPTIONS": options, "HEAD": head, "GET": find, "PATCH": patch, "DELETE": cancel}
)

routes = [
    Route("/api/uploads", collection, methods=["OPTIONS", "POST"]),
    Route(
        "/api/uploads/{upload_id}",
        resource,
        methods=["OPTIONS", "GET", "PATCH", "DELETE", "POST"],
    ),
]
