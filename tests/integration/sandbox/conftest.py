"""One stand-in for all tests here, emptied before each."""

from collections.abc import Iterator

import pytest

from indii.ops.postgres import embedded_postgres
from tests.integration.sandbox.serving import Shop, StripeSandbox, serve_sandbox


@pytest.fixture(scope="session")
def sandbox_server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Postgres; the stand-in makes its own database there."""
    with embedded_postgres(tmp_path_factory.mktemp("pg"), fast=True, keep=False) as dsn:
        yield dsn


@pytest.fixture(scope="session")
def running_sandbox(
    tmp_path_factory: pytest.TempPathFactory, sandbox_server_url: str
) -> Iterator[StripeSandbox]:
    with serve_sandbox(tmp_path_factory.mktemp("sandbox"), sandbox_server_url) as made:
        yield made


@pytest.fixture
def sandbox(running_sandbox: StripeSandbox) -> StripeSandbox:
    """An empty stand-in whose fees and debits take no time that a test would notice."""
    running_sandbox.control("reset")
    running_sandbox.control("knobs", fee_delay_s=3600.0, debit_delay_s=3600.0)
    return running_sandbox


@pytest.fixture
def shop(sandbox: StripeSandbox) -> Iterator[Shop]:
    """An endpoint that hears of everything; its secret is `shop.secret`."""
    made = Shop()
    endpoint = sandbox.client.v1.webhook_endpoints.create(
        {"url": made.url, "enabled_events": ["*"]}
    )
    assert endpoint.secret
    made.secret = endpoint.secret
    made.endpoint_id = endpoint.id
    yield made
    made.close()
