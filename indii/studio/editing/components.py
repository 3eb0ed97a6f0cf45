"""Pieces of the page on which one recording is worked on."""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from indii.catalog.analysis.queries import WorkStep
from indii.catalog.recordings.enums import AiUse, FileKind, Genre, Mood, label_of
from indii.catalog.recordings.rules import TAG_COUNT, Condition
from indii.catalog.uploads.rules import LIMITS
from indii.store.offers.queries import TierForm
from indii.studio.dashboard.components import state_badge
from indii.studio.editing.queries import FILE_LABELS, FileLine
from indii.studio.editing.rules import KEY_CHOICES
from indii.studio.editing.state import EditState
from indii.studio.uploads.rules import SOUNDS
from indii.ui import forms
from indii.ui import primitives as ui
from indii.ui.overlays import closes, dialog, opens
from indii.ui.wraps.uploader import uploader

GENRES = [("", "Choose a genre"), *((g.value, label_of(g)) for g in Genre)]
MOODS = [("", "No mood"), *((m.value, m.value.capitalize()) for m in Mood)]
AI_CHOICES = (
    forms.Choice(AiUse.NONE.value, "No AI", "Played, programmed and mixed by people."),
    forms.Choice(AiUse.ASSISTED.value, "AI helped", "A tool made parts of it; people decided."),
    forms.Choice(AiUse.GENERATED.value, "AI made it", "Most of the sound comes from a model."),
)


def _error(name: str) -> Any:
    return EditState.errors[name]


# ---- the form ----------------------------------------------------------------------------


def about_panel() -> rx.Component:
    """Ask what the recording is called and what it is."""
    view = EditState.view
    return ui.panel(
        rx.el.div(
            forms.text_field(
                "title",
                "Title",
                default_value=view.title,
                max_length=120,
                error=_error("title"),
                required=True,
            ),
            forms.row(
                forms.select_field(
                    "genre", "Genre", GENRES, default_value=view.genre, error=_error("genre")
                ),
                forms.select_field(
                    "mood", "Mood", MOODS, default_value=view.mood, error=_error("mood")
                ),
            ),
            forms.tags_field("tags", "Tags", value=EditState.tags, limit=TAG_COUNT),
            rx.cond(_error("tags"), rx.el.p(_error("tags"), class_name="error", role="alert")),
            forms.textarea_field(
                "credits",
                "Credits",
                rows=3,
                default_value=view.credits,
                max_length=1000,
                is_optional=True,
                hint="Who played, sang or mixed. Shown on the page.",
                error=_error("credits"),
            ),
            class_name="grid gap-5",
        ),
        title="About",
    )


def sound_panel() -> rx.Component:
    """Ask for tempo and key, with what was measured as a suggestion."""
    return ui.panel(
        rx.el.div(
            rx.el.div(
                forms.text_field(
                    "bpm",
                    "Tempo",
                    unit="BPM",
                    default_value=EditState.bpm,
                    key="bpm-" + EditState.turn.to_string(),
                    error=_error("bpm"),
                    input_mode="decimal",
                    auto_complete="off",
                    max_length=8,
                ),
                _tempo_suggestion(),
                class_name="grid gap-2 content-start",
            ),
            rx.el.div(
                forms.select_field(
                    "key",
                    "Key",
                    KEY_CHOICES,
                    default_value=EditState.musical_key,
                    key="key-" + EditState.turn.to_string(),
                    error=_error("key"),
                ),
                _key_suggestion(),
                class_name="grid gap-2 content-start",
            ),
            class_name="field-row items-start",
        ),
        title="Tempo and key",
    )


def _use(text: Any, on_click: Any) -> rx.Component:
    return ui.button(text, size="sm", on_click=on_click)


def _tempo_suggestion() -> rx.Component:
    heard = EditState.view.heard
    half, double = EditState.view.half_tempo, EditState.view.double_tempo
    return rx.cond(
        heard.bpm_label != "",
        rx.el.div(
            rx.el.p(
                "Detected: ",
                rx.el.b(heard.bpm_label, " BPM", class_name="num"),
                ", ",
                heard.bpm_percent.to_string(),
                " % sure.",
                class_name="hint",
            ),
            rx.el.div(
                _use("Use " + heard.bpm_label, EditState.use_bpm(heard.bpm_label)),
                rx.cond(half != "", _use("÷ 2 = " + half, EditState.use_bpm(half))),
                rx.cond(double != "", _use("× 2 = " + double, EditState.use_bpm(double))),
                class_name="flex flex-wrap gap-2",
            ),
            class_name="grid gap-2",
        ),
        rx.el.p("Leave empty to use the detected tempo where it is certain.", class_name="hint"),
    )


