"""What a refused request is answered with."""

from typing import Any


class WireError(Exception):
    """A refusal in Stripe's own words; `kind` is one of the four types that its wire has."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        code: str | None = None,
        param: str | None = None,
        kind: str = "invalid_request_error",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.param = param
        self.kind = kind

    def body(self) -> dict[str, Any]:
        """Return the JSON that goes out."""
        said: dict[str, Any] = {"message": self.message, "type": self.kind}
        if self.param:
            said["param"] = self.param
        if self.code:
            said["code"] = self.code
            page = self.code.replace("_", "-")
            said["doc_url"] = f"https://stripe.com/docs/error-codes/{page}"
        return {"error": dict(sorted(said.items()))}


def missing(kind: str, given: str, *, param: str = "id", in_url: bool = True) -> WireError:
    """Return the refusal of an id that names nothing: 404 in the address, 400 in the body."""
    return WireError(
        f"No such {SPOKEN.get(kind, kind)}: '{given}'",
        status=404 if in_url else 400,
        code="resource_missing",
        param=param,
    )


SPOKEN = {
    "checkout.session": "checkout.session",
    "balance_transaction": "balance transaction",
    "webhook_endpoint": "webhook endpoint",
}


def not_permitted() -> WireError:
    """Return the refusal of a request without a key."""
    return WireError(
        "You did not provide an API key. You need to provide your API key in the Authorization "
        "header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
        status=401,
    )


def wrong_key(given: str) -> WireError:
    """Return the refusal of an unknown key, of which only the ends are repeated."""
    shown = f"{given[:8]}{'*' * 8}{given[-4:]}" if len(given) > 16 else "*" * 8
    return WireError(f"Invalid API Key provided: {shown}", status=401)


def unknown_route(method: str, path: str) -> WireError:
    """Return the refusal of an address that Stripe does not have."""
    return WireError(
        f"Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs or we "
        "can help at https://support.stripe.com/.",
        status=404,
    )


def not_offered(method: str, path: str) -> WireError:
    """Return the refusal of what Stripe has and this stand-in does not."""
    return WireError(f"The sandbox does not offer {method} {path}.", status=501, kind="api_error")


def lock_timeout() -> WireError:
    """Return the refusal of a request that another one holds up."""
    return WireError(
        "This object cannot be accessed right now because another API request or Stripe process "
        "is currently accessing it. If you see this error intermittently, retry the request.",
        status=429,
        code="lock_timeout",
    )


def rate_limit() -> WireError:
    """Return the refusal of too many requests."""
    return WireError(
        "Request rate limit exceeded. Learn more about rate limits: "
        "https://stripe.com/docs/rate-limits.",
        status=429,
        code="rate_limit",
    )


def broken(status: int = 500) -> WireError:
    """Return the answer of a server that has trouble of its own."""
    return WireError(
        "An unknown error occurred. Please try again.", status=status, kind="api_error"
    )
