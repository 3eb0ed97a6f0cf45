"""Rules of identity, without a database."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indii.identity.accounts import rules
from indii.identity.accounts.enums import Role
from indii.identity.accounts.errors import EmailMalformed, PasswordTooWeak
from indii.identity.profiles.errors import SlugMalformed, SlugTaken
from indii.identity.profiles.rules import RESERVED, clean_slug, slug_candidates
from indii.identity.sessions.rules import browser_name
from indii.kernel.flash import Flash, sign, unsign
from indii.kernel.ids import hash_token, new_id
from indii.shell.legal import rules as legal

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "password",
    [
        "short", "password123", "Passwort2026!", "1234567890", "qwertyuiop", "aaaaaaaaaaaa",
        "ababababab", "mara.verell@example.com", "mara.verell", "Mara Verell", "maraverell99",
        "correcthorsebatterystaple", "x" * 201, "letmein!!!!", "0987654321",
    ],
)  # fmt: skip
def test_weak_passwords(password):
    with pytest.raises(PasswordTooWeak) as refused:
        rules.check_password(password, email="mara.verell@example.com", name="Mara Verell")
    assert refused.value.field == "password"


@pytest.mark.parametrize("password", ["velvet-orbit-17", "ünïcödé pässwörd", "mara likes 8 cakes"])
def test_good_passwords(password):
    rules.check_password(password, email="mara@example.com", name="Mara")


def test_what_is_kept_of_a_token():
    """Rows in running installations hold exactly this, so it never changes."""
    token = "kN2rCwz3nM4y-8yq0Hc1Jm6m1l9aB_dEfGhIjKlMnOp"
    kept = hashlib.sha256(token.encode()).hexdigest()
    assert hash_token(token) == kept
    assert hash_token("x" * 200) == hash_token("x" * 1_000_000)
    assert hash_token("x" * 199) != hash_token("x" * 200)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Mara@Example.COM ", "mara@example.com"),
        ("a+b@example.com", "a+b@example.com"),
        ("ü@bücher.example", "ü@bücher.example"),
    ],
)
def test_emails_have_one_form(typed, kept):
    assert rules.clean_email(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "mara",
        "a@b@c",
        "a b@example.com",
        "@example.com",
        "x" * 300 + "@example.com",
        "a@example.com\nBcc: b@c.de",
    ],
)
def test_malformed_emails(typed):
    with pytest.raises(EmailMalformed):
        rules.clean_email(typed)


@given(st.text(max_size=80))
def test_safe_path_never_leaves(text):
    path = rules.safe_path(text)
    assert path.startswith("/")
    assert not path.startswith(("//", "/\\", "/auth/", "/api/"))
    assert "\\" not in path
    assert path.isprintable()


@pytest.mark.parametrize("path", ["/", "/studio?tab=1", "/recording/rust#license"])
def test_safe_path_lets_pages_pass(path):
    assert rules.safe_path(path) == path


def test_networks():
    assert rules.network_of("192.0.2.7") == "192.0.2.7"
    assert rules.network_of("2001:db8::1") == rules.network_of("2001:db8::ffff")
    assert rules.network_of("2001:db8:0:1::1") != rules.network_of("2001:db8::1")
    assert rules.network_of("nonsense") == "unknown"


def test_roles_of_newcomers():
    assert rules.roles_for(Role.FAN) == ["fan"]
    assert rules.roles_for(Role.PRODUCER) == ["fan", "producer"]


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/126 Safari/537 Edg/126", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; like Mac OS X) Version/17 Safari/604", "Safari on iPhone"),
        ("", "A browser"),
    ],
)
def test_browsers_have_names(agent, name):
    assert browser_name(agent) == name


@given(st.text(max_size=120))
def test_addresses_of_new_names_fit_and_are_not_ours(name):
    found = list(slug_candidates(name, new_id()))
    assert len(set(found)) == len(found)
    for slug in found:
        assert clean_slug(slug) == slug


def test_every_reserved_word_is_refused():
    for word in RESERVED:
        with pytest.raises((SlugTaken, SlugMalformed)):
            clean_slug(word)


def test_flash_is_ours_short_lived_and_small():
    flash = Flash("/x", errors={"a": "b"}, values={"email": "ü@example.com"}, notice="Hi.")
    sealed = sign(b"s", flash, now=NOW)
    assert unsign(b"s", sealed, now=NOW) == flash
    assert unsign(b"other", sealed, now=NOW) is None
    assert unsign(b"s", sealed, now=NOW + timedelta(seconds=61)) is None
    assert unsign(b"s", "rubbish", now=NOW) is None
    long = sign(b"s", Flash("/x", values={"bio": "x" * 5000}), now=NOW)
    assert len(long) < 4000
    assert unsign(b"s", long, now=NOW) == Flash("/x")


@given(st.text(max_size=60))
def test_no_cookie_breaks_unsealing(text):
    assert unsign(b"s", text, now=NOW) is None


# Whoever changes a text gives it a new version, because people agreed to the old one.
AGREED = {
    ("terms", "2026-11-20"): "8e63c50d69016d26",
    ("privacy", "2026-11-20"): "658578744f5698d0",
    ("terms", "2026-11-30"): "2c13696942be08f1",
    ("privacy", "2026-11-30"): "22bdd9074a05bf49",
}


@pytest.mark.parametrize(
    ("name", "version", "sections"),
    [
        ("terms", rules.TERMS_VERSION, legal.TERMS),
        ("privacy", rules.PRIVACY_VERSION, legal.PRIVACY),
    ],
)
def test_a_version_of_a_legal_text_never_changes(name, version, sections):
    digest = hashlib.sha256(repr(sections).encode()).hexdigest()[:16]
    assert AGREED[name, version] == digest


def test_legal_texts_are_whole():
    for section in (*legal.TERMS, *legal.PRIVACY):
        assert section.title
        assert section.paragraphs
        assert all(p.endswith((".", ":")) for p in section.paragraphs), section.title
