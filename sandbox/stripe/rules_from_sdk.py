"""The request grammar of Stripe, read from the installed SDK.

The services of the SDK name every verb and address (read from their syntax trees, nothing is
imported for it); the TypedDict of each call's parameters is its grammar, compiled once, on first
use, to plain functions. An upgrade of the SDK therefore moves these rules with it.
"""

import ast
import functools
import importlib
import importlib.util
import re
import sys
import types
import typing
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Union

import typing_extensions as te

from sandbox.stripe.errors import WireError, unknown_route

Check = Callable[[Any, str], None]
Names = dict[str, str]
PARAMS = re.compile(r"(\w+Params)\b")
WHOLE = re.compile(r"-?\d+")
# Numbers are stored as 64 bits; what is longer is no amount and no time.
LONGEST_NUMBER = 15


@dataclass(frozen=True, slots=True)
class Route:
    """One call that Stripe has."""

    method: str
    template: str
    params_module: str
    params_name: str

    @property
    def pattern(self) -> re.Pattern[str]:
        """What an address of this call looks like; the variable parts are named groups."""
        return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.template))


# ------------------------------------------------------------------ which calls there are


def sdk_folder() -> Path:
    """Return where the SDK is installed. Raises: RuntimeError when it is not."""
    found = importlib.util.find_spec("stripe")
    if found is None or found.origin is None:
        raise RuntimeError("The sandbox reads its rules from the package 'stripe': install it.")
    return Path(found.origin).parent


@functools.cache
def routes() -> dict[tuple[str, str], Route]:
    """Return every v1 call of the SDK by (verb, template)."""
    found: dict[tuple[str, str], Route] = {}
    for path in sorted(sdk_folder().rglob("*_service.py")):
        tree = ast.parse(path.read_text())
        modules = {
            alias.asname or alias.name: node.module or ""
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef):
                for route in _calls(function, modules):
                    found[route.method, route.template] = route
    return found


def _calls(function: ast.FunctionDef, modules: Names) -> Iterator[Route]:
    given = next((a.annotation for a in function.args.args if a.arg == "params"), None)
    name = PARAMS.search(ast.unparse(given)) if given is not None else None
    params = name[1] if name else ""
    for call in ast.walk(function):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
            continue
        if call.func.attr != "_request" or len(call.args) < 2:
            continue
        verb, template = _literal(call.args[0]), _literal(call.args[1])
        if verb and template.startswith("/v1/"):
            yield Route(verb.upper(), template, modules.get(params, ""), params)


def _literal(node: ast.expr) -> str:
    """Return the text of `"..."`, or of `"...".format(...)`."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        node = node.func.value
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


class Router:
    """Finds the call behind an address."""

    def __init__(self) -> None:
        # Fixed addresses first: `/v1/charges/search` is no charge named "search".
        ordered = sorted(routes().values(), key=lambda route: route.template.count("{"))
        self._fixed = {(r.method, r.template): r for r in ordered if "{" not in r.template}
        self._open = [(r.method, r.pattern, r) for r in ordered if "{" in r.template]

    def match(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        """Return the call and the ids in its address. Raises: WireError(404) for no such call."""
        if fixed := self._fixed.get((method, path)):
            return fixed, {}
        for verb, pattern, route in self._open:
            if verb == method and (found := pattern.fullmatch(path)):
                return route, found.groupdict()
        raise unknown_route(method, path)


# ------------------------------------------------------------------ what a call may say


def validate(route: Route, params: dict[str, Any]) -> None:
    """Pass when the parameters fit the SDK's types. Raises: WireError(400) as Stripe words it."""
    if route.params_name:
        _params_check(route.params_module, route.params_name)(params, "")
    elif params:
        raise _unknown(list(params))


@functools.cache
def _params_check(module: str, name: str) -> Check:
    return _compile(getattr(importlib.import_module(module), name))


def _inside(path: str, key: str | int) -> str:
    return f"{path}[{key}]" if path else str(key)


def _unknown(names: list[str]) -> WireError:
    plural = "s" if len(names) > 1 else ""
    return WireError(
        f"Received unknown parameter{plural}: {', '.join(names)}",
        code="parameter_unknown",
        param=names[0],
    )


@functools.cache
def _fields(params: Any) -> tuple[dict[str, Any], frozenset[str]]:
    """Return the parameters of a TypedDict, and which of them are needed."""
    sdk = importlib.import_module("stripe")
    space = {**vars(typing), **vars(sdk), **vars(sys.modules[params.__module__])}
    hints = te.get_type_hints(params, space, {"StripeContext": str}, include_extras=True)
    # Older style parameters carry the options of the call itself (key, version), no wire fields.
    options = set(sdk.RequestOptions.__annotations__)
    if options <= set(params.__annotations__):
        hints = {key: hint for key, hint in hints.items() if key not in options}
    return hints, frozenset(params.__required_keys__ & set(hints))


@functools.cache
def _object_check(params: Any) -> Check:
    hints, needed = _fields(params)
    # Compiled on first use, for grammars are deep and a shop uses little of them.
    compiled: dict[str, Check] = {}

    def check(value: Any, path: str) -> None:
        if not isinstance(value, dict):
            raise WireError("Invalid object", param=path)
        if unknown := [_inside(path, key) for key in value if key not in hints]:
            raise _unknown(unknown)
        for key in sorted(needed):
            if key not in value:
                where = _inside(path, key)
                raise WireError(
                    f"Missing required param: {where}.", code="parameter_missing", param=where
                )
        for key, item in value.items():
            if key not in compiled:
                compiled[key] = _compile(hints[key])
            compiled[key](item, _inside(path, key))

    return check


