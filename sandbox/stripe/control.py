"""The control API: what a test does to the network behind the shop's back. JSON, loopback only."""

import json
import random
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.stripe import payments, refunds, timers
from sandbox.stripe.buyer import Buyer
from sandbox.stripe.cards import ACCOUNTS, digits
from sandbox.stripe.errors import WireError
from sandbox.stripe.instance import Instance
from sandbox.stripe.knobs import Fault, Knobs, UnknownKnob
from sandbox.stripe.payments import Ending, Result
from sandbox.stripe.webhook_sender import WebhookSender

Handler = Callable[[Request], Awaitable[Response]]
LOOPBACK = {"127.0.0.1", "::1", "localhost", "::ffff:127.0.0.1"}
TABLES = "document, delivery, timer, idempotency, setting"
LONGEST_DRAIN_S = 60.0


class Refused(Exception):
    """The control request makes no sense; its message says why."""


class Control:
    """The handlers of `/_sandbox/`."""

    def __init__(self, instance: Instance, sender: WebhookSender) -> None:
        self.instance = instance
        self.sender = sender

    def routes(self) -> list[Route]:
        """Return the routes of the control API."""
        table: dict[str, tuple[Callable[[Any, dict[str, Any]], Awaitable[Any]], str]] = {
            "/_sandbox/clock": (self.clock, "GET POST"),
            "/_sandbox/knobs": (self.knobs, "GET POST"),
            "/_sandbox/faults": (self.faults, "GET POST DELETE"),
            "/_sandbox/webhooks/release": (self.release, "POST"),
            "/_sandbox/webhooks/send-now": (self.send_now, "POST"),
            "/_sandbox/webhooks/drain": (self.drain, "POST"),
            "/_sandbox/deliveries": (self.deliveries, "GET"),
            "/_sandbox/events/{id}/replay": (self.replay, "POST"),
            "/_sandbox/settle": (self.settle, "POST"),
            "/_sandbox/debits/{id}": (self.debit, "POST"),
            "/_sandbox/refunds/{id}": (self.refund, "POST"),
            "/_sandbox/pay/{id}": (self.pay, "POST"),
            "/_sandbox/reset": (self.reset, "POST"),
        }
        return [
            Route(path, self._endpoint(handler), methods=verbs.split())
            for path, (handler, verbs) in table.items()
        ]

    def _endpoint(self, handler: Callable[[Any, dict[str, Any]], Awaitable[Any]]) -> Handler:
        async def answered(request: Request) -> Response:
            if not _is_local(request):
                return JSONResponse({"error": "The control API is for this machine."}, 403)
            try:
                return JSONResponse(await handler(request, _object(await request.body())))
            except (Refused, UnknownKnob, TypeError, ValueError) as error:
                return JSONResponse({"error": str(error)}, 400)
            except WireError as error:
                return JSONResponse(error.body(), error.status)

        return answered

    # ------------------------------------------------------------------ time and trouble

    async def clock(self, _request: Request, body: dict[str, Any]) -> Any:
        """`{"advance_s": 60}` or `{"now": 1800000000}`; timers and retries due by it happen."""
        if "now" in body:
            self.instance.clock.set(float(body["now"]))
        self.instance.clock.advance(float(body.get("advance_s", 0)))
        if body:
            await self.instance.keep_settings()
            while await timers.drain_queue(self.instance):
                pass
            self.instance.wakers.ring()
        return {"now": self.instance.clock.now(), "offset_s": self.instance.clock.offset_s}

    async def knobs(self, request: Request, body: dict[str, Any]) -> Any:
        """Read or turn knobs: fees, delays, refund outcomes, how webhooks travel."""
        if request.method == "POST":
            self.instance.knobs.turn(body)
            await self.instance.keep_settings()
            self.instance.wakers.ring()
        return self.instance.knobs.as_dict()

    async def faults(self, request: Request, body: dict[str, Any]) -> Any:
        """Let the next call of a kind fail: `{"kind", "method", "path", "times", "seconds"}`."""
        if request.method == "DELETE":
            self.instance.faults.waiting.clear()
        if request.method == "POST":
            self.instance.faults.add(Fault(**body))
        return {
            "waiting": [
                {"kind": f.kind, "method": f.method, "path": f.path, "times": f.times}
                for f in self.instance.faults.waiting
            ]
        }

    async def reset(self, _request: Request, _body: dict[str, Any]) -> Any:
        """Forget everything; the endpoint of the environment is registered again."""
        await self.instance.database.run(f"TRUNCATE {TABLES} RESTART IDENTITY")
        self.instance.clock.offset_s = 0.0
        self.instance.faults.waiting.clear()
        self.instance.knobs = Knobs()
        await self.instance.register_environment()
        await self.instance.reload_endpoints()
        self.instance.wakers.ring()
        return {"reset": True}

    # ------------------------------------------------------------------ webhooks

    async def release(self, _request: Request, body: dict[str, Any]) -> Any:
        """Send what was held, one after another: `{"order": "fifo|reverse|shuffle", "seed"}`."""
        rows = await self.instance.database.fetch(
            "SELECT id FROM delivery WHERE state = 'held' ORDER BY id"
        )
        ids = [int(row[0]) for row in rows]
        order = body.get("order", "fifo")
        if order == "shuffle":
            random.Random(body.get("seed", 0)).shuffle(ids)  # noqa: S311 - repeatable on purpose
        elif order == "reverse":
            ids.reverse()
        elif order != "fifo":
            raise Refused("order is fifo, reverse or shuffle.")
        self.instance.knobs.hold = False
        await self.instance.keep_settings()
        await self.sender.send_in_order(ids)
        return {"released": len(ids)}

    async def send_now(self, _request: Request, _body: dict[str, Any]) -> Any:
        """Make every waiting delivery due at once, whatever its delay or back-off."""
        count = await self.instance.database.run(
            "UPDATE delivery SET next_at = %s WHERE state = 'pending'", (self.instance.clock.now(),)
        )
        self.instance.wakers.deliveries.set()
        return {"due": count}

    async def drain(self, _request: Request, body: dict[str, Any]) -> Any:
        """Wait until nothing is due: `{"within_s": 10}`."""
        within_s = min(float(body.get("within_s", 10)), LONGEST_DRAIN_S)
        return {"drained": await self.sender.drain(within_s)}

    async def deliveries(self, request: Request, _body: dict[str, Any]) -> Any:
        """Return the latest deliveries, newest first; `?event=evt_...` those of one event."""
        rows = await self.instance.database.fetch(
            "SELECT id, event_id, endpoint_id, type, state, attempt, next_at, answer "
            "FROM delivery WHERE %s IN ('', event_id) ORDER BY id DESC LIMIT 500",
            (request.query_params.get("event", ""),),
        )
        names = ("id", "event", "endpoint", "type", "state", "attempts", "next_at", "answer")
        return {"deliveries": [dict(zip(names, row, strict=True)) for row in rows]}

    async def replay(self, request: Request, body: dict[str, Any]) -> Any:
        """Send an event again, `{"times": 1}`, to everybody who wants it."""
        times = int(body.get("times", 1))
        async with self.instance.transaction() as tx:
            event = await tx.get("event", request.path_params["id"])
            wanted = [e for e in self.instance.endpoints if e.wants(event.body["type"])]
            values = [
                (event.id, endpoint.id, event.body["type"], tx.now_exact)
                for endpoint in wanted
                for _ in range(times)
            ]
            async with tx.connection.cursor() as cursor:
                await cursor.executemany(
                    "INSERT INTO delivery (event_id, endpoint_id, type, state, next_at) "
                    "VALUES (%s, %s, %s, 'pending', %s)",
                    values,
                )
        self.instance.wakers.deliveries.set()
        return {"deliveries": len(values)}

    # ------------------------------------------------------------------ money

    async def settle(self, _request: Request, _body: dict[str, Any]) -> Any:
        """Make the fees of all charges appear now."""
        count = 0
        while done := await timers.drain_queue(self.instance, job=payments.FEE_JOB):
            count += done
        return {"settled": count}

    async def debit(self, request: Request, body: dict[str, Any]) -> Any:
        """End a session's delayed debit: `{"outcome": "succeeded|failed"}`."""
        succeeds = {"succeeded": True, "failed": False}.get(body.get("outcome", ""))
        if succeeds is None:
            raise Refused("outcome is succeeded or failed.")
        async with self.instance.transaction() as tx:
            ended = await payments.settle_debit(tx, request.path_params["id"], succeeds=succeeds)
        return {"ended": ended}

    async def refund(self, request: Request, body: dict[str, Any]) -> Any:
        """Decide a refund: `{"outcome": "succeeded|failed"}`."""
        if body.get("outcome") not in {"succeeded", "failed"}:
            raise Refused("outcome is succeeded or failed.")
        async with self.instance.transaction() as tx:
            ended = await refunds.decide(tx, request.path_params["id"], body["outcome"])
        return {"ended": ended}

    async def pay(self, request: Request, body: dict[str, Any]) -> Any:
        """Pay a session without its page: `{"card"}` or `{"account"}`, `email`, `name`.

        `{"authenticate": "complete|fail"}` also passes 3-D Secure.
        """
        passes = body.pop("authenticate", None)
        buyer = _buyer(body)
        session_id = request.path_params["id"]
        async with self.instance.transaction() as tx:
            result = await payments.pay(tx, session_id, buyer)
        if passes is not None and result.ending is Ending.MUST_AUTHENTICATE:
            async with self.instance.transaction() as tx:
                result = await payments.authenticate(tx, session_id, succeeded=passes == "complete")
        return _told(result)


