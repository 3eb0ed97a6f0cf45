"""A real stand-in for Stripe in a process of its own, and a shop that hears its webhooks."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import stripe

from indii.ops import processes
from indii.ops.ports import free_port

ROOT = Path(__file__).parents[3]
KEY = "sk_test_indii_local"
UP_WITHIN_S = 30.0


@dataclass
class StripeSandbox:
    """A served stand-in."""

    port: int
    env: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    http: httpx.Client = field(init=False)
    client: stripe.StripeClient = field(init=False)
    _sdk: stripe.RequestsClient = field(init=False)

    def __post_init__(self) -> None:
        self.http = httpx.Client(base_url=self.url, timeout=15, trust_env=False)
        self._sdk = stripe.RequestsClient(timeout=10)
        self.client = stripe.StripeClient(
            KEY,
            base_addresses={"api": self.url},
            max_network_retries=0,
            http_client=self._sdk,
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the process and wait until it is ready."""
        with self.log.open("ab") as output:
            self.process = processes.spawn(
                (sys.executable, "-m", "sandbox.stripe", "--port", str(self.port)),
                env=self.env,
                cwd=ROOT,
                output=output,
            )
        until = time.monotonic() + UP_WITHIN_S
        while not self._is_ready():
            assert time.monotonic() < until, self.log.read_text()[-2000:]
            assert self.process.poll() is None, self.log.read_text()[-2000:]
            time.sleep(0.03)

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=2):
                return True
        except OSError:
            return False

    def stop(self, number: int = signal.SIGTERM) -> None:
        """End the process; with SIGKILL it has no time to tidy up."""
        if self.process is not None:
            self.process.send_signal(number)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(5)
            self.process = None

    def close(self) -> None:
        self.stop()
        self.http.close()
        self._sdk.close()

    def control(self, route: str, verb: str = "POST", /, **body: Any) -> Any:
        """Call the control API; its refusals fail the test."""
        answer = self.http.request(verb, f"/_sandbox/{route}", json=body or None)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def new_session(self, amount: int = 1200, **params: Any) -> stripe.checkout.Session:
        """Open a checkout session of one line."""
        return self.client.v1.checkout.sessions.create(session_params(amount, **params))

    def paid_session(self, amount: int = 1200, **how: Any) -> stripe.checkout.Session:
        """Open a session and pay it."""
        session = self.new_session(amount)
        self.control(f"pay/{session.id}", **(how or {"card": "4242424242424242"}))
        return self.client.v1.checkout.sessions.retrieve(session.id)


def session_params(amount: int = 1200, **more: Any) -> Any:
    """Return what a session of one line is made of."""
    price = {"currency": "usd", "unit_amount": amount, "product_data": {"name": "Night Drive"}}
    return {
        "mode": "payment",
        "success_url": "http://shop.test/thanks?s={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://shop.test/cart",
        "line_items": [{"quantity": 1, "price_data": price}],
        **more,
    }


@contextlib.contextmanager
def serve_sandbox(
    state_dir: Path, database_url: str, *, webhook_url: str = "", webhook_secret: str = ""
) -> Iterator[StripeSandbox]:
    """Serve a stand-in on a free port with a database of its own beside the one named."""
    port = free_port()
    server, _, rest = database_url.partition("?")
    database = f"{server.rpartition('/')[0]}/sandbox_{port}"
    env = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("SANDBOX_", "INDII_"))},
        "SANDBOX_DATABASE_URL": f"{database}?{rest}" if rest else database,
        "SANDBOX_WEBHOOK_URL": webhook_url,
        "SANDBOX_WEBHOOK_SECRET": webhook_secret,
        "SANDBOX_API_KEY": KEY,
        "SANDBOX_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "PYTHONPATH": str(ROOT),
    }
    made = StripeSandbox(port, env, state_dir / f"sandbox-{port}.log")
    try:
        made.start()
        yield made
    finally:
        made.close()


@dataclass
class Webhook:
    """A webhook as it arrived."""

    body: str
    signature: str

    @property
    def event(self) -> dict[str, Any]:
        return json.loads(self.body)


class Shop:
    """An endpoint that keeps what it hears and answers as told."""

    def __init__(self) -> None:
        self.webhooks: list[Webhook] = []
        self.answers: list[int] = []
        self.secret = ""
        self.endpoint_id = ""
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                shop.webhooks.append(Webhook(body, self.headers["Stripe-Signature"]))
                self.send_response(shop.answers.pop(0) if shop.answers else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/webhooks/stripe"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def types(self) -> list[str]:
        return [webhook.event["type"] for webhook in self.webhooks]

    def hears(self, event_type: str, times: int = 1) -> list[Webhook]:
        """Wait until it heard of this often enough; return those webhooks."""
        wait_until(lambda: self.types.count(event_type) >= times, f"{times} {event_type}")
        return [webhook for webhook in self.webhooks if webhook.event["type"] == event_type]


def wait_until(true: Callable[[], object], what: str, within_s: float = 8.0) -> None:
    """Pass as soon as it is true."""
    until = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < until, f"no {what} within {within_s:g} s"
        time.sleep(0.02)
