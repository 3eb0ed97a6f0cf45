"""First HTML of home, recording and producer; sitemap and robots."""

from typing import Any
from xml.sax.saxutils import escape

from sqlalchemy import select
from sqlmodel import col
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from indii.catalog.recordings.models import Recording
from indii.discovery.browse import queries
from indii.kernel import edge
from indii.kernel.context import ReadCtx
from indii.kernel.format import exponent
from indii.kernel.ssr import SsrPage, SsrRequest, SsrRoute

SITEMAP_LIMIT = 50_000


def home(ctx: ReadCtx, _asked: SsrRequest) -> SsrPage:
    """Return the front page as HTML."""
    view = queries.home_page(ctx)
    return SsrPage(
        title="Indii: independent music, licensed directly",
        description=f"{view.recordings} by independent producers. Hear them, find more by how "
        "they sound, and see what each license allows.",
        path="/",
        state={"page": view, "is_ready": True},
        json_ld={"@context": "https://schema.org", "@type": "WebSite", "name": "Indii"},
    )


def recording(ctx: ReadCtx, asked: SsrRequest) -> SsrPage:
    """Return one recording as HTML, with its price for search engines."""
    view = queries.recording_page(ctx, asked.params["slug"])
    facts = view.facts
    assert facts is not None
    row = facts.row
    parts = [facts.genre, f"{row.bpm} bpm" if row.bpm else "", row.key_name, row.price_label]
    return SsrPage(
        title=f"{row.title} by {row.producer_name} · Indii",
        description=f"{row.title} by {row.producer_name}: {', '.join(p for p in parts if p)}.",
        path=f"/recording/{row.slug}",
        og_type="music.song",
        image=row.cover_url,
        state={"page": view, "is_ready": True},
        json_ld=_product(view, facts),
        preload=(row.cover_url,),
    )


def _product(view: queries.RecordingPage, facts: Any) -> dict[str, Any]:
    row = facts.row
    found: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": ["MusicRecording", "Product"],
        "name": row.title,
        "byArtist": {"@type": "MusicGroup", "name": row.producer_name},
        "genre": facts.genre,
        "duration": f"PT{facts.duration_ms // 1000}S",
        "url": f"/recording/{row.slug}",
        "image": row.cover_url,
        "datePublished": facts.published_at[:10],
    }
    if facts.price_from_minor is not None:
        digits = exponent(facts.currency)
        found["offers"] = {
            "@type": "AggregateOffer",
            "lowPrice": f"{facts.price_from_minor / 10**digits:.{digits}f}",
            "priceCurrency": facts.currency,
            "offerCount": len(view.tiers),
            "availability": "https://schema.org/InStock",
        }
    return found


def producer(ctx: ReadCtx, asked: SsrRequest) -> SsrPage:
    """Return one producer as HTML."""
    after = asked.query.get("after", "")
    view = queries.producer_page(ctx, asked.params["slug"], after=after)
    profile = view.profile
    assert profile is not None
    return SsrPage(
        title=f"{profile.name} · Indii",
        description=profile.bio or f"{view.total} by {profile.name} on Indii.",
        path=f"/producer/{profile.slug}",
        og_type="profile",
        image=profile.avatar or "/og.png",
        state={"page": view, "is_ready": True},
        json_ld={
            "@context": "https://schema.org",
            "@type": "MusicGroup",
            "name": profile.name,
            "description": profile.bio,
            "url": f"/producer/{profile.slug}",
        },
    )


ssr_routes = (
    SsrRoute("/", home, takes_over="index"),
    SsrRoute("/recording/{slug}", recording, takes_over="__spa-fallback"),
    SsrRoute("/producer/{slug}", producer, takes_over="__spa-fallback"),
)


def live_slugs(ctx: ReadCtx) -> list[str]:
    """Return the newest live recordings' slugs, as many as a sitemap may hold."""
    statement = select(col(Recording.slug)).where(col(Recording.state) == "live")
    newest = statement.order_by(col(Recording.published_at).desc()).limit(SITEMAP_LIMIT)
    return list(ctx.db.scalars(newest))


async def sitemap(_request: Request) -> Response:
    """Answer every public address."""
    origin = edge.runtime().site.public_url
    paths = ["/", "/explore", *(f"/recording/{s}" for s in await edge.fetch(live_slugs))]
    urls = "".join(f"<url><loc>{escape(origin + path)}</loc></url>" for path in paths)
    document = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'
    )
    return Response(document, media_type="application/xml")


async def robots(_request: Request) -> Response:
    """Answer what crawlers should leave alone."""
    origin = edge.runtime().site.public_url
    rules = "User-agent: *\nDisallow: /api/\nDisallow: /auth/\nDisallow: /studio\nDisallow: /admin/"
    return PlainTextResponse(f"{rules}\nSitemap: {origin}/sitemap.xml\n")


routes = [
    Route("/sitemap.xml", sitemap),
    Route("/robots.txt", robots),
]
