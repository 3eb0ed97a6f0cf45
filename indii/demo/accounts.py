"""The demo's people: logins that `indii up` prints, in development only."""

from dataclasses import dataclass

DOMAIN = "demo.example.com"


@dataclass(frozen=True, slots=True)
class DemoLogin:
    """A login for trying the site."""

    role: str
    email: str
    password: str
    name: str


FAN = DemoLogin("fan", f"fan@{DOMAIN}", "hear-the-room-24", "Lena Moss")
ADMIN = DemoLogin("admin", f"admin@{DOMAIN}", "keep-the-lights-24", "Noor Admin")
# Every demo producer has this password; the first one is printed.
PRODUCER_PASSWORD = "press-the-vinyl-24"  # noqa: S105 - printed on every development start


def producer_email(local: str) -> str:
    """Return the address of a demo producer."""
    return f"{local}@{DOMAIN}"
