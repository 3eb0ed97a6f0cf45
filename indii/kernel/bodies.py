"""What a request may carry in its body, counted while it arrives."""

import json
from http import HTTPStatus
from typing import Any

from starlette.requests import Request

from indii.kernel.errors import IndiiError


class BodyTooLarge(IndiiError):
    """More bytes came than this address takes."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE

    def __init__(self) -> None:
        super().__init__("This request is too large.")


def announced_length(request: Request) -> int | None:
    """Return how many bytes the request says it carries, None if it says nothing sensible."""
    length = request.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdecimal() and len(length) < 16 else None


async def read_body(request: Request, *, most_bytes: int) -> bytes:
    """Return the whole body.

    Raises:
        BodyTooLarge: before a byte was read if it says so itself, else as soon as it shows.
    """
    if (announced_length(request) or 0) > most_bytes:
        raise BodyTooLarge
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most_bytes:
            raise BodyTooLarge
    return bytes(body)


async def read_json(request: Request, *, most_bytes: int) -> Any:
    """Return what the body says in JSON.

    Raises:
        BodyTooLarge: it has more bytes.
        ValueError: it is no JSON, or nested too deep.
    """
    body = await read_body(request, most_bytes=most_bytes)
    try:
        return json.loads(body)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
