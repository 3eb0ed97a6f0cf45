"""A producer's voice tag and default terms."""

from dataclasses import dataclass, field

from indii.business.licensing.queries import terms_of
from indii.business.licensing.rules import DEFAULTS, TIER_LABELS, compare_terms
from indii.catalog.access.queries import own_voice_tag
from indii.kernel.context import ReadCtx


@dataclass(frozen=True, slots=True)
class TermsForm:
    """The terms of one tier as text fields; `words` say the same in short."""

    tier: str
    label: str
    words: str
    is_default: bool
    streams_limit: str
    copies_limit: str
    videos_limit: str
    radio_stations_limit: str
    term_years: str
    allows_live_performance: bool
    allows_broadcast: bool
    requires_credit: bool


@dataclass(frozen=True, slots=True)
class StudioSettings:
    """What the settings page shows."""

    voice_tag: str = ""
    terms: list[TermsForm] = field(default_factory=list)


def studio_settings(ctx: ReadCtx) -> StudioSettings:
    """Return the actor's voice tag and terms."""
    ctx.actor.require_role("producer")
    found = terms_of(ctx, ctx.actor.require_profile())
    tag = own_voice_tag(ctx)
    compared = compare_terms([found[tier] for tier in TIER_LABELS])
    return StudioSettings(
        voice_tag=tag.filename if tag else "",
        terms=[
            TermsForm(
                tier=tier,
                label=label,
                words=" · ".join(line.text for line in lines),
                is_default=found[tier] == DEFAULTS[tier],
                streams_limit=_text(found[tier].streams_limit),
                copies_limit=_text(found[tier].copies_limit),
                videos_limit=_text(found[tier].videos_limit),
                radio_stations_limit=_text(found[tier].radio_stations_limit),
                term_years=_text(found[tier].term_years),
                allows_live_performance=found[tier].allows_live_performance,
                allows_broadcast=found[tier].allows_broadcast,
                requires_credit=found[tier].requires_credit,
            )
            for (tier, label), lines in zip(TIER_LABELS.items(), compared, strict=True)
        ],
    )


def _text(limit: int | None) -> str:
    return "" if limit is None else f"{limit:,}"
