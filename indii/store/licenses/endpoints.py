"""The papers of bought licenses over HTTP."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from indii.kernel import edge
from indii.kernel.flash import see_other
from indii.kernel.ids import require_id
from indii.store.licenses import flows
from indii.store.orders.errors import OrderNotFound


async def certificate(request: Request) -> Response:
    """Send a buyer to the certificate of a license that they bought."""
    certificate_id = require_id(request.path_params["certificate_id"], OrderNotFound)
    return see_other(await edge.run(flows.certificate_link, certificate_id=certificate_id))


routes = [Route("/api/orders/certificates/{certificate_id}", certificate)]
