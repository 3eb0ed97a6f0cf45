"""A small catalogue whose every answer is known."""

import pytest

from indii.kernel.context import Actor
from indii.kernel.runtime import Runtime
from tests.factories.identity import make_producer


@pytest.fixture
def ash(rt: Runtime) -> Actor:
    return make_producer(rt, "Ash Verell")


@pytest.fixture
def miko(rt: Runtime) -> Actor:
    return make_producer(rt, "Mikó Tänn")
