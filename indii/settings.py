"""Every setting of an installation: INDII_* in the environment or in `.env`."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

DEVELOPMENT_SECRET = "development-only-secret"  # noqa: S105
# Of the local sandbox, where no money is.
SANDBOX_KEY = "sk_test_indii_local"
SANDBOX_SECRET = "whsec_indii_local_sandbox"  # noqa: S105


class Settings(BaseSettings):
    """Read once at start; refuses combinations that would be unsafe."""

    model_config = SettingsConfigDict(
        env_prefix="INDII_", env_file=".env", extra="ignore", frozen=True
    )

    environment: Literal["development", "test", "production"] = "development"
    public_url: str = ""
    host: str = "127.0.0.1"
    port: int = Field(default=3000, ge=1, le=65535)
    web_processes: int = Field(default=1, ge=1, le=64)
    worker_processes: int = Field(default=2, ge=1, le=64)
    pool_size: int = Field(default=12, ge=2, le=200)
    database_url: SecretStr | None = None
    redis_url: SecretStr | None = None
    state_dir: Path = Path("var")
    secret_key: SecretStr = SecretStr(DEVELOPMENT_SECRET)
    metrics_token: SecretStr | None = None
    currency: str = Field(default="USD", pattern="^[A-Z]{3}$")
    log_json: bool = False
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    trusted_proxy_hops: int = Field(default=0, ge=0, le=5)
    # Storage: a folder, or S3 when a bucket is named.
    s3_bucket: str = ""
    s3_endpoint_url: str | None = None
    s3_region: str = "us-east-1"
    s3_access_key_id: SecretStr | None = None
    s3_secret_access_key: SecretStr | None = None
    # Mail: .eml files in the state folder, or SMTP when a host is named.
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_user: str = ""
    smtp_password: SecretStr | None = None
    smtp_starttls: bool = True
    mail_from: str = "Indii <no-reply@localhost>"
    # Shown in the terms, the privacy notice and moderation e-mails: an address people can write to.
    contact: str = ""
    # Money: Stripe's key and the secret of its webhook endpoint (two while one replaces the other,
    # with a comma between). In development `indii up` starts a sandbox and fills these in.
    stripe_key: SecretStr | None = None
    stripe_webhook_secret: SecretStr | None = None
    stripe_base_url: str = ""
    platform_fee_bps: int = Field(default=800, ge=0, le=5000)
    seed_demo: bool = True
    # How many days done work is kept; what failed for good stays until a person decides. The
    # network repeats its events for thirty days, so they are known for longer.
    keep_jobs_days: int = Field(default=14, ge=1)
    keep_inbound_days: int = Field(default=90, ge=31)
    keep_mail_days: int = Field(default=90, ge=1)

    @model_validator(mode="after")
    def _refuse_unsafe(self) -> Self:
        key = self.stripe_key.get_secret_value() if self.stripe_key else ""
        if self.stripe_base_url and "_live_" in key:
            raise ValueError("INDII_STRIPE_BASE_URL must be empty with a live key: it moves money")
        if self.environment != "production":
            return self
        if self.stripe_base_url:
            raise ValueError("INDII_STRIPE_BASE_URL is for development: it points at a sandbox")
        if key and not self.stripe_webhook_secret:
            raise ValueError("INDII_STRIPE_WEBHOOK_SECRET must be set where INDII_STRIPE_KEY is")
        if self.secret_key.get_secret_value() in {"", DEVELOPMENT_SECRET}:
            raise ValueError("INDII_SECRET_KEY must be set to a long random value in production")
        if len(self.secret_key.get_secret_value()) < 32:
            raise ValueError("INDII_SECRET_KEY must have at least 32 characters")
        if not self.public_url:
            raise ValueError("INDII_PUBLIC_URL must be set in production")
        if not self.metrics_token:
            raise ValueError("INDII_METRICS_TOKEN must be set in production")
        return self

    @property
    def url(self) -> str:
        """The address people open, without a slash at its end."""
        return (self.public_url or f"http://localhost:{self.port}").rstrip("/")

    @property
    def is_secure(self) -> bool:
        """Whether people come over TLS, so that cookies may insist on it."""
        return urlsplit(self.url).scheme == "https"

    @property
    def origins(self) -> list[str]:
        """Origins whose scripts may talk to us; in development this machine by either name."""
        if self.environment == "production":
            return [self.url]
        return [self.url, f"http://localhost:{self.port}", f"http://127.0.0.1:{self.port}"]

    def _from_services(self, name: str) -> str | None:
        # `indii up` notes where it started the embedded services, for other commands to find.
        file = self.state_dir / "services.json"
        try:
            found = json.loads(file.read_text()).get(name)
        except (OSError, ValueError):
            return None
        return str(found) if found else None

    def database(self) -> str:
        """Return the address of the database.

        Raises:
            SettingsError: none is set and no embedded one was ever started here.
        """
        if self.database_url:
            return self.database_url.get_secret_value()
        if found := self._from_services("database_url"):
            return found
        raise SettingsError(
            "No database: set INDII_DATABASE_URL, or start the embedded one with `indii up`."
        )

    def stripe(self) -> tuple[str, str, str]:
        """Return key, webhook secret and address of Stripe; "" three times where there is none."""
        if self.stripe_key:
            secret = self.stripe_webhook_secret
            return (
                self.stripe_key.get_secret_value(),
                secret.get_secret_value() if secret else "",
                self.stripe_base_url,
            )
        if self.environment == "production":
            return "", "", ""
        found = self._from_services("stripe_url")
        return (SANDBOX_KEY, SANDBOX_SECRET, found) if found else ("", "", "")

    def redis(self) -> str:
        """Return the address of Redis.

        Raises:
            SettingsError: none is set and no embedded one was ever started here.
        """
        if self.redis_url:
            return self.redis_url.get_secret_value()
        if found := self._from_services("redis_url"):
            return found
        raise SettingsError(
            "No Redis: set INDII_REDIS_URL, or start the embedded one with `indii up`."
        )


class SettingsError(RuntimeError):
    """A setting is missing; the message says which and what to do."""


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return the settings of this process."""
    return Settings()