def _key_suggestion() -> rx.Component:
    heard = EditState.view.heard
    return rx.cond(
        heard.key_label != "",
        rx.el.div(
            rx.el.p(
                "Detected: ",
                rx.el.b(heard.key_label),
                " (",
                rx.el.span(heard.camelot, class_name="num"),
                "), ",
                heard.key_percent.to_string(),
                " % sure.",
                class_name="hint",
            ),
            rx.el.div(_use("Use " + heard.key_label, EditState.use_key(EditState.view.heard_key))),
            class_name="grid gap-2",
        ),
    )


def licenses_panel() -> rx.Component:
    """Ask for a price of each license; an empty one is not offered, and none after the last."""
    return ui.panel(
        rx.cond(_error("prices"), rx.el.p(_error("prices"), class_name="error mb-3", role="alert")),
        rx.cond(EditState.view.sold != "", _sold(), _prices()),
        title="Licenses and prices",
        custom_attrs={"id": "prices"},
    )


def _sold() -> rx.Component:
    return rx.el.p(
        rx.el.b(EditState.view.sold),
        " No other license can be offered. See who bought which under ",
        ui.link("sales", href="/studio/sales", class_name="underline"),
        ".",
        class_name="sub",
    )


def _prices() -> rx.Component:
    return rx.fragment(
        rx.el.p(
            "The price is what the buyer pays. Leave a license empty to not offer it; 0 makes a"
            " lease free. What each one grants is set under ",
            ui.link("voice tag and terms", href="/studio/settings", class_name="underline"),
            ".",
            class_name="sub mb-4",
        ),
        rx.el.ul(rx.foreach(EditState.view.tiers, _tier), class_name="grid gap-4 list-none p-0"),
    )


def _tier(tier: rx.Var[TierForm]) -> rx.Component:
    field_id = "f-price-" + tier.tier
    error = EditState.errors[tier.tier]
    return rx.el.li(
        rx.el.div(
            rx.el.label(tier.label, html_for=field_id, class_name="label"),
            rx.el.p(
                rx.cond(
                    tier.missing != "",
                    rx.el.span(tier.missing, class_name="text-warn"),
                    tier.files + " · " + tier.terms,
                ),
                class_name="hint",
                custom_attrs={"id": field_id + "-hint"},
            ),
            rx.cond(
                error,
                rx.el.p(error, class_name="error", custom_attrs={"id": field_id + "-error"}),
            ),
            class_name="min-w-0",
        ),
        _price_input(tier, field_id),
        class_name="grid grid-cols-1 sm:grid-cols-[minmax(0,1fr)_13rem] gap-x-6 gap-y-2"
        " border-t border-line pt-4 first:border-0 first:pt-0",
    )


def _price_input(tier: rx.Var[TierForm], field_id: Any) -> rx.Component:
    error = EditState.errors[tier.tier]
    return rx.el.div(
        rx.el.input(
            name="price_" + tier.tier,
            default_value=rx.cond(tier.is_open, tier.price, ""),
            key=field_id + EditState.turn.to_string(),
            placeholder=rx.cond(tier.missing != "", "", "Not offered"),
            disabled=tier.missing != "",
            input_mode="decimal",
            auto_complete="off",
            max_length=14,
            class_name="input num",
            custom_attrs={
                "id": field_id,
                "aria-describedby": field_id + "-hint " + field_id + "-error",
                "aria-invalid": rx.cond(error, "true", "false"),
            },
        ),
        rx.el.span(EditState.view.currency),
        class_name="input-unit",
    )


def rights_panel() -> rx.Component:
    """Ask for the producer's word."""
    return ui.panel(
        rx.el.div(
            forms.check_field(
                "rights",
                "I made this recording or hold the rights to license it, samples included.",
                default_checked=EditState.view.holds_rights,
                error=_error("rights"),
            ),
            forms.radio_cards(
                "ai_use",
                "Use of AI",
                AI_CHOICES,
                value=EditState.ai_use,
                on_change=EditState.choose_ai,
                error=_error("ai_use"),
            ),
            class_name="grid gap-5",
        ),
        title="Rights and AI",
    )


