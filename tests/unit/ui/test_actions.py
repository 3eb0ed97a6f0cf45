"""Features register what can be done with a thing; places draw it and know nothing of it."""

import reflex as rx

from indii.ui import actions
from indii.ui.actions import Subject, action, drawn_in_browser
from indii.ui.page import PageTab, page, page_at, tabs_of


def test_places_get_their_actions_in_order(monkeypatch):
    monkeypatch.setattr(actions, "_actions", {})

    @action("thing", order=20)
    def save(subject, place):
        return rx.el.button("save ", subject.title, " in ", place)

    @action("thing", order=10, places=("page",))
    def follow(subject, _place):
        return rx.el.button("follow ", subject.title)

    thing = Subject("1", "Rust")
    assert len(actions.actions("thing", thing, "row")) == 1
    drawn = [str(one.render()) for one in actions.actions("thing", thing, "page")]
    assert ["follow" in drawn[0], "save" in drawn[1]] == [True, True]
    assert actions.actions("other", thing, "row") == []
    assert str(drawn_in_browser("thing", "dock")).startswith("((item) =>")
    assert 'item?.["title"]' in str(drawn_in_browser("thing", "dock"))


def test_a_page_is_found_by_its_address_and_tabs_know_each_other(monkeypatch):
    from indii.ui import page as pages

    monkeypatch.setattr(pages, "_pages", {})
    for route, tab in (("/a", PageTab("A", 20)), ("/b", PageTab("B", 10)), ("/t/[slug]", None)):
        page(route=route, title="", active="library", tab=tab)(lambda: rx.fragment())
    page(route="404", title="")(lambda: rx.fragment())
    assert page_at("/a/").route == "/a"
    assert page_at("/t/rust").route == "/t/[slug]"
    assert page_at("/t/rust/more").route == "404"
    assert tabs_of("library") == [("B", "/b"), ("A", "/a")]
