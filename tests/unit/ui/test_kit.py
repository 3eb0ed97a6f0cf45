"""The kit: named controls, right links, wired fields, no component theme."""

import re
from pathlib import Path

import pytest
import reflex as rx

from indii.tables import ROOMS
from indii.ui import forms, icons, overlays
from indii.ui import primitives as ui
from indii.ui.links import is_document
from indii.ui.page import Page, page, pages
from indii.ui.styles import collected

ROOT = Path(__file__).parents[3]
SOURCES = list((ROOT / "indii").rglob("*.py"))
# Each of these switches 160 kB of Radix Themes on, or brings a library that the kit replaces.
FORBIDDEN = [
    "box",
    "flex",
    "grid",
    "vstack",
    "hstack",
    "center",
    "spacer",
    "text",
    "heading",
    "button",
    "card",
    "badge",
    "input",
    "text_area",
    "select",
    "checkbox",
    "radio",
    "radio_group",
    "switch",
    "slider",
    "tabs",
    "table",
    "dialog",
    "alert_dialog",
    "popover",
    "tooltip",
    "dropdown_menu",
    "hover_card",
    "context_menu",
    "avatar",
    "callout",
    "container",
    "section",
    "separator",
    "skeleton",
    "spinner",
    "progress",
    "link",
    "icon_button",
    "scroll_area",
    "theme",
    "list",
    "data_list",
    "code",
    "blockquote",
    "inset",
    "aspect_ratio",
    "segmented_control",
    "icon",
    "toast",
    "upload",
    "color_mode_button",
    "logo",
]


def rendered(component) -> str:
    return str(component)


def test_no_component_theme_anywhere():
    pattern = re.compile(rf"\brx\.(?:{'|'.join(FORBIDDEN)})\b(?!\s*=)")
    found = [
        f"{source.relative_to(ROOT)}: {match.group()}"
        for source in SOURCES
        for match in pattern.finditer(source.read_text())
    ]
    assert found == []


def test_every_class_of_the_kit_is_drawn():
    css = (ROOT / "assets" / "tokens.css").read_text() + collected(ROOMS)
    known = set(re.findall(r"\.([a-zA-Z][\w-]*)", css))
    utility = re.compile(r"(?:[hw]|m[tbxy]?|gap|my|flex|grid|border|text|content)(?:-|$)")
    missing = {}
    kit = [*(ROOT / "indii/ui").glob("*.py"), *(ROOT / "indii/shell").glob("*.py")]
    for source in kit:
        for names in re.findall(r'class_name="([^"{]+)"', source.read_text()):
            unknown = [n for n in names.split() if n not in known and not utility.match(n)]
            if unknown:
                missing[source.name] = unknown
    assert missing == {}


@pytest.mark.parametrize("name", sorted(icons.NAMES))
def test_icons_are_hidden_paths(name):
    made = rendered(icons.icon(name))
    assert '"aria-hidden":"true"' in made
    assert made.count('jsx("path"') == 1


def test_unknown_icon_names_the_known_ones():
    with pytest.raises(KeyError, match="compass"):
        icons.icon("unicorn")


def test_icon_buttons_are_named():
    made = rendered(ui.icon_button("heart", "Like Rust"))
    assert '"aria-label":"Like Rust"' in made
    assert 'type:"button"' in made


def test_toggles_say_whether_they_are_pressed():
    made = rendered(ui.icon_button("heart", "Like", is_on=rx.Var("liked", _var_type=bool)))
    assert '"aria-pressed":liked' in made


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("/explore", False),
        ("/recording/rust", False),
        ("/api/suggest", True),
        ("/auth/sign-out", True),
        ("/files/abc", True),
        ("https://example.org", True),
        ("mailto:a@example.org", True),
        ("#main", True),
    ],
)
def test_links_know_pages_from_documents(href, expected):
    assert is_document(href) is expected
    made = rendered(ui.link("x", href=href))
    assert made.startswith('jsx("a"' if expected else "jsx(ReactRouterLink")


def test_a_field_is_wired_to_its_words():
    made = rendered(forms.text_field("email", "E-mail", hint="We never show it", error="Taken"))
    assert 'htmlFor:"f-email"' in made
    assert '"aria-describedby":"f-email-error f-email-hint"' in made
    assert '"aria-invalid":"true"' in made
    assert 'id:"f-email-error"' in made


def test_a_field_without_trouble_is_not_invalid():
    made = rendered(forms.text_field("email", "E-mail"))
    assert "aria-invalid" not in made
    assert "aria-describedby" not in made


def test_native_forms_are_posted_by_the_browser():
    made = rendered(forms.native_form(forms.submit("Go"), action="/auth/sign-in"))
    assert made.startswith('jsx("form"')
    assert "onSubmit" not in made
    assert '"data-native":""' in made


def test_dialogs_are_opened_by_markup_alone():
    assert overlays.opens("d") == {"data-open": "d", "aria-haspopup": "dialog"}
    made = rendered(overlays.dialog(id="d", title="Delete?"))
    assert 'dialogId:"d"' in made
    assert 'id:"d-title"' in made
    assert "isOpen" not in made


def test_inline_values_do_not_go_through_emotion():
    made = rendered(ui.avatar("/a.png", "Rust", 48)) + rendered(ui.cover("/c.svg"))
    assert "css:" not in made


def test_pages_register_and_refuse_doubles():
    before = len(pages())

    @page(route="/test-only/[slug]", title="Test")
    def first() -> rx.Component:
        return rx.el.p("x")

    found = next(p for p in pages() if p.route == "/test-only/[slug]")
    assert isinstance(found, Page)
    assert found.is_dynamic
    assert found.image == "/og.png"
    assert found.body is first
    assert len(pages()) == before + 1

    with pytest.raises(ValueError, match="belongs to"):

        @page(route="/test-only/[slug]", title="Other")
        def second() -> rx.Component:
            return rx.el.p("y")

    from indii.ui import page as module

    module._pages.pop("/test-only/[slug]")
