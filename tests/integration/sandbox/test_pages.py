"""The payment page as a browser without scripts uses it."""

import re

import pytest

from tests.integration.sandbox.serving import StripeSandbox, session_params

FILLED = {
    "email": "ann@example.com",
    "method": "card",
    "number": "4242 4242 4242 4242",
    "expiry": "12 / 34",
    "cvc": "123",
    "name": "Ann",
}


def test_a_buyer_reads_pays_and_returns(sandbox: StripeSandbox) -> None:
    params = session_params(350)
    params["line_items"][0]["quantity"] = 2
    params["line_items"][0]["price_data"]["product_data"]["name"] = "<b>Bold</b> & loud"
    session = sandbox.client.v1.checkout.sessions.create(params)
    page = sandbox.http.get(session.url)
    assert "TEST PAYMENTS" in page.text
    assert "&lt;b&gt;Bold&lt;/b&gt; &amp; loud" in page.text
    assert page.text.count("$7.00") >= 3
    assert 'href="http://shop.test/cart"' in page.text
    assert "script" not in page.text
    assert sandbox.http.get("/sandbox.css").headers["content-type"].startswith("text/css")
    answer = sandbox.http.post(session.url, data=FILLED)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"http://shop.test/thanks?s={session.id}"
    paid = sandbox.client.v1.checkout.sessions.retrieve(session.id)
    assert (paid.payment_status, paid.customer_details.name) == ("paid", "Ann")
    for again in (sandbox.http.get(session.url), sandbox.http.post(session.url, data=FILLED)):
        assert again.status_code == 200
        assert "This is paid already" in again.text


def test_a_decline_is_said_in_the_page_and_the_form_is_kept(sandbox: StripeSandbox) -> None:
    session = sandbox.new_session()
    declined = FILLED | {"number": "4000000000000002"}
    page = sandbox.http.post(session.url, data=declined)
    assert page.status_code == 200
    assert "Your card was declined." in page.text
    assert 'value="ann@example.com"' in page.text
    assert 'value="4000000000000002"' in page.text
    assert sandbox.http.post(session.url, data=FILLED).status_code == 303


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"email": "ann"}, "Enter an e-mail address"),
        ({"number": "4242"}, "Enter a card number"),
        ({"expiry": "13/34"}, "Enter month and year"),
        ({"expiry": "01/20"}, "This card has expired"),
        ({"cvc": "1"}, "security code"),
        ({"name": ""}, "Enter the name"),
        ({"method": "debit", "account": "123"}, "test account numbers"),
    ],
)
def test_what_is_missing_is_said_at_its_field(
    sandbox: StripeSandbox, change: dict[str, str], said: str
) -> None:
    session = sandbox.new_session()
    page = sandbox.http.post(session.url, data=FILLED | change)
    assert page.status_code == 200
    assert page.text.count(said) >= 2
    assert 'aria-invalid="true"' in page.text
    assert sandbox.client.v1.payment_intents.list().data == []


def test_real_cards_are_not_taken_nor_kept(sandbox: StripeSandbox) -> None:
    session = sandbox.new_session()
    page = sandbox.http.post(session.url, data=FILLED | {"number": "4111111111111111"})
    assert "used a non test card" in page.text
    [charge] = sandbox.client.v1.charges.list().data
    assert charge.payment_method_details.card.last4 == "0000"


@pytest.mark.parametrize(("outcome", "status"), [("complete", 303), ("fail", 200)])
def test_3d_secure_has_a_page(sandbox: StripeSandbox, outcome: str, status: int) -> None:
    session = sandbox.new_session()
    bank = sandbox.http.post(session.url, data=FILLED | {"number": "4000000000003220"})
    assert (bank.status_code, bank.headers["location"]) == (
        303,
        f"/c/pay/{session.id}/authenticate",
    )
    page = sandbox.http.get(bank.headers["location"])
    assert re.findall(r'name="outcome" value="(\w+)"', page.text) == ["complete", "fail"]
    answer = sandbox.http.post(bank.headers["location"], data={"outcome": outcome})
    assert answer.status_code == status
    # an answer of the bank counts once
    again = sandbox.http.post(bank.headers["location"], data={"outcome": "complete"})
    assert again.status_code == (200 if outcome == "complete" else 303)
    assert len(sandbox.client.v1.charges.list().data) == (outcome == "complete")


def test_a_bank_debit_returns_to_the_shop_unpaid(sandbox: StripeSandbox) -> None:
    session = sandbox.new_session(customer_email="bo@example.com")
    page = sandbox.http.get(session.url)
    assert 'name="email"' not in page.text
    form = {"method": "debit", "account": "000123456789"}
    assert sandbox.http.post(session.url, data=form).status_code == 303
    session = sandbox.client.v1.checkout.sessions.retrieve(session.id)
    assert (session.payment_status, session.customer_details.email) == ("unpaid", "bo@example.com")


def test_expired_and_unknown_sessions_say_so(sandbox: StripeSandbox) -> None:
    session = sandbox.new_session()
    sandbox.control("clock", advance_s=90_000)
    page = sandbox.http.get(session.url)
    assert (page.status_code, "This checkout has expired" in page.text) == (200, True)
    assert sandbox.http.get("/c/pay/cs_test_none").status_code == 404
    assert sandbox.http.post("/c/pay/cs_test_none", content=b"\xff[").status_code == 400


def test_the_index_says_what_this_is(sandbox: StripeSandbox) -> None:
    session = sandbox.paid_session()
    page = sandbox.http.get("/").text
    assert "A local stand-in for Stripe" in page
    assert session.id[:20] in page
    assert session.payment_intent in page
