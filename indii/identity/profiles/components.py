"""The form of one's own profile."""

import reflex as rx

from indii.identity.profiles.rules import MAX_BIO, MAX_NAME, MAX_SLUG
from indii.identity.profiles.state import ProfileState
from indii.ui import forms
from indii.ui import primitives as ui


def profile_panel(picture_error: rx.Var[str]) -> rx.Component:
    """Show how one appears, with everything to change it; `picture_error` is the last upload's."""
    return ui.panel(
        rx.cond(
            ProfileState.is_ready,
            rx.el.div(_picture(picture_error), _words(), class_name="grid gap-6"),
            ui.panel_skeleton(5),
        ),
        title="Profile",
        action=rx.cond(
            ProfileState.profile.is_producer,
            ui.link(
                "View your page", href="/producer/" + ProfileState.profile.slug, class_name="link"
            ),
            rx.fragment(),
        ),
    )


def _picture(error: rx.Var[str]) -> rx.Component:
    profile = ProfileState.profile
    upload = forms.native_form(
        forms.file_field(
            "avatar",
            "Picture",
            accept="image/jpeg,image/png,image/webp",
            hint="JPEG, PNG or WebP, at most 5 MB. Saved as a square of 256 pixels, with "
            "camera data removed.",
            error=error,
        ),
        forms.actions(forms.submit("Upload picture", kind="quiet", size="sm", busy="Uploading…")),
        action="/api/avatar",
        enc_type="multipart/form-data",
        class_name="form min-w-0 flex-1",
    )
    remove = forms.native_form(
        forms.hidden("remove", "yes"),
        forms.submit("Remove picture", kind="plain", size="sm", busy="Removing…"),
        action="/api/avatar",
        enc_type="multipart/form-data",
        class_name="",
    )
    return rx.el.div(
        rx.el.div(
            ui.avatar(profile.avatar, profile.name, 96),
            rx.cond(profile.avatar != "", remove, rx.fragment()),
            class_name="grid justify-items-center content-start gap-2",
        ),
        upload,
        class_name="flex flex-wrap gap-6",
    )


def _words() -> rx.Component:
    profile, errors = ProfileState.profile, ProfileState.errors
    return forms.form(
        forms.form_error(errors["form"]),
        forms.row(
            forms.text_field(
                "name", "Name", default_value=profile.name, error=errors["name"],
                max_length=MAX_NAME, required=True, auto_complete="nickname",
            ),
            forms.text_field(
                "slug", "Address", default_value=profile.slug, error=errors["slug"],
                hint="The last part of your page's address. Old links stop working.",
                max_length=MAX_SLUG, required=True, auto_complete="off",
                custom_attrs={"autoCapitalize": "none", "spellCheck": "false"},
            ),
        ),
        forms.textarea_field(
            "bio", "About you", default_value=profile.bio, error=errors["bio"], is_optional=True,
            max_length=MAX_BIO, rows=4,
        ),
        forms.actions(forms.submit("Save profile")),
        on_submit=ProfileState.save,
        reset_on_submit=False,
    )  # fmt: skip