def _compile(hint: Any) -> Check:  # noqa: PLR0911 - one way out for every sort of type
    """Return the function that refuses what does not fit the type."""
    origin, inner = te.get_origin(hint), te.get_args(hint)
    if origin in (te.NotRequired, te.Required, typing.Annotated):
        return _compile(inner[0])
    if te.is_typeddict(hint):
        return _object_check(hint)
    if origin is list:
        return _list_check(_compile(inner[0]))
    if origin is dict or getattr(origin, "__name__", "") == "UntypedStripeObject":
        return _map_check(_compile(inner[-1]))
    if origin in (te.Literal, typing.Literal):
        return _choice_check(inner)
    if origin in (Union, types.UnionType):
        return _either_check(inner)
    if hint is None or hint is type(None):
        return _choice_check(("",))
    return SCALARS.get(getattr(hint, "__name__", ""), _anything)


def _list_check(each: Check) -> Check:
    def check(value: Any, path: str) -> None:
        if not isinstance(value, list):
            raise WireError("Invalid array", param=path)
        for place, item in enumerate(value):
            each(item, _inside(path, place))

    return check


def _map_check(each: Check) -> Check:
    def check(value: Any, path: str) -> None:
        # keys that are all digits were decoded as a list: still a map of names to values
        if isinstance(value, list):
            value = {str(place): item for place, item in enumerate(value)}
        if value == "":
            return
        if not isinstance(value, dict):
            raise WireError("Invalid object", param=path)
        for key, item in value.items():
            each(item, _inside(path, key))

    return check


def _choice_check(allowed: tuple[Any, ...]) -> Check:
    choices = frozenset(map(str, allowed))
    shown = [str(choice) for choice in allowed if choice != ""]
    listed = f"{', '.join(shown[:-1])}, or {shown[-1]}" if len(shown) > 1 else "".join(shown)

    def check(value: Any, path: str) -> None:
        if not isinstance(value, str) or value not in choices:
            raise WireError(f"Invalid {path}: must be one of {listed}", param=path)

    return check


def _either_check(arms: tuple[Any, ...]) -> Check:
    # The SDK leaves its lists of words open (`Literal[...] | str`) for what Stripe adds later.
    # Here they are closed: a word that the SDK does not know is a mistake.
    words = [a for a in arms if te.get_origin(a) in (te.Literal, typing.Literal)]
    closed = any(set(te.get_args(a)) != {""} for a in words)
    checks = [_compile(arm) for arm in arms if not (closed and arm is str)]

    def check(value: Any, path: str) -> None:
        deepest: WireError | None = None
        for attempt in checks:
            try:
                attempt(value, path)
            except WireError as error:
                if deepest is None or len(error.param or "") > len(deepest.param or ""):
                    deepest = error
            else:
                return
        if deepest is not None:
            raise deepest

    return check


def _integer(value: Any, path: str) -> None:
    fits = isinstance(value, str) and WHOLE.fullmatch(value) and value.isascii()
    if not fits or len(value) > LONGEST_NUMBER:
        raise WireError(f"Invalid integer: {value}", code="parameter_invalid_integer", param=path)


def _boolean(value: Any, path: str) -> None:
    if value not in ("true", "false"):
        raise WireError(f"Invalid boolean: {value}", param=path)


def _decimal(value: Any, path: str) -> None:
    if not isinstance(value, str) or not re.fullmatch(r"-?\d+(\.\d+)?", value):
        raise WireError(f"Invalid decimal: {value}", param=path)


def _string(value: Any, path: str) -> None:
    if not isinstance(value, str):
        raise WireError(f"Invalid string: {value}", param=path)


def _anything(_value: Any, _path: str) -> None:
    """Accept what the SDK does not describe."""


SCALARS: dict[str, Check] = {
    "int": _integer,
    "bool": _boolean,
    "float": _decimal,
    "Decimal": _decimal,
    "str": _string,
}


# ------------------------------------------------------------------ from text to values


def number(params: dict[str, Any], name: str) -> int | None:
    """Return a validated whole number, None where it is absent or empty."""
    value = params.get(name)
    return int(value) if value not in (None, "") else None


def flag(params: dict[str, Any], name: str, *, default: bool = False) -> bool:
    """Return a validated yes or no."""
    return bool(params.get(name, "true" if default else "false") == "true")


@functools.cache
def event_types() -> frozenset[str]:
    """Return the names of all events that an endpoint can ask for, `*` among them."""
    route = routes()["POST", "/v1/webhook_endpoints"]
    params = getattr(importlib.import_module(route.params_module), route.params_name)
    hints, _ = _fields(params)
    return frozenset(_words(hints["enabled_events"]))


def _words(hint: Any) -> Iterator[str]:
    for inner in te.get_args(hint):
        if isinstance(inner, str):
            yield inner
        else:
            yield from _words(inner)


API_VERSION_MODULE = "stripe._api_version"


@functools.cache
def api_version() -> str:
    """Return the version of the API that the SDK speaks."""
    return str(importlib.import_module(API_VERSION_MODULE)._ApiVersion.CURRENT)  # noqa: SLF001
