"""Signed, repeated, held, shuffled, lost: how events reach a shop; and a process that is killed."""

import contextlib
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import stripe

from tests.integration.sandbox.serving import ROOT, Shop, StripeSandbox, serve_sandbox


def test_every_event_arrives_signed(sandbox: StripeSandbox, shop: Shop) -> None:
    session = sandbox.paid_session()
    sandbox.control("settle")
    sandbox.client.v1.refunds.create({"payment_intent": session.payment_intent})
    assert sandbox.control("webhooks/drain") == {"drained": True}
    assert sorted(shop.types) == [
        "charge.refunded",
        "charge.succeeded",
        "charge.updated",
        "checkout.session.completed",
        "payment_intent.created",
        "payment_intent.succeeded",
        "refund.created",
    ]
    for webhook in shop.webhooks:
        stripe.Webhook.construct_event(webhook.body, webhook.signature, shop.secret)
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(webhook.body + " ", webhook.signature, shop.secret)
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(webhook.body, webhook.signature, "whsec_other")
    [completed] = shop.hears("checkout.session.completed")
    assert completed.event["data"]["object"]["payment_status"] == "paid"
    [updated] = shop.hears("charge.updated")
    assert updated.event["data"]["previous_attributes"] == {"balance_transaction": None}
    # a snapshot: the charge was not refunded when it succeeded
    [succeeded] = shop.hears("charge.succeeded")
    assert succeeded.event["data"]["object"]["amount_refunded"] == 0
    known = sandbox.client.v1.events.list({"delivery_success": True})
    assert len(known.data) == len(shop.webhooks)


def test_a_shop_that_fails_is_asked_again_with_a_new_signature(
    sandbox: StripeSandbox, shop: Shop
) -> None:
    sandbox.control("knobs", retry_schedule_s=[100.0, 100.0])
    shop.answers = [500, 302]
    customer = sandbox.client.v1.customers.create({})
    assert sandbox.control("webhooks/drain")["drained"]
    [event] = sandbox.client.v1.events.list({"delivery_success": False}).data
    assert (event.data.object["id"], event.pending_webhooks) == (customer.id, 1)
    for _ in range(2):
        sandbox.control("clock", advance_s=101)
        assert sandbox.control("webhooks/drain")["drained"]
    assert shop.types == ["customer.created"] * 3
    [delivery] = sandbox.control("deliveries", "GET")["deliveries"]
    assert (delivery["state"], delivery["attempts"]) == ("done", 3)


def test_after_the_last_try_an_event_stays_undelivered(sandbox: StripeSandbox, shop: Shop) -> None:
    sandbox.control("knobs", retry_schedule_s=[])
    shop.answers = [500]
    sandbox.client.v1.customers.create({})
    assert sandbox.control("webhooks/drain")["drained"]
    [event] = sandbox.client.v1.events.list({"delivery_success": False}).data
    assert event.pending_webhooks == 0
    assert sandbox.control(f"events/{event.id}/replay", times=2) == {"deliveries": 2}
    shop.hears("customer.created", 3)


def test_webhooks_can_be_lost_doubled_held_and_shuffled(sandbox: StripeSandbox, shop: Shop) -> None:
    sandbox.control("knobs", drop=1)
    sandbox.client.v1.customers.create({})
    sandbox.client.v1.customers.create({})
    assert sandbox.control("webhooks/drain")["drained"]
    assert len(shop.webhooks) == 1
    sandbox.control("knobs", drop=0, duplicate=2, only_types=["customer.created"])
    sandbox.client.v1.customers.create({})
    assert sandbox.control("webhooks/drain")["drained"]
    assert len(shop.webhooks) == 4
    sandbox.control("knobs", duplicate=0, hold=True, only_types=[])
    made = [sandbox.client.v1.customers.create({}).id for _ in range(6)]
    assert len(shop.webhooks) == 4
    assert sandbox.control("webhooks/release", order="shuffle", seed=3) == {"released": 6}
    heard = [webhook.event["data"]["object"]["id"] for webhook in shop.webhooks[4:]]
    assert (sorted(heard), heard != made) == (sorted(made), True)


def test_webhooks_can_be_late_and_be_sent_now(sandbox: StripeSandbox, shop: Shop) -> None:
    sandbox.control("knobs", delay_s=500.0)
    sandbox.client.v1.customers.create({})
    assert sandbox.control("webhooks/drain")["drained"]
    assert shop.webhooks == []
    assert sandbox.control("webhooks/send-now") == {"due": 1}
    shop.hears("customer.created")


