"""Home, recording and producer."""

import reflex as rx

from indii.catalog.analysis.queries import HERO_WAVE
from indii.catalog.recordings.components import (
    play_data,
    recording_actions,
    recording_cards,
    recording_rows,
)
from indii.catalog.recordings.queries import RecordingRow
from indii.discovery.browse.components import producer_card, similar_row
from indii.discovery.browse.state import HomeState, ProducerState, RecordingState
from indii.discovery.search.components import genre_chip
from indii.identity.reports.components import report_button
from indii.store.offers.components import tiers_panel
from indii.store.tips.components import tip_messages, tip_panel
from indii.ui import errors
from indii.ui import primitives as ui
from indii.ui.icons import icon
from indii.ui.links import link
from indii.ui.page import page as register
from indii.ui.ssr_handover import ssr_handover
from indii.ui.tokens import css_vars

HERO_WIDTH, HERO_HEIGHT = 4 * HERO_WAVE[0], HERO_WAVE[1]


@register(
    route="404",
    title="Nothing here · Indii",
    description="There is no page at this address.",
    ssr=rx.State,
)
def nothing_here() -> rx.Component:
    """Say that no page has this address."""
    return rx.fragment(ssr_handover(is_ready=True), errors.not_found())


@register(
    route="/",
    title="Indii: independent music, licensed directly",
    description="Beats and recordings by independent producers. Hear them, find more by how they "
    "sound, and see what each license allows.",
    on_load=HomeState.load,
    ssr=HomeState,
    active="discover",
)
def home() -> rx.Component:
    """Show what is new, what is played, and by whom."""
    view = HomeState.page
    return rx.el.div(
        ssr_handover(HomeState.is_ready),
        rx.el.header(
            rx.el.h1("Hear it first, license it directly"),
            rx.el.p(
                view.recordings,
                " from independent producers. Every cover is drawn from the sound, and similar "
                "recordings are matched by how they sound.",
                class_name="sub lede",
            ),
            rx.el.div(rx.foreach(view.genres, genre_chip), class_name="chips"),
            class_name="welcome",
        ),
        rx.cond(
            HomeState.is_ready,
            rx.fragment(
                ui.section(
                    "New",
                    recording_cards(view.fresh),
                    action=link("All new recordings", href="/explore", class_name="more-link"),
                ),
                rx.cond(
                    view.popular.length() > 0,
                    ui.section(
                        "Most played",
                        recording_rows(view.popular),
                        action=link(
                            "All by plays", href="/explore?sort=popular", class_name="more-link"
                        ),
                    ),
                ),
                rx.cond(
                    view.free.length() > 0,
                    ui.section(
                        "Free to use",
                        recording_rows(view.free),
                        action=link("All free", href="/explore?free=1", class_name="more-link"),
                    ),
                ),
                ui.section(
                    "Producers",
                    rx.el.ul(rx.foreach(view.producers, producer_card), class_name="people"),
                ),
            ),
            ui.row_skeletons(8),
        ),
        class_name="page",
    )


def _hero() -> rx.Component:
    page = RecordingState.page
    facts, row = page.facts, page.facts.row
    return rx.fragment(
        rx.el.section(
            rx.el.span(
                rx.el.img(
                    src=row.cover_url, alt="", custom_attrs={"width": "220", "height": "220"}
                ),
                class_name="cover",
            ),
            rx.el.div(
                rx.el.p(
                    facts.genre_label,
                    " · released ",
                    facts.published_label,
                    class_name="hero-kicker",
                ),
                rx.el.h1(row.title),
                rx.el.p(
                    link(row.producer_name, href="/producer/" + row.producer_slug),
                    class_name="hero-by",
                ),
                rx.el.div(
                    rx.cond(row.bpm != "", ui.fact(row.bpm, "bpm")),
                    rx.cond(row.camelot != "", ui.fact(row.camelot, row.key_name)),
                    rx.foreach(page.tags, lambda tag: ui.chip(tag.label, href=tag.href)),
                    rx.cond(
                        facts.is_bpm_suggested | facts.is_key_suggested,
                        rx.el.span("detected from the sound", class_name="chip chip-note"),
                    ),
                    class_name="facts",
                ),
                class_name="hero-main",
            ),
            rx.el.div(
                rx.cond(
                    row.wave != "",
                    ui.button(
                        # The dock swaps the word, the style sheet the sign.
                        rx.el.span(icon("play"), class_name="when-paused"),
                        rx.el.span(icon("pause"), class_name="when-playing"),
                        "Play",
                        kind="go",
                        size="lg",
                        custom_attrs={
                            "data-play": play_data(row),
                            "aria-label": "Play " + row.title,
                        },
                    ),
                    ui.badge("Preparing preview", "warn"),
                ),
                rx.cond((row.price != "") & ~facts.is_own, _license_link(row), rx.fragment()),
                *recording_actions(row, "page"),
                rx.cond(
                    facts.is_own,
                    ui.link_button("Edit in studio", href="/studio/recording/" + row.slug),
                    report_button("recording", row.id),
                ),
                class_name="hero-actions",
            ),
            class_name="hero",
            custom_attrs={
                "data-recording": row.id,
                "data-queue": "",
                **css_vars({"--c1": page.colour_a, "--c2": page.colour_b}),
            },
        ),
        rx.el.div(
            ui.wave(facts.hero_wave, "hero", width=HERO_WIDTH, height=HERO_HEIGHT, big=True),
            rx.el.div(rx.el.span("0:00"), rx.el.span(row.duration), class_name="hero-times num"),
            class_name="hero-strip",
            custom_attrs={
                "data-recording": row.id,
                "data-seek": rx.cond(row.wave != "", play_data(row), ""),
                **css_vars({"--c2": page.colour_b}),
            },
        ),
    )


