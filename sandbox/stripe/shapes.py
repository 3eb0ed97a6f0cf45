"""What an object must look like: the annotations of the SDK's resource classes.

Every object that leaves the stand-in is checked against them, so a field that Stripe does not have,
a missing one or a wrong word is found by the first test that touches it.
"""

import functools
import importlib
import inspect
import types
import typing
from collections.abc import Callable
from typing import Any, Union

import typing_extensions as te

Fault = str
Check = Callable[[Any, str], list[Fault]]
MAPPING = "UntypedStripeObject"


class WrongShapeError(Exception):
    """The stand-in was about to answer with something that Stripe would not."""


def check(value: Any) -> None:
    """Pass when the object has the shape that the SDK knows. Raises: WrongShapeError."""
    if wrong := faults(value):
        raise WrongShapeError("; ".join(wrong[:5]))


def faults(value: Any, path: str = "") -> list[Fault]:
    """Return what is wrong with an object, or with anything that carries its `object` name."""
    if not isinstance(value, dict) or not isinstance(value.get("object"), str):
        return [f"{path or 'answer'}: no object"]
    name = value["object"]
    if name == "list":
        return _list_faults(value, path)
    if set(value) == DELETED_FIELDS and value["deleted"] is True:
        return []
    here = path or name
    try:
        found = object_check(name)(value, here)
    except KeyError:
        return [f"{here}: the SDK has no object {name}"]
    if name == "event":
        found += faults(value["data"]["object"], f"{here}.data.object")
    return found


def _list_faults(value: dict[str, Any], path: str) -> list[Fault]:
    wrong = [f"{path}.{key}: unknown" for key in set(value) - LIST_FIELDS]
    if not isinstance(value.get("has_more"), bool) or not isinstance(value.get("url"), str):
        wrong.append(f"{path or 'list'}: has_more or url")
    for place, item in enumerate(value.get("data", [])):
        wrong += faults(item, f"{path}.data[{place}]")
    return wrong


NO_FIELDS: tuple[Any, ...] = (te.ClassVar,)
DELETED_FIELDS = {"id", "object", "deleted"}
LIST_FIELDS = {"object", "data", "has_more", "url"}


def sdk_class(name: str) -> Any:
    """Return the SDK's class of objects of this name. Raises: KeyError."""
    found = importlib.import_module("stripe._object_classes").OBJECT_CLASSES[name]
    module, class_name = found
    return getattr(importlib.import_module(module), class_name)


@functools.cache
def fields(cls: Any) -> dict[str, Any]:
    """Return the annotated fields of a class of the SDK, inherited ones included."""
    return {
        key: hint
        for base in reversed(cls.__mro__)
        for key, hint in inspect.get_annotations(base).items()
        if not key.startswith("_") and te.get_origin(hint) not in NO_FIELDS
    }


def is_optional(hint: Any) -> bool:
    """Whether a field may be null or absent."""
    return type(None) in te.get_args(hint)


def is_reference(hint: Any) -> bool:
    """Whether a field holds an id that `expand` turns into the object."""
    arms = te.get_args(hint)
    return str in arms and any(isinstance(arm, te.ForwardRef | str) for arm in arms)


@functools.cache
def object_check(name: str) -> Check:
    """Return the compiled check of objects of this name. Raises: KeyError."""
    return _class_check(sdk_class(name))


@functools.cache
def _class_check(cls: Any) -> Check:
    hints = fields(cls)
    needed = [key for key, hint in hints.items() if not is_optional(hint)]
    compiled: dict[str, Check] = {}

    def check_object(value: Any, path: str) -> list[Fault]:
        if not isinstance(value, dict):
            return [f"{path}: {value!r} is no object"]
        wrong = [f"{path}.{key}: missing" for key in needed if key not in value]
        for key, item in value.items():
            if key not in hints:
                wrong.append(f"{path}.{key}: unknown")
            elif item is not None or key in needed:
                if key not in compiled:
                    compiled[key] = _compile(hints[key])
                wrong += compiled[key](item, f"{path}.{key}")
        return wrong

    return check_object


def _compile(hint: Any) -> Check:  # noqa: PLR0911 - one way out for every sort of type
    origin, inner = te.get_origin(hint), te.get_args(hint)
    if origin in (Union, types.UnionType):
        return _either(inner)
    if origin in (te.Literal, typing.Literal):
        return _one_of(inner)
    if origin is list:
        return _each(_compile(inner[0]))
    if getattr(origin, "__name__", "") == MAPPING:
        return _mapping(_compile(inner[0]))
    if isinstance(hint, str | te.ForwardRef) or getattr(origin, "__name__", "") == "ListObject":
        return faults
    name = getattr(hint, "__name__", "")
    if name in SCALARS:
        return _scalar(name)
    if hint is Any or name == MAPPING:
        return _nothing
    return _class_check(hint)


def _either(arms: tuple[Any, ...]) -> Check:
    words = any(te.get_origin(arm) in (te.Literal, typing.Literal) for arm in arms)
    # As in requests: a list of words is closed here.
    checks = [_compile(a) for a in arms if a is not type(None) and not (words and a is str)]
    if len(checks) == 1:
        return checks[0]

    def check_arms(value: Any, path: str) -> list[Fault]:
        tried = [attempt(value, path) for attempt in checks]
        return min(tried, key=len)

    return check_arms


def _one_of(allowed: tuple[Any, ...]) -> Check:
    def check_word(value: Any, path: str) -> list[Fault]:
        return [] if value in allowed else [f"{path}: {value!r} is not one of {allowed[:6]}"]

    return check_word


def _each(item: Check) -> Check:
    def check_items(value: Any, path: str) -> list[Fault]:
        if not isinstance(value, list):
            return [f"{path}: {value!r} is no list"]
        return [w for place, one in enumerate(value) for w in item(one, f"{path}[{place}]")]

    return check_items


def _mapping(item: Check) -> Check:
    def check_values(value: Any, path: str) -> list[Fault]:
        if not isinstance(value, dict):
            return [f"{path}: {value!r} is no mapping"]
        return [w for key, one in value.items() for w in item(one, f"{path}.{key}")]

    return check_values


def _scalar(name: str) -> Check:
    kinds = SCALARS[name]

    def check_scalar(value: Any, path: str) -> list[Fault]:
        right = isinstance(value, kinds) and (name == "bool" or not isinstance(value, bool))
        return [] if right else [f"{path}: {value!r} is no {name}"]

    return check_scalar


def _nothing(_value: Any, _path: str) -> list[Fault]:
    return []


# A decimal travels as text, so that no float rounds it.
SCALARS: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "bool": (bool,),
    "float": (int, float),
    "str": (str,),
    "Decimal": (str,),
}
