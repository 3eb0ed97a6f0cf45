"""Rules of a new checkout session, one row each; see `rule_table`."""

import re
from collections.abc import Callable

from sandbox.stripe import money
from sandbox.stripe.cart import Line, currency_of, lines_of, total_of
from sandbox.stripe.rule import DOCS, Case, Rule, Told, has_both, is_no_url, needs, when
from sandbox.stripe.rules_from_sdk import number

CREATE_SESSION = ("POST", "/v1/checkout/sessions")
LEAST_LIFE_S = 30 * 60
LONGEST_LIFE_S = 24 * 3600
# A request takes a moment to arrive: what was 30 minutes when it was written still is.
GRACE_S = 30
MAX_LINES = 100
LARGEST_AMOUNT = 99_999_999
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


def any_line(is_wrong: Callable[[Line], bool], *steps: str) -> Callable[[Case], Told]:
    """Return a predicate: no line may be wrong; the parameter of the first that is gets told."""

    def broken(case: Case) -> Told:
        for line in lines_of(case.params):
            if is_wrong(line):
                return {
                    "param": line.named(*steps),
                    "currency": line.currency,
                    "amount": line.unit_amount,
                }
        return None

    return broken


def _wrong_mode(case: Case) -> Told:
    mode = case.params.get("mode", "payment")
    return when(mode != "payment", mode=mode)


def _wrong_ui(case: Case) -> Told:
    mode = case.params.get("ui_mode", "hosted_page")
    return when(mode != "hosted_page", mode=mode)


def _life(case: Case) -> int | None:
    ends = number(case.params, "expires_at")
    return None if ends is None else ends - case.now


def _lives_too_short(case: Case) -> Told:
    life = _life(case)
    return when(life is not None and life < LEAST_LIFE_S - GRACE_S)


def _lives_too_long(case: Case) -> Told:
    life = _life(case)
    return when(life is not None and life > LONGEST_LIFE_S + GRACE_S)


def _too_small(case: Case) -> Told:
    total, currency = total_of(case.params), currency_of(case.params)
    return when(0 < total < money.minimum(currency))


def _too_large(case: Case) -> Told:
    return when(total_of(case.params) > LARGEST_AMOUNT)


def _mixed(case: Case) -> Told:
    found = sorted({line.currency for line in lines_of(case.params)})
    return when(len(found) > 1, found=", ".join(found))


def _is_uneven(line: Line) -> bool:
    if line.currency in money.THREE_DECIMAL:
        return line.unit_amount % 10 != 0
    return line.currency in money.WHOLE_HUNDREDTHS and line.unit_amount % 100 != 0


