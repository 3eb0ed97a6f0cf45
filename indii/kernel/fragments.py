"""Jinja fragments for first HTML: one environment over every feature's `templates/` folder."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

ROOT = Path(__file__).parent.parent


@cache
def _environment() -> Environment:
    folders = sorted(str(path) for path in ROOT.glob("*/*/templates"))
    return Environment(
        loader=FileSystemLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def provide_icons(draw: Callable[..., str]) -> None:
    """Let fragments draw signs: `{{ icon("play") }}`; the kit that owns them lies above us."""

    def icon(*args: Any) -> Markup:
        return Markup(draw(*args))  # noqa: S704 - our own constant drawings

    _environment().globals["icon"] = icon


def render(name: str, **values: Any) -> str:
    """Return the fragment `name`.html.jinja; every value is escaped."""
    return _environment().get_template(f"{name}.html.jinja").render(**values)
