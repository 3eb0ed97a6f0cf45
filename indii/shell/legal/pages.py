"""Terms and privacy."""

import reflex as rx

from indii.identity.accounts.rules import PRIVACY_VERSION, TERMS_VERSION
from indii.shell.legal.components import document
from indii.shell.legal.rules import PRIVACY, TERMS
from indii.shell.legal.state import LegalState
from indii.ui.page import page


@page(
    route="/terms",
    title="Terms · Indii",
    description="What you and this site owe each other.",
    on_load=LegalState.load,
    frame="plain",
)
def terms() -> rx.Component:
    """Show the terms."""
    return document("Terms", TERMS_VERSION, TERMS)


@page(
    route="/privacy",
    title="Privacy · Indii",
    description="What this site keeps about you, why, and for how long.",
    on_load=LegalState.load,
    frame="plain",
)
def privacy() -> rx.Component:
    """Show the privacy notice."""
    return document("Privacy", PRIVACY_VERSION, PRIVACY)