# ---- beside the form ---------------------------------------------------------------------


def _condition(condition: rx.Var[Condition]) -> rx.Component:
    return rx.el.li(
        rx.el.b(condition.text),
        rx.el.span(
            rx.cond(condition.is_met, "done", "needed"),
            class_name=rx.cond(condition.is_met, "faint", "text-warn"),
        ),
        class_name="job",
        custom_attrs={"data-state": rx.cond(condition.is_met, "done", "waiting")},
    )


def _publish_actions() -> rx.Component:
    view = EditState.view
    is_live = view.state == "live"
    return rx.el.div(
        rx.cond(
            is_live,
            rx.fragment(
                ui.link_button("Open its page", href="/recording/" + view.slug, icon="external"),
                ui.button("Withdraw", custom_attrs=opens("confirm-withdraw")),
            ),
            rx.cond(
                view.state != "taken_down",
                ui.button(
                    "Publish",
                    kind="go",
                    disabled=~view.is_ready,
                    custom_attrs=opens("confirm-publish"),
                ),
            ),
        ),
        ui.button("Delete", kind="plain", icon="trash", custom_attrs=opens("confirm-delete")),
        class_name="flex flex-wrap gap-2 mt-4",
    )


def publish_panel() -> rx.Component:
    """Say where the recording stands and what may be done about it."""
    view = EditState.view
    is_live = view.state == "live"
    return ui.panel(
        rx.cond(
            view.state == "taken_down",
            ui.notice(
                view.taken_down_reason + " A moderator can restore it.",
                "bad",
                title="Taken down",
            ),
        ),
        rx.cond(
            is_live,
            rx.el.p("Everyone can hear it and see its licenses.", class_name="sub"),
            rx.el.ul(rx.foreach(view.conditions, _condition), class_name="list-none p-0 grid"),
        ),
        _publish_actions(),
        rx.cond(
            ~is_live & ~view.is_ready & (view.state != "taken_down"),
            rx.el.p("Complete what is needed and save, then publish.", class_name="hint mt-3"),
        ),
        title="Publishing",
        action=state_badge(view.state, view.state_label),
    )


# ---- files and what the workers make of them ---------------------------------------------


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
            rx.el.p("No audio yet: add a master.", class_name="sub"),
        ),
        _more(
            rx.cond(view.has_master, "Replace or add a master", "Add a master"),
            uploader(
                kind=FileKind.MAIN_WAV.value,
                recording=view.id,
                accept=SOUNDS,
                max_bytes=LIMITS[FileKind.MAIN_WAV],
                hint="A lossless file makes every license available. Licenses already sold keep"
                " their file.",
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
        text="Licenses that need it are no longer offered. Buyers keep the file.",
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


def confirmations() -> rx.Component:
    """Ask before what others would notice."""
    title = EditState.view.title
    return rx.fragment(
        dialog(
            rx.el.p(rx.el.b(title)),
            id="confirm-publish",
            title="Publish this recording?",
            text="Everyone can find and hear the last saved version. You can withdraw it at any"
            " time.",
            actions=[
                ui.button("Not yet", custom_attrs=closes()),
                ui.button("Publish", kind="go", on_click=EditState.publish, custom_attrs=closes()),
            ],
        ),
        *removals(),
        dialog(
            id="confirm-withdraw",
            title="Withdraw this recording?",
            text="Its page, stream and search results stop at once. Licenses that were sold stay"
            " valid, and you can publish it again.",
            actions=[
                ui.button("Keep it public", custom_attrs=closes()),
                ui.button(
                    "Withdraw", kind="go", on_click=EditState.withdraw, custom_attrs=closes()
                ),
            ],
        ),
        dialog(
            rx.el.p(rx.el.b(title)),
            id="confirm-delete",
            title="Delete this recording?",
            text="It disappears for everyone and cannot be restored."
            " Licenses that were sold stay valid.",
            actions=[
                ui.button("Keep it", custom_attrs=closes()),
                ui.button("Delete", kind="bad", on_click=EditState.delete, custom_attrs=closes()),
            ],
        ),
    )