def _object(body: bytes) -> dict[str, Any]:
    said = json.loads(body or b"{}")
    if not isinstance(said, dict):
        raise Refused("Send a JSON object.")
    return said


def _buyer(body: dict[str, Any]) -> Buyer:
    known = {"card", "account", "email", "name", "country"}
    if strange := set(body) - known:
        raise Refused(f"There is no {', '.join(sorted(strange))}; there are {sorted(known)}.")
    account = body.get("account")
    if account is not None and digits(account) not in ACCOUNTS:
        raise Refused(f"account is one of {', '.join(ACCOUNTS)}.")
    return Buyer(
        email=str(body.get("email", "buyer@example.com")),
        name=str(body.get("name", "Test Buyer")),
        country=str(body.get("country", "US")),
        method="debit" if account else "card",
        number=str(account or body.get("card", "4242424242424242")),
    )


def _told(result: Result) -> dict[str, Any]:
    session = result.session.body
    return {
        "ending": str(result.ending),
        "session": session["id"],
        "status": session["status"],
        "payment_status": session["payment_status"],
        "payment_intent": session["payment_intent"],
        "refusal": result.refusal.message if result.refusal else None,
    }


def _is_local(request: Request) -> bool:
    """Whether a program of this machine asks, and no page in a browser of another site."""
    if request.client is None or request.client.host not in LOOPBACK:
        return False
    return request.headers.get("sec-fetch-site", "none") in {"none", "same-origin"} and (
        "origin" not in request.headers
        or request.headers["origin"] == f"{request.url.scheme}://{request.headers.get('host')}"
    )
