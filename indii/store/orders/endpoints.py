"""Webhooks of the payment network."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from indii.kernel import edge
from indii.kernel.bodies import read_body
from indii.kernel.errors import IndiiError
from indii.kernel.logging import log
from indii.ports.errors import WebhookRefused
from indii.store.orders import flows

MAX_BODY = 1_000_000


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
