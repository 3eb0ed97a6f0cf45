"""Compiles the components of a page into one Python function that writes them as HTML.

    write = compile_page(explore, ExploreState)
    html = write(page=view, is_ready=True)

What the state of the page holds is given at each request. Every other state is at its defaults, and
whatever depends on nothing else is decided while compiling.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count, groupby
from typing import Any

import reflex as rx
from reflex_base.constants.state import FIELD_MARKER
from reflex_base.utils.format import format_state_name
from reflex_components_core.base.bare import Bare
from reflex_components_core.base.fragment import Fragment
from reflex_components_core.core.cond import Cond
from reflex_components_core.core.foreach import Foreach
from reflex_components_core.core.match import Match
from reflex_components_core.el.element import Element
from reflex_components_core.react_router.dom import ReactRouterLink

from indii.ui.drawn.attributes import (
    ADDRESSES,
    UNDRAWABLE,
    UNSEEN,
    VOID,
    html_name,
    style_expression,
)
from indii.ui.drawn.errors import NotDrawable
from indii.ui.drawn.expressions import Names, translate
from indii.ui.drawn.values import SPACE

#: Beside the items of lists, `names` says what stands around an element: the expression of what
#: the select around an option has chosen, and that the form around cannot be sent by a browser.
CHOSEN, NEEDS_SCRIPTS = "<select>", "<form>"
#: Python reads at most 200 parentheses in one another; what is deeper gets a function of its own.
DEEPEST = 60
LOCAL = re.compile(r"(item|index)\d+")


class Code(str):
    """A piece of a page that is written at each request; any other str is HTML."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class DrawnPage:
    """A compiled page; `head` is what its components have for the document's head."""

    state: type[rx.State]
    write: Callable[[Mapping[str, Any]], str]
    defaults: Mapping[str, Any]
    head: str

    def __call__(self, **state: Any) -> str:
        """Return the page as HTML, with these values in its state."""
        return self.write({**self.defaults, **state})


def compile_page(body: Callable[[], rx.Component], state: type[rx.State]) -> DrawnPage:
    """Return the function that draws this page; every page's module must be imported before.

    Raises:
        NotDrawable: the server cannot; the message names page, component and expression.
    """
    compiler = _Compiler(state)
    try:
        source = compiler.joined(compiler.draw(body(), {}), {})
        write = eval(f"lambda given: {source}", compiler.space)  # noqa: S307 - of our own making
    except (NotDrawable, SyntaxError, RecursionError) as error:
        raise NotDrawable(f"{body.__module__}.{body.__name__}: {compiler.place(error)}") from None
    return DrawnPage(state, write, compiler.defaults, compiler.head)


def _all_states(above: Any = rx.State) -> Iterator[tuple[str, Any]]:
    yield format_state_name(above.get_full_name()), above
    for state in above.get_substates():
        yield from _all_states(state)


def _depth(source: str) -> int:
    """Return how many parentheses are open at once, at most; those inside texts count too."""
    deepest = now = 0
    for sign in re.findall(r"[(\[{]|[)\]}]", source):
        now += 1 if sign in "([{" else -1
        deepest = max(deepest, now)
    return deepest


