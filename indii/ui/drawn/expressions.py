"""The JavaScript that Reflex writes for a Var, as a Python expression over the same values.

Translating what the browser will run keeps both sides equal, whatever Var operation made it. Only
what Reflex emits is understood; the rest is refused while compiling.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from indii.ui.drawn.errors import NotDrawable

#: What a name of JavaScript stands for: `names` gives items of lists, `field` what a state holds.
Names = Mapping[str, str]
Field = Callable[[str, str], str]

NUMBER, NAME = r"\d+(?:\.\d+)?", r"[A-Za-z_$][\w$]*"
TEXT = r"""\"(?:[^"\\]|\\.)*"|'[^'\\]*'"""
SIGN = r"=>|\?\.|\?\?|===|!==|<=|>=|[-+*/%<>!?:.,()\[\]{};]"
LEXEME = rf"\s*({NUMBER}|{TEXT}|{NAME}|{SIGN})"
LITERALS = {"true": "True", "false": "False", "null": "None", "undefined": "None"}
#: How tightly an operator binds, and its translation.
BINARY = {
    "??": (1, "({0} if {0} != None else {1})"), "===": (2, "same({}, {})"),
    "!==": (2, "(not same({}, {}))"), "<": (3, "({} < {})"), ">": (3, "({} > {})"),
    "<=": (3, "({} <= {})"), ">=": (3, "({} >= {})"), "+": (4, "add({}, {})"),
    "-": (4, "({} - {})"), "*": (5, "({} * {})"), "/": (5, "({} / {})"), "%": (5, "({} % {})"),
}  # fmt: skip
#: What may be called; a name that begins with a dot is a method of the first argument.
CALLS = {
    "isTrue": "bool({})", "isNotNullOrUndefined": "({} != None)", "isEqual": "({} == {})",
    "pyAnd": "({} and {})", "pyOr": "({} or {})", "pyStrAt": "get({} or '', {})",
    "pyStrSlice": "({} or '')[{}:{}]", "pyStrLength": "len({} or '')", "pyStrip": "{}.strip({})",
    "JSON.stringify": "dumps({})", "encodeURIComponent": "quote({}, \"!'()*\")",
    "Math.floor": "math.floor({})", "Math.ceil": "math.ceil({})", "Math.abs": "abs({})",
    "Math.round": "math.floor({} + .5)", "Object.entries": "list({}.items())",
    "Object.keys": "list({})", ".reverse": "{}[::-1]", ".toLocaleString": "format({}, ',')",
    ".at": "get({}, {})", ".slice": "{}[{}:{}]", ".join": "{1}.join(map(js, {0}))",
    ".includes": "({1} in {0})", ".startsWith": "{}.startswith({})",
    ".endsWith": "{}.endswith({})", ".replaceAll": "{}.replace({}, {})", ".split": "{}.split({})",
    ".toLowerCase": "{}.lower()", ".toUpperCase": "{}.upper()", ".toString": "js({})",
}  # fmt: skip


def translate(source: str, names: Names, field: Field) -> str:
    """Return the Python for this JavaScript.

    Raises:
        NotDrawable: it is more than the server understands; the message quotes it.
    """
    try:
        return _whole(source, names, field)
    except NotDrawable as error:
        raise NotDrawable(f"{error} in `{source[:200]}`") from None


def _whole(source: str, names: Names, field: Field) -> str:
    if not re.fullmatch(f"({LEXEME})*\\s*", source):
        raise NotDrawable("more than an expression")
    reader = _Reader([*re.findall(LEXEME, source), ""], names, field)
    found = reader.expression()
    if reader.now:
        reader.take("the end")
    return found


@dataclass
class _Reader:
    """Reads one expression from left to right; each method consumes what it returns."""

    tokens: list[str]
    names: Names
    field: Field
    at: int = 0

    @property
    def now(self) -> str:
        return self.tokens[self.at]

    def take(self, *wanted: str) -> str:
        """Return the next token; with `wanted` these must come."""
        for token in wanted or ("",):
            if not self.now or token not in {"", self.now}:
                raise NotDrawable(f"{self.now or 'the end'!r} is not understood")
            self.at += 1
        return self.tokens[self.at - 1]

    def accept(self, *wanted: str) -> bool:
        """Pass over these tokens if they are next."""
        is_next = tuple(self.tokens[self.at : self.at + len(wanted)]) == wanted
        self.at += len(wanted) if is_next else 0
        return is_next

    def expression(self, tightness: int = 0) -> str:
        left = self.unary()
        while (rank := BINARY.get(self.now, (-1,))[0]) >= tightness:
            left = BINARY[self.take()][1].format(left, self.expression(rank + 1))
        if tightness == 0 and self.accept("?"):
            yes = self.expression()
            self.take(":")
            left = f"({yes} if truthy({left}) else {self.expression()})"
        return left

    def unary(self) -> str:
        if self.now in {"!", "-"}:
            return ("(not truthy({}))" if self.take() == "!" else "(-{})").format(self.unary())
        found = self.primary()
        while self.now in {".", "?.", "[", "("}:
            if self.accept("?.", "valueOf", "?.", "(", ")") or self.accept("(", ")"):
                continue  # of a thunk, which was read as what it returns
            if self.accept("?.", "[") or self.accept("["):
                found = f"get({found}, {self.expression()})"
                self.take("]")
                continue
            self.take()
            name = self.take()
            if self.accept("?.", "(") or self.accept("("):
                found = self.call(f".{name}", found)
            else:
                found = f"len({found})" if name == "length" else f"get({found}, {name!r})"
        return found

    def call(self, name: str, *args: str) -> str:
        while not self.accept(")"):
            args = (*args, self.expression())
            self.accept(",")
        if name not in CALLS:
            raise NotDrawable(f"{name}() works only in the browser")
        return CALLS[name].format(*args, "None", "None")

    def primary(self) -> str:
        if self.accept("(", ")", "=>"):
            return self.switch() if self.now == "{" else self.expression()
        word = self.take()
        if word in {"(", "[", "{"}:
            return self.enclosed(word)
        if word[0] in {'"', "'"}:
            return repr(json.loads(word) if word[0] == '"' else word[1:-1])
        if word[0].isdigit() or word in LITERALS or word in self.names:
            return {**LITERALS, **self.names}.get(word, word)
        while word[0].isupper() and self.accept("."):
            word = f"{word}.{self.take()}"
        if self.accept("("):
            return self.call(word)
        return self.field(word, self.take() if self.accept(".") else "")

    def enclosed(self, opening: str) -> str:
        closing, items = ")]}"["([{".index(opening)], []
        while not self.accept(closing):
            if opening == "{" and self.accept("["):
                items.append(self.expression())
                self.take("]", ":")
                items[-1] += f": {self.expression()}"
            else:
                items.append(self.expression())
            self.accept(",")
        return f"{opening}{', '.join(items)}{closing}"

    def switch(self) -> str:
        """Read what `rx.match` makes of values."""
        self.take("{", "switch", "(")
        found, ends, asked = "", "", self.expression()
        self.take(")", "{")
        while not self.accept("default", ":"):
            cases = ""
            while self.accept("case"):
                cases += f"{self.expression()}, "
                self.take(":")
            self.take("return")
            found, ends = f"{found}({self.expression()} if {asked} in ({cases}) else ", f"{ends})"
            self.take(";", "break", ";")
        self.take("return")
        found += self.expression() + ends
        self.take(";", "break", ";", "}", ";", "}")
        return found
