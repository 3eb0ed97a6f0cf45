"""Whether a license certificate is genuine, and what it says today."""

import reflex as rx

from indii.business.licensing.components import (
    PAPER,
    certificate_body,
    document_check,
    no_index,
    number_form,
)
from indii.business.licensing.state import CertificateState, VerifyState
from indii.ui import errors
from indii.ui import primitives as ui
from indii.ui.page import page
from indii.ui.ssr_handover import ssr_handover


@page(
    route="/verify",
    title="Check a license · Indii",
    description="See whether a license certificate is genuine and in force.",
    on_load=VerifyState.load,
)
def verify() -> rx.Component:
    """Ask for a certificate's number, or for the document itself."""
    return ui.page(
        no_index(),
        ui.page_head(
            "Check a license",
            sub="Every license sold here has a certificate. See whether one is genuine and in "
            "force.",
        ),
        rx.el.div(
            ui.panel(number_form(), title="By its number"),
            ui.panel(document_check(), title="By the document"),
            class_name="grid gap-4 md:grid-cols-2 items-start",
        ),
        class_name="max-w-5xl",
    )


@page(
    route="/verify/[certificate]",
    title="License certificate · Indii",
    description="Whether this license is in force, and what it grants.",
    on_load=CertificateState.load,
    ssr=CertificateState,
)
def certificate() -> rx.Component:
    """Show what a certificate says today."""
    return rx.fragment(
        ssr_handover(CertificateState.is_ready),
        no_index(),
        rx.el.style(PAPER),
        rx.cond(
            CertificateState.is_missing,
            errors.error_page(
                "No such certificate",
                "No license was granted here under this number. Compare it with the first page of "
                "the certificate.",
                ui.link_button("Check another number", href="/verify", kind="go"),
                icon="shield",
            ),
            ui.page(
                rx.cond(
                    CertificateState.is_ready,
                    certificate_body(),
                    rx.fragment(
                        ui.page_head("License certificate"),
                        ui.panel_skeleton(3),
                        ui.panel_skeleton(8),
                    ),
                ),
                class_name="max-w-5xl",
            ),
        ),
    )