def test_signatures_can_be_old(sandbox: StripeSandbox, shop: Shop) -> None:
    sandbox.control("knobs", signature_age_s=301.0)
    sandbox.client.v1.customers.create({})
    [webhook] = shop.hears("customer.created")
    with pytest.raises(stripe.SignatureVerificationError, match="tolerance"):
        stripe.Webhook.construct_event(webhook.body, webhook.signature, shop.secret)


def test_an_endpoint_hears_only_what_it_asked_for(sandbox: StripeSandbox, shop: Shop) -> None:
    v1 = sandbox.client.v1
    only = ["checkout.session.expired"]
    changed = v1.webhook_endpoints.update(shop.endpoint_id, {"enabled_events": only})
    assert (changed.enabled_events, getattr(changed, "secret", None)) == (only, None)
    v1.checkout.sessions.expire(sandbox.new_session().id)
    sandbox.client.v1.customers.create({})
    assert sandbox.control("webhooks/drain")["drained"]
    assert shop.types == only
    v1.webhook_endpoints.update(shop.endpoint_id, {"disabled": True})
    v1.checkout.sessions.expire(sandbox.new_session().id)
    assert v1.webhook_endpoints.list().data[0].status == "disabled"
    assert v1.webhook_endpoints.delete(shop.endpoint_id).deleted is True
    assert v1.webhook_endpoints.list().data == []
    assert len(shop.webhooks) == 1
    with pytest.raises(stripe.InvalidRequestError, match="enabled_events"):
        v1.webhook_endpoints.create({"url": shop.url, "enabled_events": ["no.such.event"]})
    with pytest.raises(stripe.InvalidRequestError, match="explicit scheme"):
        v1.webhook_endpoints.create({"url": "shop.test", "enabled_events": ["*"]})


def test_a_killed_process_goes_on_where_it_was(tmp_path: Path, sandbox_server_url: str) -> None:
    with contextlib.ExitStack() as stack:
        shop = Shop()
        stack.callback(shop.close)
        secret = "whsec_fixed_by_the_environment"
        sandbox = stack.enter_context(
            serve_sandbox(tmp_path, sandbox_server_url, webhook_url=shop.url, webhook_secret=secret)
        )
        sandbox.control("knobs", fee_delay_s=0.2, retry_schedule_s=[0.2] * 20)
        shop.answers = [500] * 4
        session = sandbox.new_session()
        sandbox.control(f"pay/{session.id}")
        sandbox.stop(signal.SIGKILL)
        assert "checkout.session.completed" not in shop.types or shop.answers == []
        sandbox.start()
        for event_type in ("checkout.session.completed", "charge.updated"):
            webhook = shop.hears(event_type)[-1]
            stripe.WebhookSignature.verify_header(webhook.body, webhook.signature, secret, 300)
        again = sandbox.client.v1.checkout.sessions.retrieve(session.id)
        assert again.payment_status == "paid"
        assert len(sandbox.client.v1.webhook_endpoints.list().data) == 1
        assert sandbox.control("knobs", "GET")["fee_delay_s"] == 0.2
        sandbox.control("reset")
        assert len(sandbox.client.v1.webhook_endpoints.list().data) == 1


def test_a_second_process_does_not_share_the_port(sandbox: StripeSandbox) -> None:
    command = [sys.executable, "-m", "sandbox.stripe", "--port", str(sandbox.port)]
    ended = subprocess.run(
        command, env=sandbox.env, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False
    )
    assert (ended.returncode, "is taken" in ended.stderr) == (1, True)


def test_a_shop_that_is_away_or_talks_nonsense_is_noted(sandbox: StripeSandbox) -> None:
    sandbox.control("knobs", retry_schedule_s=[], webhook_timeout_s=0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for url in (f"http://127.0.0.1:{silent.getsockname()[1]}/", "http://127.0.0.1:1/"):
            sandbox.client.v1.webhook_endpoints.create({"url": url, "enabled_events": ["*"]})
        sandbox.client.v1.customers.create({})
        assert sandbox.control("webhooks/drain")["drained"]
    found = sandbox.control("deliveries", "GET")["deliveries"]
    assert [delivery["state"] for delivery in found] == ["failed", "failed"]
    assert {delivery["answer"] for delivery in found} == {
        "no answer in time",
        "ConnectionRefusedError",
    }
