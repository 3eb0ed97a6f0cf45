"""Webhooks of the payment network, and the step to its page."""

import html

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from indii.kernel import edge
from indii.kernel.bodies import read_body
from indii.kernel.errors import IndiiError
from indii.kernel.logging import log
from indii.ports.errors import WebhookRefused
from indii.store.orders import flows

MAX_BODY = 1_000_000

# A form's own redirect must stay on this site by our policy, so this page takes the next step.
_LEAVING = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>To the payment page · Indii</title>
<meta name="robots" content="noindex"><meta name="color-scheme" content="dark light">
<meta http-equiv="refresh" content="0;url={url}"></head>
<body><p>Taking you to the payment page. <a href="{url}">Continue</a></p></body></html>"""
_CSP = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"


def leave_for(url: str) -> Response:
    """Take a browser from a form of ours to the payment page."""
    return HTMLResponse(
        _LEAVING.format(url=html.escape(url, quote=True)),
        headers={"cache-control": "no-store", "content-security-policy": _CSP},
    )


async def stripe(request: Request) -> Response:
    """Keep what Stripe says and answer at once; it is worked off afterwards.

    Anything but 2xx makes Stripe tell it again for days, so only what nobody signed is refused
    for good.
    """
    body = await read_body(request, most_bytes=MAX_BODY)
    signature = request.headers.get("stripe-signature", "")
    try:
        await edge.run(flows.receive_webhook, body=body, signature=signature)
    except IndiiError as error:
        if isinstance(error.__cause__, WebhookRefused):
            log.warning("webhook_refused", why=error.message)
            return JSONResponse({"error": error.message}, 400)
        return JSONResponse({"error": "try again"}, 503)
    return JSONResponse({"received": True})


routes = [Route("/webhooks/stripe", stripe, methods=["POST"])]
