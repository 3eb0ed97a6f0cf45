"""A range of a file for a player that seeks: its first piece is read where the look-up runs anyway.

Every trip to a thread costs as much as the look-up itself, and a player seeks in small pieces.
What is rarer (several ranges, conditions, no range at all) is left to Starlette's `FileResponse`.
"""

import asyncio
import os
import re
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path

import anyio.to_thread
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

PIECE = 256 * 1024
_ONE_RANGE = re.compile(r"bytes=(\d{1,15})-(\d{0,15})")


def plain_range(request: Request) -> str:
    """Return the request's Range header if nothing else has to be considered, else ""."""
    if request.method != "GET" or "if-range" in request.headers:
        return ""
    return request.headers.get("range", "")


@dataclass(frozen=True, slots=True)
class Span:
    """The bytes of `path` from `start` up to `end`, of which `first` are read already."""

    path: Path
    start: int
    end: int
    size: int
    modified: float
    first: bytes


def open_span(path: Path, wanted: str) -> Span | None:
    """Return what a Range header asks for, None if it is not one range inside the file."""
    asked = _ONE_RANGE.fullmatch(wanted)
    if asked is None:
        return None
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        found = os.fstat(descriptor)
        start = int(asked[1])
        end = min(int(asked[2]) + 1, found.st_size) if asked[2] else found.st_size
        if start >= end:
            return None
        first = os.pread(descriptor, min(PIECE, end - start), start)
    finally:
        os.close(descriptor)
    return Span(path, start, end, found.st_size, found.st_mtime, first)


def _read(path: Path, start: int, count: int) -> bytes:
    with path.open("rb", buffering=0) as file:
        return os.pread(file.fileno(), count, start)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class SpanResponse(Response):
    """Sends a span, piece by piece, until whoever asked has gone."""

    def __init__(self, span: Span, *, media_type: str, headers: dict[str, str]) -> None:
        super().__init__(status_code=206, media_type=media_type, headers=headers)
        self._span = span
        own = MutableHeaders(raw=self.raw_headers)
        own["accept-ranges"] = "bytes"
        own["content-length"] = str(span.end - span.start)
        own["content-range"] = f"bytes {span.start}-{span.end - 1}/{span.size}"
        own["last-modified"] = formatdate(span.modified, usegmt=True)

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Send what is read already, then the rest."""
        span, at = self._span, self._span.start + len(self._span.first)
        start = {"type": "http.response.start", "status": 206, "headers": self.raw_headers}
        await send(start)
        more = {"type": "http.response.body", "body": span.first, "more_body": at < span.end}
        await send(more)
        if at >= span.end:
            return
        gone = asyncio.ensure_future(_gone(receive))
        try:
            while at < span.end and not gone.done():
                piece = await anyio.to_thread.run_sync(
                    _read, span.path, at, min(PIECE, span.end - at)
                )
                # A file that ends early ends the answer early, never in a loop.
                at = at + len(piece) if piece else span.end
                more = {"type": "http.response.body", "body": piece, "more_body": at < span.end}
                await send(more)
        finally:
            gone.cancel()
