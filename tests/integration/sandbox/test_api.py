"""Keys, refusals, idempotency and faults, as the SDK sees them."""

import concurrent.futures
import time

import httpx
import pytest
import stripe

from tests.integration.sandbox.serving import StripeSandbox, session_params


def raw(sandbox: StripeSandbox, path: str, body: str = "", **headers: str) -> httpx.Response:
    sent = {"Authorization": "Bearer sk_test_indii_local", **headers}
    sent = {name.replace("_", "-"): value for name, value in sent.items()}
    return sandbox.http.post(path, content=body, headers=sent)


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer sk_live_x", "Bearer sk_test_other", "Basic eDp5"]
)
def test_without_the_key_nobody_comes_in(sandbox: StripeSandbox, header: str) -> None:
    answer = sandbox.http.get("/v1/charges", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.json()["error"]["type"] == "invalid_request_error"
    assert "sk_test_other" not in answer.text


def test_addresses_that_nobody_has(sandbox: StripeSandbox) -> None:
    assert "Unrecognized request URL (POST: /v1/chargez)" in raw(sandbox, "/v1/chargez").text
    assert raw(sandbox, "/v2/core/accounts").status_code == 404
    assert raw(sandbox, "/v1/subscriptions").status_code == 501
    assert raw(sandbox, "/v1/customers/%00").status_code == 404
    old = raw(sandbox, "/v1/customers", Stripe_Version="2020-08-27")
    assert "Invalid Stripe API version: 2020-08-27" in old.json()["error"]["message"]


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        ({"nope": "1"}, "parameter_unknown", "Received unknown parameter: nope"),
        (
            {"payment_intent_data": {"transfer_grp": "x"}},
            "parameter_unknown",
            "Received unknown parameter: payment_intent_data[transfer_grp]",
        ),
        ({"expires_at": "abc"}, "parameter_invalid_integer", "Invalid integer: abc"),
        (
            {"payment_method_types": ["card"]},
            "payment_method_types_no_longer_supported",
            "no longer supported",
        ),
        ({"customer": "cus_none"}, "resource_missing", "No such customer: 'cus_none'"),
    ],
)
def test_a_wrong_session_is_refused_in_stripes_words(
    sandbox: StripeSandbox, change: dict[str, object], code: str, message: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        sandbox.new_session(**change)
    assert (caught.value.http_status, caught.value.code) == (400, code)
    assert message in str(caught.value)


def test_unknown_ids_cursors_and_expansions(sandbox: StripeSandbox) -> None:
    v1 = sandbox.client.v1
    with pytest.raises(stripe.InvalidRequestError) as caught:
        v1.customers.retrieve("cus_x")
    assert (caught.value.http_status, caught.value.code) == (404, "resource_missing")
    with pytest.raises(stripe.InvalidRequestError, match="No such charge: 'ch_x'") as caught:
        v1.charges.list({"starting_after": "ch_x"})
    assert caught.value.http_status == 400
    session = sandbox.paid_session()
    for wrong in ("nope", "status", "payment_intent.nope", "metadata.x"):
        with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
            v1.checkout.sessions.retrieve(session.id, {"expand": [wrong]})


def test_a_refund_needs_money_to_give_back(sandbox: StripeSandbox) -> None:
    v1 = sandbox.client.v1
    declined = sandbox.new_session()
    told = sandbox.control(f"pay/{declined.id}", card="4000000000000002")
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        v1.refunds.create({"payment_intent": told["payment_intent"]})
    [failed] = v1.charges.list({"payment_intent": told["payment_intent"]}).data
    with pytest.raises(stripe.InvalidRequestError, match="was not successful"):
        v1.refunds.create({"charge": failed.id})
    session = sandbox.paid_session(500)
    over = r"\(\$6.00\) is greater than unrefunded amount on charge \(\$5.00\)"
    with pytest.raises(stripe.InvalidRequestError, match=over) as caught:
        v1.refunds.create({"payment_intent": session.payment_intent, "amount": 600})
    assert caught.value.param == "amount"
    v1.refunds.create({"payment_intent": session.payment_intent})
    with pytest.raises(stripe.InvalidRequestError, match="already been refunded") as caught:
        v1.refunds.create({"payment_intent": session.payment_intent})
    assert caught.value.code == "charge_already_refunded"


# ------------------------------------------------------------------ idempotency


def test_a_key_is_carried_out_once(sandbox: StripeSandbox) -> None:
    first = sandbox.client.v1.checkout.sessions.create(session_params(), {"idempotency_key": "k"})
    again = sandbox.client.v1.checkout.sessions.create(session_params(), {"idempotency_key": "k"})
    assert first.id == again.id
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.last_response.headers
    with pytest.raises(stripe.IdempotencyError) as caught:
        sandbox.client.v1.checkout.sessions.create(session_params(1300), {"idempotency_key": "k"})
    assert caught.value.http_status == 400
    assert len(sandbox.client.v1.checkout.sessions.list().data) == 1


def test_a_key_is_forgotten_after_a_day(sandbox: StripeSandbox) -> None:
    first = sandbox.client.v1.customers.create({}, {"idempotency_key": "k"})
    sandbox.control("clock", advance_s=86_401)
    again = sandbox.client.v1.customers.create({}, {"idempotency_key": "k"})
    assert first.id != again.id


def test_what_was_refused_before_it_began_leaves_no_trace(sandbox: StripeSandbox) -> None:
    for wrong in (session_params(1), session_params(nope="1")):
        with pytest.raises(stripe.InvalidRequestError):
            sandbox.client.v1.checkout.sessions.create(wrong, {"idempotency_key": "k"})
    made = sandbox.client.v1.checkout.sessions.create(session_params(), {"idempotency_key": "k"})
    assert made.status == "open"
    assert raw(sandbox, "/v1/customers", Idempotency_Key="k" * 256).status_code == 400
    assert raw(sandbox, "/v1/customers", Idempotency_Key="k" * 255).status_code == 200


def test_a_refusal_that_began_is_repeated(sandbox: StripeSandbox) -> None:
    session = sandbox.paid_session(500)
    params = {"payment_intent": session.payment_intent, "amount": 600}
    ids = set()
    for _ in range(2):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            sandbox.client.v1.refunds.create(params, {"idempotency_key": "r"})
        ids.add(caught.value.headers.get("Idempotent-Replayed"))
    assert ids == {None, "true"}


def test_a_key_in_use_is_refused_and_not_remembered(sandbox: StripeSandbox) -> None:
    sandbox.control("faults", kind="hang", path="/v1/customers", seconds=1)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        slow = pool.submit(sandbox.client.v1.customers.create, {}, {"idempotency_key": "k"})
        time.sleep(0.4)
        # of a 409 the SDK makes no class of its own, nor does it read the code
        with pytest.raises(stripe.APIError) as caught:
            sandbox.client.v1.customers.create({}, {"idempotency_key": "k"})
        assert caught.value.http_status == 409
        assert caught.value.json_body["error"]["code"] == "idempotency_key_in_use"
        made = slow.result()
    again = sandbox.client.v1.customers.create({}, {"idempotency_key": "k"})
    assert again.id == made.id


# ------------------------------------------------------------------ faults


def test_locks_and_limits_are_not_remembered(sandbox: StripeSandbox) -> None:
    for kind in ("lock_timeout", "rate_limit"):
        sandbox.control("faults", kind=kind, method="POST", path="/v1/customers")
        with pytest.raises(stripe.RateLimitError) as caught:
            sandbox.client.v1.customers.create({}, {"idempotency_key": "k"})
        said = caught.value.json_body["error"]
        assert (said["code"], said["type"]) == (kind, "invalid_request_error")
    assert sandbox.client.v1.customers.create({}, {"idempotency_key": "k"}).id


def test_a_500_is_repeated_a_503_is_not(sandbox: StripeSandbox) -> None:
    sandbox.control("faults", kind="error_503", path="/v1/customers")
    sandbox.control("faults", kind="error_500", path="/v1/customers")
    for status in (503, 500, 500):
        with pytest.raises(stripe.APIError) as caught:
            sandbox.client.v1.customers.create({}, {"idempotency_key": "k"})
        assert caught.value.http_status == status
    assert sandbox.client.v1.customers.list().data == []


def test_a_dropped_line_hides_what_was_done(sandbox: StripeSandbox) -> None:
    session = sandbox.paid_session()
    sandbox.control("faults", kind="drop_after_commit", method="POST", path="/v1/refunds")
    params = {"payment_intent": session.payment_intent}
    with pytest.raises(stripe.APIConnectionError):
        sandbox.client.v1.refunds.create(params, {"idempotency_key": "r"})
    refund = sandbox.client.v1.refunds.create(params, {"idempotency_key": "r"})
    assert [known.id for known in sandbox.client.v1.refunds.list().data] == [refund.id]


def test_a_hanging_answer_was_committed(sandbox: StripeSandbox) -> None:
    kind = "hang_after_commit"
    sandbox.control("faults", kind=kind, path="/v1/customers", seconds=0.5)
    with pytest.raises(httpx.ReadTimeout):
        sandbox.http.post(
            "/v1/customers", headers={"Authorization": "Bearer sk_test_indii_local"}, timeout=0.2
        )
    assert len(sandbox.client.v1.customers.list().data) == 1


def test_the_control_api_is_for_programs_of_this_machine(sandbox: StripeSandbox) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert sandbox.http.post("/_sandbox/reset", headers=headers).status_code == 403
    for path, body in (
        ("knobs", {"nope": 1}),
        ("knobs", {"hold": "yes"}),
        ("knobs", {"refund_outcome": "maybe"}),
        ("faults", {"kind": "fire"}),
        ("faults", {"kind": "hang", "seconds": 1e9}),
        ("webhooks/release", {"order": "random"}),
    ):
        assert sandbox.http.post(f"/_sandbox/{path}", json=body).status_code == 400
    assert sandbox.http.post("/_sandbox/pay/cs_none", json={}).status_code == 404
    assert "events" not in sandbox.http.get("/_sandbox/faults").json()
