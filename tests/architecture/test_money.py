"""Money is whole numbers, and every request that moves some can be repeated."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
INDII = ROOT / "indii"
MONEY = sorted(
    {
        INDII / "kernel" / "money.py",
        INDII / "ports" / "payments.py",
        *(INDII / "business" / "ledger").glob("*.py"),
        *(INDII / "trust" / "refunds").glob("*.py"),
        *(INDII / "store").glob("*/rules.py"),
        *(INDII / "store").glob("*/commands.py"),
        *(INDII / "store").glob("*/queries.py"),
        *(INDII / "store").glob("*/models.py"),
    }
)
ADAPTERS = sorted(
    path
    for path in (INDII / "adapters" / "payments").glob("*.py")
    if path.name not in {"__init__.py", "none.py"}
)
# Verbs of the SDK that change something at the network.
MOVES = frozenset(
    {"create", "update", "expire", "cancel", "capture", "confirm", "close", "reverse", "delete"}
)


def fractions(tree: ast.AST) -> list[str]:
    """Where a fraction could come from: literals, true division, float(), its types."""
    found = []
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
            found.append(f"{line}: {node.value}")
        elif isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div):
            # `folder / "name"` is a path.
            path = isinstance(node, ast.BinOp) and isinstance(node.right, ast.Constant)
            if not (path and isinstance(node.right.value, str)):
                found.append(f"{line}: /")
        elif isinstance(node, ast.Name | ast.Attribute):
            name = node.id if isinstance(node, ast.Name) else node.attr
            if name in {"float", "Float", "Decimal", "Numeric", "truediv", "fsum"}:
                found.append(f"{line}: {name}")
    return found


def short(path: Path) -> str:
    return str(path.relative_to(INDII))


@pytest.mark.parametrize("path", MONEY, ids=short)
def test_money_is_never_a_fraction(path: Path) -> None:
    assert fractions(ast.parse(path.read_text())) == []


@pytest.mark.parametrize(
    "text",
    ["x = 1.5", "x = a / b", "x /= 2", "x = float(y)", "x: float = 1", "x = Decimal('1')",
     "x = operator.truediv(a, b)", "x = 1e3", "def f(x: float): ..."],
)  # fmt: skip
def test_fractions_are_found(text: str) -> None:
    assert fractions(ast.parse(text))


def unrepeatable(tree: ast.AST) -> list[str]:
    """Calls of the network that change something and carry no idempotency key."""
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr not in MOVES or "_client" not in ast.unparse(node.func):
            continue
        keys = [
            key.value
            for argument in (*node.args, *(word.value for word in node.keywords))
            if isinstance(argument, ast.Dict)
            for key, value in zip(argument.keys, argument.values, strict=True)
            if isinstance(key, ast.Constant) and ast.unparse(value) not in {"''", "None"}
        ]
        if "idempotency_key" not in keys:
            found.append(f"{node.lineno}: {ast.unparse(node.func)}")
    return found


def moves(tree: ast.AST) -> list[str]:
    """What a module asks the network to do."""
    return [
        node.func.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in MOVES
        and "_client" in ast.unparse(node.func)
    ]


@pytest.mark.parametrize("path", ADAPTERS, ids=short)
def test_whatever_moves_money_can_be_repeated(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert unrepeatable(tree) == []
    assert "raw_request" not in path.read_text()


def test_the_moves_are_seen() -> None:
    found = [verb for path in ADAPTERS for verb in moves(ast.parse(path.read_text()))]
    assert sorted(found) == ["create", "create", "expire"]
    assert unrepeatable(ast.parse("self._client.v1.refunds.create({'amount': 1})"))
    assert unrepeatable(ast.parse("self._client.v1.x.create({}, {'idempotency_key': ''})"))
    assert not unrepeatable(ast.parse("self._client.v1.x.create({}, {'idempotency_key': key})"))


def test_keys_of_money_come_from_our_own_rows() -> None:
    """A key made on the spot would be another one after a crash."""
    for path in ADAPTERS:
        text = path.read_text()
        assert "uuid" not in text
        assert "new_id" not in text
        assert "random" not in text


def test_operators_are_told_to_send_the_events_that_are_handled() -> None:
    from workers.registry import INBOUND_HANDLERS, load_rooms

    load_rooms()
    guide = (ROOT / "docs" / "ops" / "money.md").read_text()
    [line] = [line for line in guide.splitlines() if "Add a webhook endpoint" in line]
    named = set(re.findall(r"`([a-z_]+(?:\.[a-z_]+)+)`", line))
    assert named == set(INBOUND_HANDLERS)
