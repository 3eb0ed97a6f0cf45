"""What the environment says about this stand-in."""

import os
from dataclasses import dataclass, field
from typing import Self

LOCAL_KEY = "sk_test_indii_local"
KEY_PREFIXES = ("sk_test_", "rk_test_")


@dataclass(frozen=True, slots=True)
class Settings:
    """One installation of the stand-in."""

    database_url: str = field(repr=False)
    public_url: str = "http://localhost:8420"
    api_key: str = field(default=LOCAL_KEY, repr=False)
    webhook_url: str = ""
    webhook_secret: str = field(default="", repr=False)
    check_shapes: bool = True

    def __post_init__(self) -> None:
        if not self.api_key.startswith(KEY_PREFIXES):
            raise ValueError("SANDBOX_API_KEY must begin with sk_test_ or rk_test_.")
        if bool(self.webhook_url) != bool(self.webhook_secret):
            raise ValueError("SANDBOX_WEBHOOK_URL and SANDBOX_WEBHOOK_SECRET belong together.")

    @classmethod
    def from_environment(cls, port: int = 8420) -> Self:
        """Read `SANDBOX_*`. Raises: ValueError where something needed is missing."""
        said = {
            name.removeprefix("SANDBOX_"): value
            for name, value in os.environ.items()
            if name.startswith("SANDBOX_")
        }
        if not said.get("DATABASE_URL"):
            raise ValueError("SANDBOX_DATABASE_URL must name a Postgres database.")
        return cls(
            database_url=said["DATABASE_URL"],
            public_url=(said.get("PUBLIC_URL") or f"http://localhost:{port}").rstrip("/"),
            api_key=said.get("API_KEY") or LOCAL_KEY,
            webhook_url=said.get("WEBHOOK_URL", ""),
            webhook_secret=said.get("WEBHOOK_SECRET", ""),
            check_shapes=said.get("CHECK_SHAPES", "1") not in {"0", "false", "no"},
        )
