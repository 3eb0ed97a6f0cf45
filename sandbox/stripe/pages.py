"""What people see: the hosted payment page, 3-D Secure, and the index of this stand-in."""

import datetime as dt
from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.stripe import cards, money, payments, sessions
from sandbox.stripe.errors import WireError
from sandbox.stripe.form import decode
from sandbox.stripe.instance import Instance
from sandbox.stripe.payform import PayForm
from sandbox.stripe.payments import Ending, Result
from sandbox.stripe.store import Record

TEMPLATES = Path(__file__).parent / "templates"
SHOWN = 50
HEADERS = {
    # No form-action: browsers apply it to the redirect back to the shop too.
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
}


@cache
def templates() -> Environment:
    """Return the templates; everything written into them is escaped."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["money"] = money.written
    return made


class Pages:
    """The handlers of pages."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance

    def routes(self) -> list[Route]:
        """Return the routes of all pages."""
        return [
            Route("/", self.index),
            Route("/sandbox.css", self.style),
            Route("/c/pay/{id}", self.pay, methods=["GET", "POST"]),
            Route("/c/pay/{id}/authenticate", self.authenticate, methods=["GET", "POST"]),
        ]

    # ------------------------------------------------------------------ paying

    async def pay(self, request: Request) -> Response:
        """Show what is to be paid, or take the payment."""
        return await self._of_session(
            request, self._pay_now if request.method == "POST" else self._show
        )

    async def authenticate(self, request: Request) -> Response:
        """Ask the buyer's bank, or hear what it said."""
        return await self._of_session(
            request, self._authenticate_now if request.method == "POST" else self._ask
        )

    async def _of_session(
        self, request: Request, then: Callable[[Request, str], Awaitable[Response]]
    ) -> Response:
        try:
            return await then(request, request.path_params["id"])
        except WireError as error:
            text = "There is no such checkout session." if error.status == 404 else error.message
            title = "Nothing to pay here" if error.status == 404 else "That did not work"
            return _page("message", error.status, title=title, text=text, link=None)

    async def _show(self, _request: Request, session_id: str) -> Response:
        async with self.instance.transaction() as tx:
            session = await tx.get(sessions.KIND, session_id, lock=True)
            await sessions.close_if_over(tx, session)
        if session.body["status"] != "open":
            return _closed(session)
        return _pay_page(session, PayForm.empty(session.body["customer_email"] or ""))

    async def _pay_now(self, request: Request, session_id: str) -> Response:
        typed = PayForm.read(decode(await request.body()))
        async with self.instance.transaction() as tx:
            session = await tx.get(sessions.KIND, session_id)
            if session.body["customer_email"]:
                typed.email = session.body["customer_email"]
            is_free = session.body["amount_total"] == 0
            today = dt.datetime.fromtimestamp(tx.now, dt.UTC).date()
            if session.body["status"] == "open" and not typed.check(today, is_free=is_free):
                return _pay_page(session, typed)
            result = await payments.pay(tx, session_id, typed.buyer())
        return _after(result, typed)

    async def _ask(self, _request: Request, session_id: str) -> Response:
        async with self.instance.transaction() as tx:
            session = await tx.get(sessions.KIND, session_id)
        if session.body["status"] != "open":
            return _closed(session)
        return _page("authenticate", 200, session=session.body)

    async def _authenticate_now(self, request: Request, session_id: str) -> Response:
        said = decode(await request.body()).get("outcome")
        async with self.instance.transaction() as tx:
            result = await payments.authenticate(tx, session_id, succeeded=said == "complete")
        if result.ending is Ending.NOT_OPEN and result.session.body["status"] == "open":
            return RedirectResponse(f"/c/pay/{session_id}", 303, HEADERS)
        return _after(result, PayForm.empty(_email_of(result.session)))

    # ------------------------------------------------------------------ the index

    async def index(self, _request: Request) -> Response:
        """Say what this is, and what happened in it."""
        fetch = self.instance.database.fetch
        kinds = ("checkout.session", "payment_intent", "refund")
        latest: dict[str, list[Any]] = {
            kind: [
                body
                for (body,) in await fetch(
                    "SELECT body FROM document WHERE kind = %s ORDER BY seq DESC LIMIT %s",
                    (kind, SHOWN),
                )
            ]
            for kind in kinds
        }
        deliveries = await fetch(
            "SELECT type, state, attempt, answer, event_id FROM delivery ORDER BY id DESC LIMIT %s",
            (SHOWN,),
        )
        return _page(
            "index",
            200,
            sessions=latest["checkout.session"],
            intents=latest["payment_intent"],
            refunds=latest["refund"],
            deliveries=deliveries,
            endpoints=self.instance.endpoints,
            now=dt.datetime.fromtimestamp(self.instance.clock.now(), dt.UTC),
        )

    async def style(self, _request: Request) -> Response:
        """Return the style sheet of all pages."""
        return Response((TEMPLATES / "sandbox.css").read_text(), media_type="text/css")


def _page(name: str, status: int, **values: Any) -> HTMLResponse:
    html = templates().get_template(f"{name}.html.jinja").render(**values)
    return HTMLResponse(html, status, HEADERS)


def _pay_page(session: Record, typed: PayForm, *, refusal: cards.Refusal | None = None) -> Response:
    problems = [refusal.message] if refusal else []
    return _page(
        "pay",
        # A form shown again is no failure of the page; a browser would log one.
        200,
        session=session.body,
        items=session.hidden["items"],
        form=typed,
        problems=problems,
        cards=cards.SHOWN_CARDS,
        accounts=list(cards.ACCOUNTS.values()),
    )


def _after(result: Result, typed: PayForm) -> Response:
    """Return what follows an attempt: back to the shop, the bank, or the form again."""
    session = result.session
    if result.ending is Ending.DECLINED:
        return _pay_page(session, typed, refusal=result.refusal)
    if result.ending is Ending.MUST_AUTHENTICATE:
        return RedirectResponse(f"/c/pay/{session.id}/authenticate", 303, HEADERS)
    if result.ending is Ending.NOT_OPEN:
        return _closed(session)
    return RedirectResponse(success_url(session), 303, HEADERS)


def success_url(session: Record) -> str:
    """Return where the buyer goes after paying."""
    return str(session.body["success_url"]).replace("{CHECKOUT_SESSION_ID}", session.id)


def _closed(session: Record) -> Response:
    if session.body["status"] == "expired":
        link = session.body["cancel_url"]
        words = "This checkout has expired", "Nothing was paid. Start again in the shop."
        return _page("message", 200, title=words[0], text=words[1], link=link)
    words = "This is paid already", "You were not charged twice; your order is in the shop."
    return _page("message", 200, title=words[0], text=words[1], link=success_url(session))


def _email_of(session: Record) -> str:
    details = session.body["customer_details"] or {}
    return details.get("email") or ""
