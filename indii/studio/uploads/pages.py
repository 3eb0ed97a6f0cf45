"""The upload page: many files at once, each becomes a draft."""

import reflex as rx

from indii.catalog.recordings.enums import FileKind
from indii.catalog.uploads.rules import LIMITS
from indii.studio.dashboard.components import producers_only
from indii.studio.uploads.queries import Draft, UnusedUpload
from indii.studio.uploads.rules import SOUNDS
from indii.studio.uploads.state import UploadState
from indii.ui import primitives as ui
from indii.ui.page import page
from indii.ui.wraps.uploader.uploader import uploader


def _draft(draft: rx.Var[Draft]) -> rx.Component:
    href = "/studio/recording/" + draft.slug
    return rx.el.li(
        ui.cover(draft.cover),
        rx.el.div(
            ui.link(draft.title, href=href, class_name="row-title"),
            rx.el.span(
                rx.cond(
                    draft.is_working,
                    draft.work + ", " + draft.percent.to_string() + " %",
                    draft.work + " · " + draft.created,
                ),
                class_name="row-sub",
            ),
            class_name="row-main",
        ),
        rx.el.span(
            rx.cond(draft.has_failed, ui.badge("Failed", "bad"), rx.fragment()),
            ui.link_button("Add details", href=href, size="sm", kind="go"),
            class_name="row-actions items-center",
        ),
        class_name="row",
        custom_attrs={"data-recording": draft.id},
    )


def _leftover(file: rx.Var[UnusedUpload]) -> rx.Component:
    return rx.el.li(
        ui.cover(""),
        rx.el.div(
            rx.el.b(file.filename, class_name="row-title"),
            rx.el.span(file.line, class_name="row-sub"),
            class_name="row-main",
        ),
        rx.el.span(
            ui.button("Remove", size="sm", on_click=UploadState.discard(file.id)),
            ui.button("Make a draft", size="sm", on_click=UploadState.checked(file.id)),
            class_name="row-actions gap-2",
        ),
        class_name="row",
    )


def _upload() -> rx.Component:
    view = UploadState.view
    return ui.page(
        ui.page_head(
            "Upload",
            ui.link_button("Back to studio", href="/studio", kind="quiet"),
            sub="Every recording becomes a draft that only you can see until you publish it.",
        ),
        rx.el.div(
            uploader(
                kind=FileKind.MAIN_WAV.value,
                accept=SOUNDS,
                max_bytes=LIMITS[FileKind.MAIN_WAV],
                multiple=True,
                label="Drop recordings here",
                hint="WAV, AIFF or FLAC to offer every license; MP3, M4A or OGG for the MP3 lease."
                " Up to 500 MB each.",
                on_checked=UploadState.checked,
            ),
            rx.cond(
                view.leftovers.length() > 0,
                ui.section(
                    "Uploaded, not used yet",
                    rx.el.ol(rx.foreach(view.leftovers, _leftover), class_name="rows rows-plain"),
                ),
            ),
            rx.cond(
                view.drafts.length() > 0,
                ui.section(
                    "Drafts",
                    rx.el.ol(rx.foreach(view.drafts, _draft), class_name="rows rows-plain"),
                ),
            ),
            class_name="max-w-4xl",
        ),
    )


def _waiting() -> rx.Component:
    return ui.page(
        rx.el.header(rx.el.div(rx.el.h1("Upload")), class_name="page-head"),
        rx.el.div(ui.panel_skeleton(3), class_name="max-w-4xl"),
    )


@page(
    route="/studio/upload",
    title="Upload · Indii",
    description="Upload recordings to your studio.",
    on_load=UploadState.load,
    active="studio",
)
def upload() -> rx.Component:
    """Take recordings."""
    return producers_only(UploadState.access, _upload, _waiting())
