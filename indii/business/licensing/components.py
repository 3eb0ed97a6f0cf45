"""Pieces of the certificate pages."""

from typing import Any

import reflex as rx

from indii.business.licensing.queries import KnownFile, TermPair
from indii.business.licensing.state import CertificateState, VerifyState
from indii.ui import forms
from indii.ui import primitives as ui

# On paper: dark on white, without what stands around the certificate.
PAPER = (
    "@media print{:root,.light{--ink:#fff;--surface:#fff;--raised:#fff;--text:#000;--muted:#333;"
    "--faint:#555;--line:#bbb;--good:#000;--warn:#000;--bad:#000}"
    ".frame{display:block}.page{padding:0}"
    ".rail,.tabbar,.dock-slot,.foot,.file-check{display:none!important}}"
)


class FileCheck(rx.Component):
    """A target for files that computes their SHA-256 and compares it, or gives it to `on_hash`."""

    library = rx.asset("file_check.jsx", shared=True).importable_path
    tag = "FileCheck"

    known: rx.Var[list[KnownFile]]
    title: rx.Var[str]
    hint: rx.Var[str]
    accept: rx.Var[str]
    on_hash: rx.EventHandler[rx.event.passthrough_event_spec(str)]

    def ssr(self) -> rx.Component:
        """Show the target; it takes no file before scripts can compute."""
        return rx.el.div(
            rx.el.label(
                ui.icon("upload"),
                rx.el.b(self.title),
                rx.el.span(self.hint),
                rx.el.input(type="file", class_name="sr", disabled=True),
                class_name="drop",
            ),
            class_name="file-check",
        )


def no_index() -> rx.Component:
    """Keep the page out of search engines: a license names a person."""
    return rx.el.meta(name="robots", content="noindex")


def number_form() -> rx.Component:
    """Make the field for a certificate's number."""
    return forms.form(
        forms.text_field(
            "number",
            "Certificate number",
            hint="Or the full address on the first page",
            error=VerifyState.error,
            required=True,
            max_length=400,
            auto_complete="off",
            spell_check=False,
        ),
        forms.actions(forms.submit("Check", busy="Looking…")),
        on_submit=VerifyState.look_up,
    )


def document_check() -> rx.Component:
    """Make the target that finds a certificate by its document."""
    return rx.el.div(
        FileCheck.create(
            title="Drop the PDF here, or choose it",
            hint="It stays on your device: only its SHA-256 is looked up.",
            accept="application/pdf,.pdf",
            on_hash=VerifyState.find_document,
        ),
        rx.cond(
            VerifyState.answer != "",
            rx.el.div(ui.notice(VerifyState.answer, "bad"), class_name="mt-3"),
        ),
    )


def _pair(pair: rx.Var[TermPair]) -> rx.Component:
    return rx.el.div(rx.el.dt(pair.name), rx.el.dd(pair.value))


def _fingerprint(label: Any, detail: Any, sha256: Any) -> rx.Component:
    return rx.el.li(
        rx.el.p(
            rx.el.b(label), rx.el.span(" ", detail, class_name="sub"), class_name="break-words"
        ),
        rx.el.code(sha256, class_name="num text-xs break-all text-muted"),
        class_name="py-2",
    )


def _file(file: rx.Var[KnownFile]) -> rx.Component:
    return _fingerprint(file.label, rx.fragment(file.filename, ", ", file.detail), file.sha256)


def status_line(view: Any) -> rx.Component:
    """Say first and clearly whether the license counts today."""
    return rx.el.div(
        rx.cond(view.tone == "good", ui.icon("check"), ui.icon("warning")),
        rx.el.div(rx.el.b(view.status_label, class_name="text-lg"), rx.el.p(view.said)),
        class_name="notice notice-" + view.tone.to(str),
        role="status",
    )


def certificate_body() -> rx.Component:
    """Show everything that anybody may know of the certificate."""
    view = CertificateState.page
    return rx.fragment(
        ui.page_head("License certificate", sub=rx.el.span(view.id, class_name="num break-all")),
        status_line(view),
        rx.el.div(
            ui.panel(
                rx.el.dl(rx.foreach(view.facts, _pair), class_name="lines lines-facts"),
                rx.cond(view.note != "", rx.el.p(view.note, class_name="sub")),
                title="What was licensed",
            ),
            ui.panel(
                rx.el.dl(rx.foreach(view.terms, _pair), class_name="lines lines-facts"),
                title="Terms",
            ),
            class_name="grid gap-4 md:grid-cols-2 my-4",
        ),
        ui.panel(
            rx.el.ul(
                rx.cond(
                    view.pdf_sha256 != "",
                    _fingerprint("Certificate", "the PDF", view.pdf_sha256),
                ),
                _fingerprint("License text", "attached to the PDF", view.text_sha256),
                rx.foreach(view.files, _file),
            ),
            title="SHA-256 of each file",
        ),
        rx.el.div(
            FileCheck.create(
                known=view.known,
                title="Check a file",
                hint="Drop the PDF, the license text or a delivered file here. "
                "It stays on your device.",
            ),
            class_name="mt-4",
        ),
    )
