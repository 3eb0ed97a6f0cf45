"""What a compiled page writes, what it escapes, and what it refuses with a place to look at."""

import dataclasses
from html.parser import HTMLParser

import pytest
import reflex as rx

from indii.ui.drawn.errors import NotDrawable
from indii.ui.drawn.page import compile_page


@dataclasses.dataclass(frozen=True)
class Row:
    title: str = ""
    href: str = ""
    n: int = 0


@dataclasses.dataclass(frozen=True)
class View:
    title: str = ""
    href: str = ""
    colour: str = ""
    rows: tuple[Row, ...] = ()
    level: int = 0


class DrawnTestState(rx.State):
    page: View = View()
    is_ready: bool = False

    @rx.var
    def shouted(self) -> str:
        return self.page.title.upper()


VIEW = DrawnTestState.page
HOSTILE = [
    "</p><script>alert(1)</script>",
    '" onmouseover="alert(1)',
    "' onfocus='alert(1)",
    "<!-- <style> ]]> </style>",
    "&lt;b&gt; &amp; {{7*7}} ${7*7}",
    "a\x00b\u2028c\u202ed",
    "`\\u003cscript\\u003e",
]


def draw(component, **state):
    return compile_page(lambda: component, DrawnTestState)(**state)


class Reader(HTMLParser):
    """What a browser makes of a document: elements with attributes, and the text."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.elements, self.said = [], ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.said += data


@pytest.mark.parametrize("words", HOSTILE)
def test_what_people_typed_stays_text_and_value(words):
    made = rx.el.p(VIEW.title, title=VIEW.title, custom_attrs={"data-x": "a " + VIEW.title})
    found = Reader(draw(made, page=View(title=words)))
    assert found.elements == [("p", {"title": words, "data-x": f"a {words}"})]
    assert found.said == words


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", " \x01JaVa\nScRiPt\t:alert(1)", "\x00javascript:x"]
)
def test_an_address_never_runs_a_script(address):
    view = View(href=address)
    for made in (rx.el.a("x", href=VIEW.href), rx.el.img(src=VIEW.href),
                 rx.el.form(action=VIEW.href), rx.el.button(form_action=VIEW.href)):  # fmt: skip
        ((_, attributes),) = Reader(draw(made, page=view)).elements
        assert {"#"} & set(attributes.values()), attributes


@pytest.mark.parametrize("colour", ["red;position:fixed", "url(x)}*{", "a\\3b b", "/*", "a\nb:c"])
def test_a_style_stays_one_declaration(colour):
    made = rx.el.i(custom_attrs={"style": {"--c1": VIEW.colour, "zIndex": 2, "width": 3}})
    assert draw(made, page=View(colour=colour)) == '<i style="--c1:;z-index:2;width:3px"></i>'
    assert "--c1:#fff;" in draw(made, page=View(colour="#fff"))


def test_scripts_of_a_component_are_not_written():
    made = rx.el.button("x", on_click=rx.console_log("x"), custom_attrs={"onclick": "alert(1)"})
    assert draw(made) == "<button>x</button>"


@pytest.mark.parametrize("depth", [61, 75])
def test_conditions_may_lie_deep(depth):
    made = rx.el.b(VIEW.title)
    for level in range(depth):
        made = rx.cond(VIEW.level == level, rx.el.p(level), rx.fragment(made))
    for level in (0, depth - 1):
        assert draw(made, page=View(level=level)) == f"<p>{level}</p>"
    assert draw(made, page=View(level=-1, title="in")) == "<b>in</b>"


def test_deep_conditions_inside_lists_know_the_items_around_them():
    def deep(row):
        made = rx.el.b(row.title)
        for level in range(70):
            made = rx.cond(row.n == level, rx.el.p(level, row.title), rx.fragment(made))
        return rx.el.li(made)

    made = rx.el.ul(rx.foreach(VIEW.rows, deep))
    rows = (Row("a", n=69), Row("b", n=70), Row("c", n=0))
    said = Reader(draw(made, page=View(rows=rows))).said
    assert said == "69ab0c"


def test_lists_in_lists_keep_their_items_apart():
    made = rx.foreach(
        VIEW.rows, lambda row: rx.el.p(rx.foreach(VIEW.rows, lambda x: rx.el.b(row.title, x.title)))
    )
    said = Reader(draw(rx.fragment(made), page=View(rows=(Row("a"), Row("b"))))).said
    assert said == "aaabbabb"


def test_what_depends_on_no_request_is_decided_while_compiling():
    drawn = compile_page(
        lambda: rx.fragment(rx.cond(rx.Var("1").to(int) > 2, rx.el.p("no"), rx.el.p("yes"))),
        DrawnTestState,
    )
    assert drawn() == "<p>yes</p>"
    assert not drawn.defaults


def test_a_control_that_needs_scripts_is_disabled_and_a_form_with_an_address_is_not():
    lost = rx.el.form(rx.el.button("Go", type="submit"), on_submit=rx.console_log("x"))
    assert "disabled" in draw(lost)
    sent = rx.el.form(
        rx.el.button("Go", type="submit"), on_submit=rx.console_log("x"), action="/explore"
    )
    assert 'action="/explore"' in draw(sent)
    assert "disabled" not in draw(sent)
    chosen = rx.el.select(
        rx.el.option("A", value="a"), rx.el.option("B", value="b"), value=VIEW.title,
        on_change=rx.console_log("x"),
    )  # fmt: skip
    found = dict(Reader(draw(chosen, page=View(title="b"))).elements[-1:])
    assert found == {"option": {"value": "b", "selected": ""}}
    assert "disabled" in draw(chosen)


def test_a_box_that_reacts_and_has_a_value_can_be_ticked_without_scripts():
    heard = rx.console_log("x")
    free = rx.el.input(type="checkbox", value="yes", default_checked=False, on_change=heard)
    assert "disabled" not in draw(free)
    held = rx.el.input(type="checkbox", value="yes", checked=VIEW.level == 1, on_change=heard)
    assert "disabled" in draw(held)


def test_text_of_a_textarea_and_a_default_are_html():
    made = rx.fragment(
        rx.el.textarea(default_value=VIEW.title),
        rx.el.input(type="checkbox", default_checked=VIEW.level == 1),
    )
    html = draw(made, page=View(title="</textarea>&", level=1))
    assert html.startswith("<textarea>&lt;/textarea&gt;&amp;</textarea><input ")
    assert Reader(html).elements[1] == ("input", {"type": "checkbox", "checked": ""})


def test_metadata_goes_to_the_head():
    drawn = compile_page(
        lambda: rx.fragment(rx.el.meta(name="robots", content="noindex"), rx.el.p("x")),
        DrawnTestState,
    )
    assert Reader(drawn.head).elements == [("meta", {"name": "robots", "content": "noindex"})]
    assert drawn() == "<p>x</p>"


class Sparkle(rx.Component):
    library = "sparkles"
    tag = "Sparkle"


class Quiet(Sparkle):
    def ssr(self):
        return rx.el.i("quiet")


def planted_page():
    """A page whose fault lies inside a list and a section."""
    return rx.el.section(rx.foreach(VIEW.rows, lambda row: rx.el.b(PLANTED["fault"](row))))


PLANTED = {}


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (lambda row: rx.Var("window.innerWidth"), ["window", "only to the browser"]),
        (lambda row: rx.Var(f"{row.title}.sort()"), ["sort() works only in the browser", "title"]),
        (lambda _: DrawnTestState.shouted, ["DrawnTestState.shouted is computed"]),
        (lambda _: Sparkle.create(), ["Sparkle", "no `ssr()`"]),
        (lambda row: rx.el.p(row.title, width="3px"), ["made in the browser", "custom_attrs"]),
        (lambda row: rx.el.p(rx.Var("`${1}`")), ["more than an expression", "`${1}`"]),
        (lambda _: rx.html("<b>x</b>"), ["inner HTML is made in the browser"]),
        (lambda row: rx.el.script("x"), ["run something of its own"]),
        (lambda row: rx.el.style(row.title), ["depends on the request"]),
        (lambda row: rx.el.style("</style><script>"), ["cannot hold markup"]),
        (lambda row: rx.el.meta(name="x", content=row.title), ["depends on the request"]),
    ],
)
def test_an_author_reads_page_component_and_expression(monkeypatch, fault, words):
    monkeypatch.setitem(PLANTED, "fault", fault)
    with pytest.raises(NotDrawable) as told:
        compile_page(planted_page, DrawnTestState)
    said = str(told.value)
    assert said.startswith(f"{__name__}.planted_page: ")
    assert "section > Foreach" in said.replace("Fragment > ", "")
    for word in words:
        assert word in said, said


def test_a_component_says_what_it_looks_like_without_a_browser():
    assert draw(rx.el.p(Quiet.create())) == "<p><i>quiet</i></p>"
