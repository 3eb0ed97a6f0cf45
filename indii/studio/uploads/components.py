"""Files of a recording and what the workers make of them, beside its form."""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from indii.catalog.analysis.queries import WorkStep
from indii.catalog.recordings.enums import FileKind
from indii.catalog.uploads.rules import LIMITS
from indii.studio.editing.queries import FILE_LABELS, FileLine
from indii.studio.editing.state import EditState
from indii.ui import primitives as ui
from indii.ui.overlays import closes, dialog
from indii.ui.wraps.uploader import uploader

SOUNDS = ".wav,.aif,.aiff,.flac,.mp3,.m4a,.ogg,.opus"


def _step(step: rx.Var[WorkStep]) -> rx.Component:
    return rx.el.li(
        rx.el.b(step.label),
        rx.match(
            step.state,
            ("running", rx.el.span(step.progress.to_string() + " %", class_name="num")),
            ("done", rx.el.span("done", class_name="faint")),
            (
                "failed",
                ui.button(
                    "Try again", size="sm", icon="retry", on_click=EditState.retry(step.kind)
                ),
            ),
            rx.el.span("waiting", class_name="faint"),
        ),
        rx.cond(step.error != "", rx.el.p(step.error)),
        class_name="job",
        custom_attrs={"data-state": step.state},
    )


def work_panel() -> rx.Component:
    """Show what the workers do with the master, live."""
    view = EditState.view
    return rx.cond(
        view.work.length() > 0,
        ui.panel(
            rx.el.ul(
                rx.foreach(view.work, _step),
                class_name="list-none p-0 grid",
                custom_attrs={"aria-live": "polite"},
            ),
            title="Processing",
        ),
    )


def _file(file: rx.Var[FileLine]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.b(file.label, class_name="block font-medium"),
            rx.el.span(file.filename, class_name="block truncate"),
            rx.el.span(file.line, class_name="faint num text-xs"),
            class_name="min-w-0 flex-1",
        ),
        ui.icon_button("download", "Download " + file.label, href=file.href, document=True),
        ui.icon_button(
            "trash",
            "Remove " + file.label,
            custom_attrs={"data-open": "remove-" + file.kind, "aria-haspopup": "dialog"},
        ),
        class_name="flex items-center gap-1 py-3 border-t border-line first:border-0 first:pt-0",
    )


def _more(summary: Any, *children: Any) -> rx.Component:
    return rx.el.details(
        rx.el.summary(summary, class_name="cursor-pointer py-1 text-muted"),
        rx.el.div(*children, class_name="mt-3"),
        class_name="border-t border-line pt-3 mt-3",
    )


def files_panel() -> rx.Component:
    """Show masters and stems; add, replace, remove."""
    view = EditState.view
    return ui.panel(
        rx.el.ul(rx.foreach(view.files, _file), class_name="list-none p-0"),
        rx.cond(
            view.files.length() == 0,
            rx.el.p("There is no sound yet: add a master.", class_name="sub"),
        ),
        _more(
            rx.cond(view.has_master, "Replace or add a master", "Add a master"),
            uploader(
                kind=FileKind.MAIN_WAV.value,
                recording=view.id,
                accept=SOUNDS,
                max_bytes=LIMITS[FileKind.MAIN_WAV],
                hint="A lossless file opens every license. What was licensed before stays as it"
                " was.",
                on_checked=EditState.attach,
            ),
        ),
        _more(
            rx.cond(view.has_stems, "Replace the stems", "Add stems"),
            uploader(
                kind=FileKind.STEMS_ZIP.value,
                recording=view.id,
                accept=".zip",
                max_bytes=LIMITS[FileKind.STEMS_ZIP],
                hint="One zip of WAV, AIFF, FLAC, MP3, M4A or OGG files, up to 500 MB.",
                on_checked=EditState.attach,
            ),
        ),
        title="Files",
    )


def cover_panel() -> rx.Component:
    """Show the cover: drawn by the sound, or an own picture."""
    view = EditState.view
    return ui.panel(
        rx.el.div(
            rx.cond(
                view.playable != "",
                ui.play_cover(view.cover, view.playable, view.title, size=112),
                ui.cover(view.cover, size=112),
            ),
            rx.el.p(
                rx.cond(
                    view.has_picture,
                    "Your own picture.",
                    "Drawn from the sound. Upload a picture to use that instead.",
                ),
                class_name="sub flex-1",
            ),
            class_name="flex items-center gap-4 [&>.cover]:w-28 [&>.cover]:h-28"
            " [&>.cover]:rounded-[10px]",
            custom_attrs={"data-recording": view.id, "data-queue": ""},
        ),
        _more(
            rx.cond(view.has_picture, "Change the picture", "Upload a picture"),
            uploader(
                kind=FileKind.COVER.value,
                recording=view.id,
                accept=".jpg,.jpeg,.png,.webp",
                max_bytes=LIMITS[FileKind.COVER],
                hint="JPEG, PNG or WebP, at least 200 pixels, up to 15 MB; cut square.",
                on_checked=EditState.set_cover,
            ),
            _reset_cover(),
        ),
        title="Cover",
    )  # fmt: skip


def _reset_cover() -> rx.Component:
    return rx.cond(
        EditState.view.has_picture,
        ui.button(
            "Use the drawn cover",
            size="sm",
            class_name="mt-3",
            on_click=EditState.reset_cover,
        ),
    )


def _confirm_removal(kind: FileKind, label: str) -> rx.Component:
    return dialog(
        id=f"remove-{kind.value}",
        title=f"Remove the {label[:1].lower()}{label[1:]}?",
        text="Licenses that need it are closed. Whoever licensed the recording before keeps it.",
        actions=[
            ui.button("Keep it", custom_attrs=closes()),
            ui.button(
                "Remove", kind="bad", on_click=EditState.remove(kind.value), custom_attrs=closes()
            ),
        ],
    )


def removals() -> Sequence[rx.Component]:
    """Ask before a file goes, for each kind of file."""
    return [_confirm_removal(kind, label) for kind, label in FILE_LABELS.items()]
