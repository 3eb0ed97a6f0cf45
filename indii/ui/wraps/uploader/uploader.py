"""Wraps uploader.jsx."""

import reflex as rx

rx.asset("uploads.js", shared=True)
_UPLOADER = rx.asset("uploader.jsx", shared=True)


class Uploader(rx.Component):
    """A drop target with one row a file; limits are checked before the first byte leaves."""

    library = _UPLOADER.importable_path
    tag = "Uploader"
    lib_dependencies: list[str] = ["tus-js-client@4.3.1"]

    url: rx.Var[str]
    kind: rx.Var[str]
    recording: rx.Var[str]
    accept: rx.Var[str]
    max_bytes: rx.Var[int]
    multiple: rx.Var[bool]
    label: rx.Var[str]
    hint: rx.Var[str]

    on_checked: rx.EventHandler[rx.event.passthrough_event_spec(str)]
    on_refused: rx.EventHandler[rx.event.passthrough_event_spec(str)]
    on_removed: rx.EventHandler[rx.event.passthrough_event_spec(str)]


def uploader(
    *,
    kind: str | rx.Var[str],
    max_bytes: int | rx.Var[int],
    accept: str = "",
    multiple: bool = False,
    url: str = "/api/uploads",
    **props: object,
) -> rx.Component:
    """Return an uploader of `kind`; `recording`, `label`, `hint` and the three events in `props`.

    `on_checked` gets the upload's id, `on_refused` the words, `on_removed` the id.
    """
    return Uploader.create(
        kind=kind, max_bytes=max_bytes, accept=accept, multiple=multiple, url=url, **props
    )
