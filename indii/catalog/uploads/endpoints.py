"""Uploads over HTTP: announce, send part by part, ask, cancel.

`POST /api/uploads` {kind, filename, bytes} · `PUT /api/uploads/{id}?offset=N` with the bytes as
body · `GET` · `DELETE`. A part is streamed to the disk in pieces, so memory does not grow with it.
Every answer says how the upload stands: {id, part_bytes, received, bytes, state, message, probe}.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any
from uuid import UUID

import anyio.to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from indii.catalog.uploads import flows
from indii.catalog.uploads.enums import UploadStatus
from indii.catalog.uploads.errors import FileRefused, PartConflict, TooLarge, UploadNotFound
from indii.catalog.uploads.flows import Part
from indii.catalog.uploads.queries import UploadView
from indii.catalog.uploads.rules import PART_BYTES
from indii.kernel import edge
from indii.kernel.errors import IndiiError
from indii.kernel.ids import require_id

PIECE = 1024 * 1024
MAX_BODY = 4096
# A check that takes longer goes on in the background; the browser asks again.
CHECK_WAIT_S = 8.0
PROBE_NAMES = ("format", "duration_ms", "sample_rate", "channels", "bit_depth", "line")

_checks: set[asyncio.Task[Any]] = set()

Handler = Callable[[Request], Awaitable[Response]]


def _translate_errors(handler: Handler) -> Handler:
    """Answer refusals as JSON with `message`, which the uploader shows beside the file."""

    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except IndiiError as error:
            words = {"message": error.message, "error": error.message, "field": error.field}
            return JSONResponse(words, int(error.status))

    return answer


def _json(upload: UploadView, status: int = HTTPStatus.OK) -> JSONResponse:
    is_checking = upload.state == UploadStatus.RECEIVING and upload.is_complete
    return JSONResponse(
        {
            "id": str(upload.id),
            "kind": upload.kind,
            "filename": upload.filename,
            "bytes": upload.bytes,
            "received": upload.received,
            "part_bytes": PART_BYTES,
            "state": "checking" if is_checking else upload.state,
            "message": upload.refusal,
            "probe": {k: upload.facts[k] for k in PROBE_NAMES if upload.facts.get(k)},
        },
        status,
    )


def _upload(request: Request) -> UUID:
    return require_id(request.path_params["upload_id"], UploadNotFound)


@_translate_errors
async def begin(request: Request) -> Response:
    """Announce a file."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise TooLarge("Announce the file first; its bytes follow in parts.")
    try:
        wanted = json.loads(body)
        kind, filename, count = wanted["kind"], wanted["filename"], wanted["bytes"]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise IndiiError("Say kind, filename and bytes.") from error
    if not (isinstance(kind, str) and isinstance(filename, str) and type(count) is int):
        raise IndiiError("Say kind, filename and bytes.")
    upload = await edge.run(flows.begin, kind=kind, filename=filename, count=count)
    return _json(upload, HTTPStatus.CREATED)


@_translate_errors
async def put_part(request: Request) -> Response:
    """Take the next part; 409 says where the upload really stands."""
    upload_id = _upload(request)
    upload = await edge.run(flows.find, upload_id=upload_id)
    offset = _offset(request)
    _check_length(request, upload, offset)
    try:
        part = await edge.run(flows.open_part, upload_id=upload_id, offset=offset)
    except PartConflict:
        return await _standing(upload_id, HTTPStatus.CONFLICT)
    try:
        refusal = await _receive(request, part)
    except BaseException:
        # Cut off in the middle: nothing is acknowledged, but the lock must go.
        part.close()
        raise
    upload = await edge.run(flows.close_part, upload_id=upload_id, part=part)
    if refusal is not None:
        raise refusal
    if upload.is_complete:
        upload = await _checked(upload)
    return _json(upload)


def _offset(request: Request) -> int:
    text = request.query_params.get("offset", "")
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise IndiiError("Say from which byte on the part goes: ?offset=0")
    return int(text)


def _check_length(request: Request, upload: UploadView, offset: int) -> None:
    length = request.headers.get("content-length", "")
    if length.isdecimal() and offset + int(length) > upload.bytes:
        raise TooLarge("More bytes arrived than were announced.")


async def _receive(request: Request, part: Part) -> IndiiError | None:
    """Write the body in pieces; what came before a break or a refusal counts."""
    held = bytearray()
    refusal: IndiiError | None = None
    try:
        async for chunk in request.stream():
            held += chunk
            if len(held) >= PIECE:
                await anyio.to_thread.run_sync(part.write, bytes(held))
                held.clear()
        await anyio.to_thread.run_sync(part.write, bytes(held))
    except ClientDisconnect:
        await anyio.to_thread.run_sync(part.write, bytes(held))
    except TooLarge as error:
        refusal = error
    except OSError:
        refusal = FileRefused("The server could not write the file. Please try again later.")
        refusal.status = HTTPStatus.INSUFFICIENT_STORAGE
    return refusal


async def _checked(upload: UploadView) -> UploadView:
    """Have the whole file looked into; wait a little for the outcome."""
    check = asyncio.create_task(edge.run(flows.check_upload, upload_id=upload.id))
    _checks.add(check)
    check.add_done_callback(_forget)
    done, _ = await asyncio.wait({check}, timeout=CHECK_WAIT_S)
    return check.result() if done else upload


def _forget(check: "asyncio.Task[Any]") -> None:
    _checks.discard(check)
    # The edge has logged what went wrong; a question not asked again must not warn.
    if not check.cancelled():
        check.exception()


async def _standing(upload_id: UUID, status: int) -> Response:
    upload = await edge.run(flows.find, upload_id=upload_id)
    if upload.state in {UploadStatus.CANCELLED, UploadStatus.USED}:
        raise UploadNotFound
    return _json(upload, status)


@_translate_errors
async def find(request: Request) -> Response:
    """Say how an upload stands; a check that a restart cut short is taken up again."""
    upload = await edge.run(flows.find, upload_id=_upload(request))
    if upload.state in {UploadStatus.CANCELLED, UploadStatus.USED}:
        raise UploadNotFound
    if upload.state == UploadStatus.RECEIVING and upload.is_complete:
        upload = await _checked(upload)
    return _json(upload)


@_translate_errors
async def cancel(request: Request) -> Response:
    """End an upload and remove its bytes."""
    await edge.run(flows.cancel, upload_id=_upload(request))
    return Response(status_code=HTTPStatus.NO_CONTENT)


routes = [
    Route("/api/uploads", begin, methods=["POST"]),
    Route("/api/uploads/{upload_id}", find, methods=["GET"]),
    Route("/api/uploads/{upload_id}", put_part, methods=["PUT"]),
    Route("/api/uploads/{upload_id}", cancel, methods=["DELETE"]),
]
