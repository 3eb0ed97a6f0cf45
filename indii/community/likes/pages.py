"""The like button of recordings, and Library > Liked."""

import reflex as rx

from indii.catalog.recordings.components import recording_rows
from indii.community.likes.state import LikedState, LikesState
from indii.ui import primitives as ui
from indii.ui.actions import Place, Subject, action
from indii.ui.frame import around_pages
from indii.ui.page import PageTab, page
from indii.ui.wraps.toggle import ToggleSource, toggle_button


@action("recording", order=10)
def like_button(recording: Subject, place: Place) -> rx.Component:
    """Like a recording from wherever it is shown."""
    return toggle_button(
        "like", recording.id, recording.title, verb="Like", noun="like", icon="heart", place=place
    )


@around_pages
def likes() -> rx.Component:
    """Carry presses to the server, and its answers to all buttons."""
    return ToggleSource.create(
        name="like",
        values=LikesState.likes,
        counts=LikesState.counts,
        answered=LikesState.answered,
        is_ready=LikesState.is_ready,
        is_signed_in=LikesState.is_signed_in,
        on_set=LikesState.like,
        on_ask=LikesState.ask,
    )


def _nothing() -> rx.Component:
    return rx.cond(
        LikedState.page.is_signed_in,
        ui.empty_state(
            "No liked recordings yet",
            "Press the heart on a recording to keep it here.",
            ui.link_button("Explore recordings", href="/explore", kind="go"),
            icon="heart",
        ),
        ui.empty_state(
            "Sign in to see what you like",
            "Liked recordings are kept with your account.",
            ui.link_button("Sign in", href="/sign-in?next=/liked", kind="go"),
            icon="heart",
        ),
    )


def _list() -> rx.Component:
    found = LikedState.page
    newest = ui.link_button("Newest likes", href="/liked", size="sm")
    older = ui.link_button("Older likes", href=found.older, size="sm")
    return rx.fragment(
        recording_rows(found.rows),
        rx.el.nav(
            rx.cond(found.is_continued, newest, rx.fragment()),
            rx.cond(found.older != "", older, rx.fragment()),
            class_name="more gap-3 empty:hidden",
            aria_label="Pages",
        ),
    )


@page(
    route="/liked",
    title="Liked recordings · Indii",
    description="The recordings that you like.",
    on_load=LikedState.load,
    active="library",
    tab=PageTab("Liked", 20),
)
def liked() -> rx.Component:
    """Show what somebody likes, newest first."""
    found = LikedState.page
    ready = rx.cond(found.rows.length() > 0, _list(), _nothing())
    return ui.page(
        ui.page_head("Library", sub=rx.cond(found.total != "", found.total, "What you like")),
        ui.place_tabs("library", "/liked"),
        rx.cond(LikedState.is_ready, ready, ui.row_skeletons(8)),
    )
