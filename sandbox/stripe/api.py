"""The way of a request: key, address, types, idempotency, rules, work, shape, answer."""

import asyncio
import json
import logging
from dataclasses import dataclass, field
from typing import Any

from psycopg import OperationalError

from sandbox.stripe import errors, form, idempotency, rule_table, rules_from_sdk, shapes
from sandbox.stripe.errors import WireError
from sandbox.stripe.expand import expand
from sandbox.stripe.ids import new_id
from sandbox.stripe.instance import Instance, Transaction
from sandbox.stripe.knobs import Fault
from sandbox.stripe.routes import OPERATIONS
from sandbox.stripe.rule import Case

log = logging.getLogger(__name__)
LARGEST_BODY = 1_000_000


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """A request as it came."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class ApiResponse:
    """What goes back; `dropped` means that the line breaks before it does."""

    status: int
    body: str
    headers: dict[str, str] = field(default_factory=dict)
    dropped: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """A request that was understood."""

    request_id: str
    method: str
    path: str
    template: str
    ids: dict[str, str]
    params: dict[str, Any]
    key: str | None
    fault: Fault | None

    @property
    def mark(self) -> str:
        """What tells it from other requests with the same key."""
        return idempotency.fingerprint(self.method, self.path, self.params)


class Api:
    """Answers calls of the API."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.router = rules_from_sdk.Router()
        self.version = rules_from_sdk.api_version()

    async def answer(self, asked: ApiRequest) -> ApiResponse:
        """Return the answer of a request, a refusal included."""
        request_id = new_id("request")
        try:
            job = self._understood(asked, request_id)
            answer = await self._once(job)
        except WireError as error:
            answer = _refusal(error)
        except OperationalError:
            log.exception("The database does not answer %s %s", asked.method, asked.path)
            answer = _refusal(errors.broken(503))
        answer.headers |= {"Request-Id": request_id, "Stripe-Version": self.version}
        if key := asked.headers.get("idempotency-key", ""):
            answer.headers["Idempotency-Key"] = key
        return answer

    # ------------------------------------------------------------------ understanding

    def _understood(self, asked: ApiRequest, request_id: str) -> Job:
        self._let_in(asked.headers)
        path = asked.path.rstrip("/")
        if "\0" in path:
            raise errors.unknown_route(asked.method, path.replace("\0", ""))
        route, ids = self.router.match(asked.method, path)
        if len(asked.body) > LARGEST_BODY:
            raise WireError("The request body is too large.", status=413)
        params = form.decode(asked.query)
        if asked.method == "POST":
            if params:
                raise errors.unknown_route(asked.method, f"{path}?{asked.query}")
            params = form.decode(asked.body)
        if (route.method, route.template) not in OPERATIONS:
            raise errors.not_offered(route.method, route.template)
        case = Case(params, int(self.instance.clock.now()))
        rule_table.enforce(route.method, route.template, "early", case)
        rules_from_sdk.validate(route, params)
        key = asked.headers.get("idempotency-key") if asked.method == "POST" else None
        return Job(
            request_id,
            route.method,
            path,
            route.template,
            ids,
            params,
            idempotency.checked(key),
            self.instance.faults.take(route.method, path),
        )

    def _let_in(self, headers: dict[str, str]) -> None:
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not given:
            raise errors.not_permitted()
        if given != self.instance.settings.api_key:
            raise errors.wrong_key(given)
        if headers.get("stripe-version", self.version) != self.version:
            raise WireError(
                f"Invalid Stripe API version: {headers['stripe-version']}. The sandbox speaks "
                f"{self.version}."
            )

    # ------------------------------------------------------------------ doing it once

    async def _once(self, job: Job) -> ApiResponse:
        kind = job.fault.kind if job.fault else ""
        seconds = job.fault.seconds if job.fault else 0.0
        with idempotency.alone(self.instance, job.key):
            _fail_early(kind)
            if kind == "hang":
                await asyncio.sleep(seconds)
            answer = await self._known(job) or await self._new(job)
            if kind == "hang_after_commit":
                await asyncio.sleep(seconds)
        answer.dropped = kind == "drop_after_commit"
        return answer

    async def _known(self, job: Job) -> ApiResponse | None:
        if job.key is None:
            return None
        kept = await idempotency.kept_answer(self.instance, job.key, job.mark)
        return (
            ApiResponse(kept.status, kept.body, {"Idempotent-Replayed": "true"}) if kept else None
        )

    async def _new(self, job: Job) -> ApiResponse:
        case = Case(job.params, int(self.instance.clock.now()))
        rule_table.enforce(job.method, job.template, "params", case)
        return await self._carried_out(job)

    async def _carried_out(self, job: Job) -> ApiResponse:
        try:
            async with self.instance.transaction(job.request_id, job.key) as tx:
                answer = await self._worked(tx, job)
                if job.key:
                    self._keep(tx, job, answer)
        except WireError as error:
            # a conflict with somebody else is no answer to keep
            if error.status == 429:
                raise
            answer = await self._failed(job, _refusal(error))
        except OperationalError:
            raise
        except Exception:
            log.exception("%s %s failed", job.method, job.path)
            answer = await self._failed(job, _refusal(errors.broken()))
        else:
            if tx.changes_endpoints:
                await self.instance.reload_endpoints()
        return answer

    async def _worked(self, tx: Transaction, job: Job) -> ApiResponse:
        if job.fault and job.fault.kind == "error_500":
            raise errors.broken()
        body = await OPERATIONS[job.method, job.template](tx, job.params, job.ids)
        body = await expand(tx, body, job.params.get("expand"))
        if self.instance.settings.check_shapes:
            shapes.check(body)
        return ApiResponse(200, json.dumps(body))

    def _keep(self, tx: Transaction, job: Job, answer: ApiResponse) -> None:
        assert job.key is not None
        tx.answer(idempotency.row(self.instance, job.key, job.mark, answer.status, answer.body))

    async def _failed(self, job: Job, answer: ApiResponse) -> ApiResponse:
        """Keep the answer of work that was undone."""
        if job.key:
            async with self.instance.transaction() as tx:
                self._keep(tx, job, answer)
        return answer


def _fail_early(kind: str) -> None:
    """Refuse as a fault says, before anything began; nothing of it is kept."""
    if kind == "lock_timeout":
        raise errors.lock_timeout()
    if kind == "rate_limit":
        raise errors.rate_limit()
    if kind == "error_503":
        raise errors.broken(503)


def _refusal(error: WireError) -> ApiResponse:
    answer = ApiResponse(error.status, json.dumps(error.body()))
    if error.status == 429:
        answer.headers["Stripe-Should-Retry"] = "true"
    return answer
