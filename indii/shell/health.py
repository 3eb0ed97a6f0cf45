"""Is the house well: `/healthz` for load balancers, `/metrics` for Prometheus."""

import hmac
from typing import Any

from redis import Redis
from redis.exceptions import RedisError
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from indii.kernel import edge, metrics
from indii.settings import settings

WORKER_ALIVE = "indii:worker:alive"


def check() -> dict[str, str]:
    """Return what each dependency answers: `ok` or what is wrong."""
    found: dict[str, str] = {}
    trouble = edge.runtime().database_trouble()
    found["database"] = f"unreachable ({trouble})" if trouble else "ok"
    try:
        redis = Redis.from_url(settings().redis(), socket_timeout=1, socket_connect_timeout=1)
        alive = redis.get(WORKER_ALIVE)
        found["redis"] = "ok"
        found["worker"] = "ok" if alive else "no worker has reported for 15 seconds"
    except RedisError as error:
        found["redis"] = f"unreachable ({type(error).__name__})"
        found["worker"] = "unknown without Redis"
    return found


async def healthz(_request: Request) -> Response:
    """Answer 200 when everything is well, 503 with the reasons when not."""
    found = await edge.in_thread(check)
    well = all(answer == "ok" for answer in found.values())
    return JSONResponse(found, 200 if well else 503, headers={"cache-control": "no-store"})


async def metrics_page(request: Request) -> Response:
    """Answer in Prometheus text format; outside development only with the operator's token."""
    config = settings()
    if config.environment != "development" or config.metrics_token:
        expected = config.metrics_token.get_secret_value() if config.metrics_token else ""
        shown = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not expected or not hmac.compare_digest(shown.encode(), expected.encode()):
            return PlainTextResponse("A bearer token is needed.\n", 401)
    body = await edge.in_thread(metrics.exposition)
    return Response(body, media_type="text/plain; version=0.0.4")


routes: list[Any] = [Route("/healthz", healthz), Route("/metrics", metrics_page)]
