"""A refusal as an answer: JSON for our own scripts, a page in words for a person."""

import html

from starlette.responses import HTMLResponse, JSONResponse, Response

from indii.kernel.errors import IndiiError

_PAGE = """<!doctype html>
<html lang="en" class="dark"><head><meta charset="utf-8"><title>That did not work · Indii</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><link rel="icon" href="/favicon.svg">
<link rel="stylesheet" href="/tokens.css"><link rel="stylesheet" href="/external/indii.css"></head>
<body><div class="frame frame-plain"><header class="plain-head">
<a class="brand" href="/" aria-label="Indii"><i></i><span>indii</span></a></header>
<main class="main"><div class="empty"><h1>That did not work</h1><p>{text}</p>
<p>Go back and try again, or go to the home page.</p>
<a class="btn btn-go" href="/">Go to the home page</a></div></main></div></body></html>"""


def refusal(error: IndiiError, accepted: str) -> Response:
    """Return the refusal with its status: `{error, field}`, or a page where one is asked for.

    `accepted` is the request's Accept header: browsers name text/html when they open a document.
    """
    status = int(error.status)
    if "text/html" in accepted:
        page = _PAGE.format(text=html.escape(error.message))
        return HTMLResponse(page, status, headers={"cache-control": "no-store"})
    return JSONResponse({"error": error.message, "field": error.field}, status)