SESSION_RULES: tuple[Rule, ...] = (
    Rule(
        "session-no-payment-method-types",
        CREATE_SESSION,
        lambda case: when("payment_method_types" in case.params),
        "The parameter payment_method_types is no longer supported. Use dynamic payment methods "
        "or allowed_payment_method_types instead.",
        f"{DOCS}/changelog/endive",
        code="payment_method_types_no_longer_supported",
        param="payment_method_types",
        stage="early",
    ),
    Rule(
        "session-needs-mode",
        CREATE_SESSION,
        needs("mode"),
        "Missing required param: mode.",
        f"{DOCS}/api/checkout/sessions/create",
        code="parameter_missing",
        param="mode",
    ),
    Rule(
        "session-payment-only",
        CREATE_SESSION,
        _wrong_mode,
        "The sandbox offers mode=payment only, not mode={mode}.",
        "limit of this stand-in",
        param="mode",
    ),
    Rule(
        "session-hosted-only",
        CREATE_SESSION,
        _wrong_ui,
        "The sandbox offers ui_mode=hosted_page only, not ui_mode={mode}.",
        "limit of this stand-in",
        param="ui_mode",
    ),
    Rule(
        "session-needs-success-url",
        CREATE_SESSION,
        needs("success_url"),
        "Missing required param: success_url.",
        f"{DOCS}/api/checkout/sessions/create",
        code="parameter_missing",
        param="success_url",
    ),
    Rule(
        "session-success-url",
        CREATE_SESSION,
        is_no_url("success_url"),
        "Not a valid URL",
        f"{DOCS}/error-codes#url-invalid",
        code="url_invalid",
        param="success_url",
    ),
    Rule(
        "session-cancel-url",
        CREATE_SESSION,
        is_no_url("cancel_url"),
        "Not a valid URL",
        f"{DOCS}/error-codes#url-invalid",
        code="url_invalid",
        param="cancel_url",
    ),
    Rule(
        "session-needs-lines",
        CREATE_SESSION,
        needs("line_items"),
        "Missing required param: line_items.",
        "docstring of SessionCreateParams.line_items",
        code="parameter_missing",
        param="line_items",
    ),
    Rule(
        "session-most-lines",
        CREATE_SESSION,
        lambda case: when(len(case.params["line_items"]) > MAX_LINES),
        "You can only specify up to 100 line_items in payment mode.",
        "docstring of SessionCreateParams.line_items",
        param="line_items",
    ),
    Rule(
        "line-needs-price",
        CREATE_SESSION,
        any_line(lambda line: "price" not in line.params and "price_data" not in line.params),
        "You must specify either `price` or `price_data` when using line items.",
        "docstring of SessionCreateParams.line_items",
        code="parameter_missing",
        param="{param}",
    ),
    Rule(
        "line-one-price",
        CREATE_SESSION,
        any_line(lambda line: "price" in line.params and "price_data" in line.params),
        "You may only specify one of these parameters: price, price_data.",
        "docstring of SessionCreateParams.line_items",
        param="{param}",
    ),
    Rule(
        "line-unknown-price",
        CREATE_SESSION,
        any_line(lambda line: "price" in line.params, "price"),
        "No such price: the sandbox keeps no prices, send price_data.",
        "limit of this stand-in",
        code="resource_missing",
        param="{param}",
    ),
    Rule(
        "line-needs-product",
        CREATE_SESSION,
        any_line(lambda line: "product_data" not in line.price_data, "price_data", "product_data"),
        "Missing required param: {param}.",
        f"{DOCS}/api/checkout/sessions/create",
        code="parameter_missing",
        param="{param}",
    ),
    Rule(
        "line-needs-name",
        CREATE_SESSION,
        any_line(lambda line: not line.name.strip(), "price_data", "product_data", "name"),
        "You passed an empty string for '{param}'. We assume empty values are an attempt to unset "
        "a parameter; however '{param}' cannot be unset. You should remove '{param}' from your "
        "request or supply a non-empty value.",
        f"{DOCS}/error-codes#parameter-invalid-empty",
        code="parameter_invalid_empty",
        param="{param}",
    ),
    Rule(
        "line-needs-amount",
        CREATE_SESSION,
        any_line(
            lambda line: not {"unit_amount", "unit_amount_decimal"} & set(line.price_data),
            *("price_data", "unit_amount"),
        ),
        "Missing required param: {param}.",
        f"{DOCS}/api/checkout/sessions/create",
        code="parameter_missing",
        param="{param}",
    ),
    Rule(
        "line-amount-negative",
        CREATE_SESSION,
        any_line(lambda line: line.unit_amount < 0, "price_data", "unit_amount"),
        "Invalid non-negative integer",
        f"{DOCS}/error-codes#parameter-invalid-integer",
        code="parameter_invalid_integer",
        param="{param}",
    ),
    Rule(
        "line-needs-quantity",
        CREATE_SESSION,
        any_line(lambda line: "quantity" not in line.params, "quantity"),
        "Quantity is required. Add `{param}`.",
        f"{DOCS}/api/checkout/sessions/create",
        code="parameter_missing",
        param="{param}",
    ),
    Rule(
        "line-quantity-positive",
        CREATE_SESSION,
        any_line(lambda line: line.quantity < 1, "quantity"),
        "This value must be greater than or equal to 1.",
        f"{DOCS}/error-codes#parameter-invalid-integer",
        code="parameter_invalid_integer",
        param="{param}",
    ),
    Rule(
        "line-currency",
        CREATE_SESSION,
        any_line(lambda line: line.currency not in money.CURRENCIES, "price_data", "currency"),
        "Invalid currency: {currency}.",
        f"{DOCS}/currencies",
        param="{param}",
    ),
    Rule(
        "lines-one-currency",
        CREATE_SESSION,
        _mixed,
        "All line items must have the same currency; these have {found}.",
        f"{DOCS}/api/checkout/sessions/create",
        param="line_items",
    ),
    Rule(
        "line-uneven-amount",
        CREATE_SESSION,
        any_line(_is_uneven, "price_data", "unit_amount"),
        "Invalid amount {amount}: amounts in {currency} must be rounded as docs/currencies says.",
        f"{DOCS}/currencies#three-decimal",
        code="parameter_invalid_integer",
        param="{param}",
    ),
    Rule(
        "amount-too-small",
        CREATE_SESSION,
        _too_small,
        "The amount must be greater than or equal to the minimum charge amount allowed for your "
        "account and the currency set. If you want to learn more about minimum amounts and when "
        "they might change, see https://stripe.com/docs/currencies#minimum-and-maximum-charge-"
        "amounts.",
        "recording of the real API",
        code="amount_too_small",
        param="line_items",
    ),
    Rule(
        "amount-too-large",
        CREATE_SESSION,
        _too_large,
        "Amount must be no more than 99,999,999 in the smallest unit of its currency.",
        f"{DOCS}/error-codes#amount-too-large",
        code="amount_too_large",
        param="line_items",
    ),
    Rule(
        "session-expires-too-soon",
        CREATE_SESSION,
        _lives_too_short,
        "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.",
        "docstring of SessionCreateParams.expires_at",
        param="expires_at",
    ),
    Rule(
        "session-expires-too-late",
        CREATE_SESSION,
        _lives_too_long,
        "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.",
        "docstring of SessionCreateParams.expires_at",
        param="expires_at",
    ),
    Rule(
        "session-one-customer",
        CREATE_SESSION,
        has_both("customer", "customer_email"),
        "You may only specify one of these parameters: customer, customer_email.",
        f"{DOCS}/api/checkout/sessions/create",
        param="customer_email",
    ),
    Rule(
        "session-email",
        CREATE_SESSION,
        lambda case: when(
            "customer_email" in case.params and not EMAIL.fullmatch(case.params["customer_email"]),
            given=case.params.get("customer_email"),
        ),
        "Invalid email address: {given}",
        f"{DOCS}/error-codes#email-invalid",
        code="email_invalid",
        param="customer_email",
    ),
)
