"""React itself as the oracle: what it writes in Node for the code that Reflex makes of components.

One process writes all jobs. Packages are those of the exported front end.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import reflex as rx
import reflex_base
from reflex_base.compiler.templates import _RenderUtils
from reflex_base.constants.state import FIELD_MARKER
from reflex_base.utils.format import format_state_name, json_dumps

from indii.ops import frontend
from indii.ui.drawn.page import _all_states
from tests.serving import FRONTENDS, exported_frontend

RUN = Path(__file__).with_name("react.mjs")
STATE_JS = Path(reflex_base.__file__).parent / ".templates/web/utils/state.js"
#: Handlers and refs stand in no HTML, and their code would need the whole of Reflex's runtime.
UNSEEN = re.compile(r"(on[A-Z]\w*|ref):")
CONTEXT = """\
import { createContext } from "react";
export const clientStorage = {};
export const ColorModeContext = createContext({ rawColorMode: "dark", setColorMode() {} });
export const DispatchContext = createContext({});
export const EventLoopContext = createContext([() => {}, []]);
"""
ENTRY = """\
import {{ createElement, Fragment }} from "react";
import {{ renderToStaticMarkup }} from "react-dom/server.node";
import {{ StaticRouter, Link as ReactRouterLink }} from "react-router";
import {{ {helpers} }} from "./helpers.js";
{imports}
const jsx = createElement;
const pages = {{}};
{pages}
export const draw = (name, data) => renderToStaticMarkup(
  jsx(StaticRouter, {{ location: "/nowhere" }}, jsx(() => pages[name](data), {{}})));
"""


@dataclass(frozen=True)
class Job:
    """One page with what its state holds."""

    key: str
    page: str
    state: type[rx.State]
    values: Mapping[str, Any]


def written_by_react(
    components: Mapping[str, rx.Component], jobs: Sequence[Job], folder: Path
) -> dict[str, str]:
    """Return the HTML of each job by its key."""
    exported_frontend()
    modules = FRONTENDS / "build" / "node_modules"
    if not modules.is_dir():
        pytest.skip("the packages of the front end are not here: INDII_TEST_FRONTEND is set")
    (folder / "context.js").write_text(CONTEXT)
    helpers = _helpers()
    (folder / "helpers.js").write_text(helpers)
    (folder / "entry.jsx").write_text(_entry(components, helpers))
    (folder / "jobs.json").write_text(_jobs(jobs))
    subprocess.run(
        ["node", str(RUN), str(folder), str(modules)],
        env=frontend.build_env(folder),
        check=True,
        timeout=120,
    )
    found: dict[str, str] = json.loads((folder / "out.json").read_text())
    return found


def _helpers() -> str:
    """Return what Reflex's own runtime has for expressions, such as `isTrue`."""
    runtime = STATE_JS.read_text()
    start = runtime.index("export const isTrue")
    return runtime[start : runtime.index("Merge refs into")].rsplit("/***", 1)[0]


def _entry(components: Mapping[str, rx.Component], helpers: str) -> str:
    custom: dict[str, type[rx.Component]] = {}
    pages = []
    for name, component in components.items():
        _collect(component, custom)
        code = _RenderUtils.render(_without_handlers(component.render()))
        states = ",".join(sorted(set(re.findall(r"reflex___state____state\w*", code))))
        pages.append(f"pages[{json.dumps(name)}] = ({{{states}}}) => {code};")
    imports = [
        f"import {{ {tag} }} from {json.dumps(str(_source(kind)))};" for tag, kind in custom.items()
    ]
    return ENTRY.format(
        helpers=", ".join(re.findall(r"export const (\w+)", helpers)),
        imports="\n".join(imports),
        pages="\n".join(pages),
    )


def _source(kind: type[rx.Component]) -> Path:
    module = Path(str(sys.modules[kind.__module__].__file__))
    return module.parent / PurePosixPath(str(kind.library)).name


def _collect(component: Any, found: dict[str, type[rx.Component]]) -> None:
    if str(getattr(component, "library", None) or "").startswith(("$/", "/public")):
        found[component.tag] = type(component)
    for child in component.children:
        _collect(child, found)


def _without_handlers(rendered: Any) -> Any:
    if hasattr(rendered, "render"):
        return _without_handlers(rendered.render())
    if not isinstance(rendered, dict):
        return rendered
    made = dict(rendered)
    if "props" in made:
        made["props"] = [prop for prop in made["props"] if not UNSEEN.match(prop)]
    for part in ("children", "true_value", "false_value", "default"):
        if isinstance(made.get(part), list):
            made[part] = [_without_handlers(child) for child in made[part]]
        elif part in made:
            made[part] = _without_handlers(made[part])
    if "match_cases" in made:
        made["match_cases"] = [
            (case, _without_handlers(then)) for case, then in made["match_cases"]
        ]
    return made


def _jobs(jobs: Sequence[Job]) -> str:
    defaults = {
        name: {
            field + FIELD_MARKER: known.default_value()
            for field, known in state.__fields__.items()
            if not field.startswith("_")
        }
        for name, state in _all_states()
    }
    return json_dumps([
        {
            "key": job.key,
            "page": job.page,
            "data": defaults
            | {
                (name := format_state_name(job.state.get_full_name())): defaults[name]
                | {field + FIELD_MARKER: value for field, value in job.values.items()}
            },
        }
        for job in jobs
    ])  # fmt: skip