def _license_link(row: rx.Var[RecordingRow]) -> rx.Component:
    return ui.link_button(
        rx.el.span(rx.cond(row.price == "Free", "Get it free", "License "), row.price_prefix),
        rx.cond(row.price == "Free", rx.fragment(), rx.el.span(row.price, class_name="num")),
        href="/recording/" + row.slug + "#license",
        size="lg",
        custom_attrs={"data-license": row.id},
    )


def _recording_body() -> rx.Component:
    view, facts = RecordingState.page, RecordingState.page.facts
    return rx.fragment(
        rx.cond(
            facts.state != "live",
            ui.notice(facts.state_label + ". Only you and moderators see this page.", "warn"),
        ),
        _hero(),
        rx.el.div(
            rx.el.div(
                ui.section(
                    "Sounds like this",
                    rx.cond(
                        view.is_embedded,
                        rx.el.ol(
                            rx.foreach(view.similar, similar_row),
                            class_name="rows rows-why",
                            custom_attrs={"data-queue": ""},
                        ),
                        rx.el.p(
                            "Similar recordings appear here once the sound is analyzed.",
                            class_name="sub",
                        ),
                    ),
                    rx.cond(
                        view.is_embedded,
                        rx.el.p(
                            "Matched by rhythm, timbre and harmony", class_name="faint match-note"
                        ),
                    ),
                ),
            ),
            rx.el.aside(
                tiers_panel(view.tiers, nothing=view.nothing, row=facts.row, is_own=facts.is_own),
                tip_panel(view.tip),
                ui.panel(
                    ui.lines(
                        [
                            ("Mood", facts.mood_label),
                            ("Length", facts.row.duration),
                            ("Plays", facts.plays.to_string()),
                            ("AI", facts.ai_label),
                        ],
                        facts_only=True,
                    ),
                    rx.cond(
                        facts.credits != "",
                        rx.el.p(facts.credits, class_name="credits"),
                    ),
                    title="Credits and facts",
                ),
            ),
            class_name="two",
        ),
    )


@register(
    route="/recording/[slug]",
    title=rx.cond(
        RecordingState.is_ready & ~RecordingState.is_missing,
        RecordingState.page.facts.row.title
        + " by "
        + RecordingState.page.facts.row.producer_name
        + " · Indii",
        "Recording · Indii",
    ),
    description="A recording on Indii",
    on_load=RecordingState.load,
    ssr=RecordingState,
    active="discover",
)
def recording() -> rx.Component:
    """Show one recording."""
    return rx.fragment(
        ssr_handover(RecordingState.is_ready),
        rx.cond(
            RecordingState.is_missing,
            errors.not_found("recording"),
            rx.cond(
                RecordingState.page.facts,
                _recording_body(),
                rx.fragment(ui.hero_skeleton(), ui.row_skeletons(4)),
            ),
        ),
    )


def _producer_body() -> rx.Component:
    view, profile = ProducerState.page, ProducerState.page.profile
    return rx.el.div(
        rx.el.header(
            ui.avatar(profile.avatar, profile.name, 96),
            rx.el.div(
                rx.el.p("Producer · joined ", profile.joined, class_name="hero-kicker"),
                rx.el.h1(profile.name),
                rx.cond(profile.bio != "", rx.el.p(profile.bio, class_name="sub lede")),
                rx.el.div(rx.foreach(view.genres, genre_chip), class_name="chips"),
            ),
            rx.el.div(report_button("profile", profile.id), class_name="page-actions"),
            class_name="producer-head",
        ),
        ui.section(
            view.total,
            recording_rows(view.rows),
            rx.cond(
                view.rows.length() == 0,
                rx.el.p("Nothing is published here yet.", class_name="sub"),
            ),
            rx.el.nav(
                rx.cond(view.next_href != "", ui.link_button("Show more", href=view.next_href)),
                class_name="more",
                aria_label="Pages",
            ),
        ),
        tip_panel(view.tip),
        tip_messages(view.messages, profile.id),
        class_name="page",
    )


@register(
    route="/producer/[slug]",
    title=rx.cond(
        ProducerState.is_ready & ~ProducerState.is_missing,
        ProducerState.page.profile.name + " · Indii",
        "Producer · Indii",
    ),
    description="A producer on Indii",
    on_load=ProducerState.load,
    ssr=ProducerState,
    active="discover",
)
def producer() -> rx.Component:
    """Show one producer and what they sell."""
    return rx.fragment(
        ssr_handover(ProducerState.is_ready),
        rx.cond(
            ProducerState.is_missing,
            errors.not_found("producer"),
            rx.cond(
                ProducerState.page.profile,
                _producer_body(),
                rx.el.div(ui.row_skeletons(8), class_name="page"),
            ),
        ),
    )
