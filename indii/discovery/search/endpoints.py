"""First HTML of explore, and suggestions for the command menu."""

from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from indii.discovery.search import queries
from indii.discovery.search.queries import suggest
from indii.discovery.search.rules import parse
from indii.kernel import edge
from indii.kernel.context import ReadCtx
from indii.kernel.ssr import SsrPage, SsrRequest, SsrRoute


def explore(ctx: ReadCtx, asked: SsrRequest) -> SsrPage:
    """Return the answer to the question in the address as HTML."""
    view = queries.explore_page(ctx, parse(asked.query.multi_items()))
    names = [chip.label for chip in view.chips]
    title = f"{', '.join(names)} · Indii" if names else "Explore recordings · Indii"
    return SsrPage(
        title=title,
        description=f"{view.total} {view.noun} by independent producers, with tempo, key, price.",
        path="/explore",
        state={"page": view, "is_ready": True},
        json_ld={
            "@context": "https://schema.org",
            "@type": "ItemList",
            "numberOfItems": len(view.rows),
            "itemListElement": [
                {
                    "@type": "ListItem",
                    "position": position,
                    "name": row.title,
                    "url": f"/recording/{row.slug}",
                }
                for position, row in enumerate(view.rows, 1)
            ],
        },
    )


ssr_routes = (SsrRoute("/explore", explore, takes_over="explore"),)


async def suggestions(request: Request) -> Response:
    """Answer what the command menu asks while somebody types."""
    found = await edge.fetch(suggest, request.query_params.get("q", ""))
    return JSONResponse([asdict(s) for s in found], headers={"cache-control": "no-store"})


routes = [Route("/api/suggest", suggestions)]
