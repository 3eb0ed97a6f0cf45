"""The least of a tus client, for tests that send what no real client would."""

from __future__ import annotations

import base64
from collections.abc import Iterable

import httpx

URL = "/api/uploads"
SPOKEN = {"Tus-Resumable": "1.0.0"}
PART = {**SPOKEN, "Content-Type": "application/offset+octet-stream"}


def metadata(kind: str, filename: str | bytes = "rust.wav") -> str:
    """What a client says about the file, as one header."""
    name = filename if isinstance(filename, bytes) else filename.encode("utf-8", "surrogatepass")
    pairs = {"filename": name, "kind": kind.encode()}
    return ",".join(f"{k} {base64.b64encode(v).decode()}".strip() for k, v in pairs.items())


def announcing(kind: str, count: object, filename: str = "rust.wav") -> dict[str, str]:
    """The headers that announce a file."""
    return {**SPOKEN, "Upload-Length": str(count), "Upload-Metadata": metadata(kind, filename)}


def begin(
    web: httpx.Client, kind: str, count: object, filename: str = "rust.wav"
) -> httpx.Response:
    """Announce a file; its address is the `location` of the answer."""
    return web.post(URL, headers=announcing(kind, count, filename))


def patch(
    web: httpx.Client, address: str, offset: object, content: bytes | Iterable[bytes]
) -> httpx.Response:
    """Send a part."""
    return web.patch(address, content=content, headers={**PART, "Upload-Offset": str(offset)})


def head(web: httpx.Client, address: str) -> httpx.Response:
    """Ask where it stands."""
    return web.head(address, headers=SPOKEN)


def delete(web: httpx.Client, address: str) -> httpx.Response:
    """End it."""
    return web.delete(address, headers=SPOKEN)
