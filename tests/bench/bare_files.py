"""One file, handed out by Starlette and nothing else: the floor of streaming."""

from __future__ import annotations

import os

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route


async def file(_request: Request) -> FileResponse:
    """Hand it out, by ranges if asked."""
    return FileResponse(os.environ["BENCH_FILE"], media_type="audio/mpeg")


app = Starlette(routes=[Route("/file", file)])
