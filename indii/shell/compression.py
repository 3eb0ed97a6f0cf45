"""Which content coding a client accepts, and a document in it."""

import gzip
from collections.abc import Mapping

import brotli
from starlette.responses import Response

#: Ours, the best first. Levels for a document that is written at each request.
CODINGS = ("br", "gzip")
BROTLI_QUALITY, GZIP_LEVEL = 4, 5


def preferred_coding(accepted: str) -> str:
    """Return the coding of ours that an Accept-Encoding header likes best, "" for none."""
    weights = _weights(accepted)
    rest = weights.get("*", 0.0)
    best = max(CODINGS, key=lambda coding: weights.get(coding, rest))
    return best if weights.get(best, rest) > 0 else ""


def _weights(accepted: str) -> Mapping[str, float]:
    """Return how much each coding is wanted; what cannot be read is not wanted."""
    found = {}
    for part in accepted.lower().split(","):
        coding, _, parameters = part.partition(";")
        name, _, value = parameters.strip().partition("=")
        try:
            weight = float(value) if name.strip() == "q" else 1.0
        except ValueError:
            weight = 0.0
        found[coding.strip()] = weight
    return found


def compressed(document: str, status: int, accepted: str) -> Response:
    """Return a document that belongs to one viewer, in the best coding that they accept."""
    body = document.encode()
    headers = {"cache-control": "private, no-cache", "vary": "accept-encoding"}
    coding = preferred_coding(accepted)
    if coding == "br":
        body = brotli.compress(body, mode=brotli.MODE_TEXT, quality=BROTLI_QUALITY)
    elif coding == "gzip":
        body = gzip.compress(body, GZIP_LEVEL, mtime=0)
    if coding:
        headers["content-encoding"] = coding
    return Response(body, status, headers, media_type="text/html")