class _Compiler:
    """Turns components into pieces: HTML that is known now, and code that writes the rest."""

    def __init__(self, live: type[rx.State]) -> None:
        self.live, self.states, self.numbers = live, dict(_all_states()), count()
        self.trail: list[str] = []
        self.space, self.head = dict(SPACE), ""
        self.defaults: dict[str, Any] = {}

    def place(self, error: Exception) -> str:
        """Return what is wrong and where, in the words of the page's author."""
        said = f"{error}, at {' > '.join(reversed(self.trail))}".replace(FIELD_MARKER, "")
        said = re.sub(r'\?\.\["(\w+)"\]', r".\1", said)
        for name, known in self.states.items():
            said = said.replace(f"{name}.", f"{known.__name__}.")
        return said

    # ---- expressions ------------------------------------------------------------------------

    def read(self, var: Any, names: Names) -> str:
        """Return the Python expression for a Var."""
        return translate(str(var), names, self.field)

    def field(self, state: str, name: str) -> str:
        """Return the expression for what a state holds."""
        owner, name = self.states.get(state), name.removesuffix(FIELD_MARKER)
        if owner is None:
            raise NotDrawable(f"{state} is known only to the browser")
        if name not in owner.__fields__ or owner is rx.State:
            raise NotDrawable(f"{owner.__name__}.{name} is computed: put it into the view")
        held = self.defaults if owner is self.live else self.space
        key = name if owner is self.live else f"{owner.__name__}_{name}"
        held[key] = owner.__fields__[name].default_value()
        return f"given[{name!r}]" if owner is self.live else key

    def known(self, source: str) -> tuple[bool, Any]:
        """Return whether no request is needed to know this, and what it is."""
        try:
            return True, eval(source, self.space)  # noqa: S307 - of our own making
        except NameError:  # `given`, or an item of a list
            return False, None
        except Exception as error:
            raise NotDrawable(f"{error} in `{source[:200]}`") from error

    def fixed(self, source: str) -> Any:
        """Return what must be known without a request."""
        is_known, value = self.known(source)
        if not is_known:
            raise NotDrawable("it depends on the request")
        return value

    def piece(self, source: str) -> str:
        """Return the piece that this expression writes: its text where that is known now."""
        is_known, value = self.known(source)
        return str(value) if is_known else Code(source)

    def joined(self, parts: list[str], names: Names) -> str:
        """Return an expression for these pieces, with neighbouring HTML as one."""
        found: list[str] = []
        for is_code, group in groupby(parts, lambda part: isinstance(part, Code)):
            pieces = list(group)
            found += pieces if is_code else [repr("".join(pieces))]
        if not found:
            return "''"
        source = f"''.join(({', '.join(found)}))" if len(found) > 1 else found[0]
        return self.part(source, names) if _depth(source) > DEEPEST else source

    def part(self, source: str, names: Names) -> str:
        """Return a call of a new function that has this expression."""
        name = f"part{next(self.numbers)}"
        taken = ", ".join(["given", *sorted(n for n in names.values() if LOCAL.fullmatch(n))])
        self.space[name] = eval(f"lambda {taken}: {source}", self.space)  # noqa: S307 - our own
        return f"{name}({taken})"

    # ---- components: each gives its pieces ----------------------------------------------------

    def draw(self, component: Any, names: Names) -> list[str]:
        """Return the pieces of any component."""
        draw = next((d for kind, d in KINDS.items() if isinstance(component, kind)), None)
        try:
            return draw(self, component, names) if draw else self.custom(component, names)
        except NotDrawable:
            self.trail.append(getattr(component, "tag", "") or type(component).__name__)
            raise

    def custom(self, component: Any, names: Names) -> list[str]:
        """Return what a custom React component says that it looks like without a browser."""
        if not hasattr(component, "ssr"):
            raise NotDrawable("no `ssr()` says what it shows before scripts run")
        stand_in = component.ssr()
        return [] if stand_in is None else self.draw(stand_in, names)

    def all(self, components: Any, names: Names) -> list[str]:
        return [part for component in components for part in self.draw(component, names)]

    def fragment(self, component: Fragment, names: Names) -> list[str]:
        return self.all(component.children, names)

    def words(self, component: Bare, names: Names) -> list[str]:
        return [self.piece(f"text({self.read(_said(component), names)})")]

    def either(self, component: Cond, names: Names) -> list[str]:
        asked = f"truthy({self.read(component.cond, names)})"
        is_known, value = self.known(asked)
        if is_known:
            return self.draw(component.children[0 if value else 1], names)
        yes, no = (self.joined(self.draw(branch, names), names) for branch in component.children)
        return [Code(f"({yes} if {asked} else {no})")]

    def matched(self, component: Match, names: Names) -> list[str]:
        asked = self.read(f"JSON.stringify({component.cond!s})", names)
        found = self.joined(self.draw(component.children[-1], names), names)
        cases = zip(component.match_cases, component.children, strict=False)
        for (values, _), child in reversed([*cases]):
            tests = (self.read(f"JSON.stringify({value!s})", names) for value in values)
            drawn = self.joined(self.draw(child, names), names)
            found = self.joined(
                [Code(f"({drawn} if {asked} in ({', '.join(tests)},) else {found})")], names
            )
        return [self.piece(found)]

    def each(self, component: Foreach, names: Names) -> list[str]:
        tag, number = component._render(), next(self.numbers)
        item, index = f"item{number}", f"index{number}"
        rows = self.read(tag.iterable, names)
        inside = {**names, tag.arg_var_name: item, tag.index_var_name: index}
        drawn = self.joined(self.all(component.children, inside), inside)
        return [Code(f"''.join([{drawn} for {index}, {item} in enumerate({rows} or ())])")]

    def element(self, component: Element, names: Names) -> list[str]:
        rendered = component._render()
        if rendered.special_props or UNDRAWABLE & rendered.props.keys():
            raise NotDrawable("its style or inner HTML is made in the browser: use custom_attrs")
        tag = "a" if isinstance(component, ReactRouterLink) else component.tag
        if tag in {"script", "iframe", "object", "embed"}:
            raise NotDrawable("it would run something of its own")
        attributes = {
            html_name(name): self.value(value, names)
            for name, value in rendered.props.items()
            if not UNSEEN.match(name)
        }
        content, names = self.control(tag, rendered.props, attributes, names)
        found = [f"<{tag}"]
        for name, value in attributes.items():
            checked = f"url({value})" if name in ADDRESSES else value
            found.append(self.piece(f"attr({name!r}, {checked})"))
        found.append(">")
        if content:
            found.append(self.piece(f"text({content})"))
        elif tag == "style":
            found.append(self.sheet(component, names))
        else:
            found += self.all(component.children, names)
        found.append("" if tag in VOID else f"</{tag}>")
        if tag not in {"meta", "link", "title"}:
            return found
        self.head += self.fixed(self.joined(found, names))
        return []

    def value(self, prop: Any, names: Names) -> str:
        """Return the expression for what a prop holds."""
        if isinstance(prop, Mapping):
            return style_expression(prop, lambda var: self.read(var, names))
        return self.read(prop, names)

    def sheet(self, component: Element, names: Names) -> str:
        """Return the text of a style element, which no escaping protects: it must be fixed."""
        css = str(self.fixed(self.read(_said(component.children[0]), names)))
        if "</" in css or "<!" in css:
            raise NotDrawable("a style sheet cannot hold markup")
        return css

    def control(
        self, tag: str, props: Any, attributes: dict[str, str], names: Names
    ) -> tuple[str, Names]:
        """Make of React's `value` what HTML has; disable what only scripts would answer."""
        is_box = attributes.get("type") in {"'checkbox'", "'radio'"}
        is_controlled = "onChange" in props and ("checked" if is_box else "value") in props
        if is_controlled or (NEEDS_SCRIPTS in names and attributes.get("type") == "'submit'"):
            attributes["disabled"] = "True"
        if tag == "option" and CHOSEN in names:
            attributes["selected"] = f"same(js({attributes.get('value')}), {names[CHOSEN]})"
        if tag == "select" and "value" in attributes:
            names = {**names, CHOSEN: f"js({attributes.pop('value')})"}
        if tag == "form" and "action" not in attributes:
            names = {**names, NEEDS_SCRIPTS: ""}
        return attributes.pop("value", "") if tag == "textarea" else "", names


def _said(component: Any) -> str:
    return component._render().contents or "null"


KINDS: Mapping[type, Callable[..., list[str]]] = {
    Bare: _Compiler.words,
    Cond: _Compiler.either,
    Match: _Compiler.matched,
    Foreach: _Compiler.each,
    Element: _Compiler.element,
    Fragment: _Compiler.fragment,
}
