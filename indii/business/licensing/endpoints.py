"""The certificate's document, and the first HTML of the page that says whether it counts."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from indii.business.licensing import flows, queries
from indii.business.licensing.errors import CertificateNotFound
from indii.business.licensing.rules import read_certificate_id
from indii.kernel import edge
from indii.kernel.context import ReadCtx
from indii.kernel.flash import see_other
from indii.kernel.ssr import SsrPage, SsrRequest, SsrRoute


def certificate(ctx: ReadCtx, asked: SsrRequest) -> SsrPage:
    """Return what a certificate says today as HTML; an unknown one is a 404 with its own words."""
    number = asked.params["certificate"]
    view = queries.certificate_view(ctx, read_certificate_id(number))
    is_known = view.status != "unknown"
    return SsrPage(
        title="License certificate · Indii" if is_known else "No such certificate · Indii",
        description="Whether this license is in force, and what it grants.",
        path=f"/verify/{view.id}" if is_known else "/verify",
        state={"page": view, "is_ready": True, "is_missing": not is_known},
        status=200 if is_known else 404,
    )


ssr_routes = (SsrRoute("/verify/{certificate}", certificate, takes_over="__spa-fallback"),)


async def document(request: Request) -> Response:
    """Send the buyer, the seller or an administrator to the PDF."""
    number = request.path_params["certificate"]
    certificate_id = read_certificate_id(number)
    if certificate_id is None:
        raise CertificateNotFound
    url = await edge.run(flows.certificate_link, certificate_id=certificate_id)
    return see_other(url)


routes = [Route("/api/certificates/{certificate}.pdf", document)]
