"""Decisions about accounts: what a good password is, how long things live, where one may go."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit

from email_validator import EmailNotValidError, validate_email
from pydantic import ValidationInfo, field_validator

from indii.identity.accounts.enums import Document, Role
from indii.identity.accounts.errors import EmailMalformed, PasswordTooWeak, TermsNotAccepted
from indii.identity.profiles.rules import clean_name
from indii.kernel.errors import IndiiError
from indii.kernel.flash import Flash
from indii.kernel.form_models import FormModel, field_error, follows

SESSION_COOKIE = "indii_session"
# What a browser bought without an account; the till writes it.
BUYER_COOKIE = "indii_buyer"
# The row decides when a session ends; the cookie only has to outlive it (400 days is the most
# that browsers grant).
COOKIE_LIFE_S = 400 * 24 * 3600
VERIFY_LIFE = timedelta(days=3)
RESET_LIFE = timedelta(hours=1)
UNCONFIRMED_LIFE = timedelta(days=30)

MIN_PASSWORD, MAX_PASSWORD = 10, 200
# The documents that people agree to; the shell has their texts, and a test holds each version
# to its text.
TERMS_VERSION = "2026-11-30"
PRIVACY_VERSION = "2026-11-30"
VERSIONS = {Document.TERMS: TERMS_VERSION, Document.PRIVACY: PRIVACY_VERSION}


@dataclass(frozen=True, slots=True)
class Limit:
    """How often one address (or one e-mail) may try within a time."""

    times: int
    per_s: int


SIGN_IN = Limit(10, 600)
SIGN_UP = Limit(5, 3600)
FORGOT = Limit(3, 3600)
RESEND = Limit(3, 3600)
PASSWORD = Limit(10, 600)

# The most used passwords that are long enough to pass the length rule, in lower case and without
# the digits and signs that people put behind them.
_COMMON_WORDS = """
    password passwort motdepasse contrasena qwerty qwertyuiop qwertzuiop azertyuiop asdfghjkl
    asdfghjklz zxcvbnm iloveyou welcome letmein administrator changeme superman football
    baseball basketball sunshine princess trustno startrek starwars michelle jennifer
    liverpool manchester barcelona chelsea metallica whatever computer internet corvette
    mercedes butterfly chocolate summer winter spring autumn dragon monkey shadow master
    qazwsxedc qazwsx abcdefghij abcdefghijk abcdefgh abcdef abcabc testtest passwordpassword
    indii indiimusic music mymusic secret secretpassword supersecret mypassword yourpassword
    thisismypassword correcthorsebatterystaple
"""
_COMMON = frozenset(_COMMON_WORDS.split())
_KEYBOARD = ("12345678901234567890", "09876543210987654321", "qwertyuiopasdfghjklzxcvbnm")


def clean_email(text: str) -> str:
    """Return the address in the one form we compare and store: lower case, normalised.

    Raises:
        EmailMalformed: it cannot be one.
    """
    try:
        found = validate_email(text.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise EmailMalformed from error
    address = found.normalized.lower()
    if len(address) > 254:
        raise EmailMalformed
    return address


def check_password(password: str, *, email: str, name: str = "") -> None:
    """Pass if the password is long enough and not among the first that somebody would try.

    Raises:
        PasswordTooWeak: with what to change.
    """
    if len(password) < MIN_PASSWORD:
        raise PasswordTooWeak(f"Use at least {MIN_PASSWORD} characters.")
    if len(password) > MAX_PASSWORD:
        raise PasswordTooWeak(f"Use at most {MAX_PASSWORD} characters.")
    lowered = password.casefold()
    local = email.partition("@")[0]
    own = {email, local, local * 2, name.casefold(), name.casefold().replace(" ", "")} - {""}
    bare = re.sub(r"[\d\W_]+$", "", lowered)
    if lowered in own or (bare in own and len(bare) >= 4):
        raise PasswordTooWeak("Do not use your e-mail or your name as the password.")
    is_run = any(lowered in row for row in _KEYBOARD)
    if bare in _COMMON or lowered in _COMMON or is_run or len(set(lowered)) < 4:
        raise PasswordTooWeak("That password is too easy to guess.")


def _check_role(role: str) -> str:
    if role not in {Role.FAN, Role.PRODUCER}:
        raise IndiiError("Choose whether you listen or sell music.", field="role")
    return role


def _check_accepts(accepts: bool) -> bool:  # noqa: FBT001 - a form's box
    if not accepts:
        raise TermsNotAccepted
    return accepts


class SignUpForm(FormModel):
    """What it takes to open an account."""

    email: Annotated[str, follows(clean_email)]
    name: Annotated[str, follows(clean_name)]
    password: str
    accepts: Annotated[bool, follows(_check_accepts)]
    role: Annotated[str, follows(_check_role)]

    @field_validator("password")
    @classmethod
    def _is_strong(cls, password: str, seen: ValidationInfo) -> str:
        with field_error():
            known = seen.data
            check_password(password, email=known.get("email", ""), name=known.get("name", ""))
        return password


def roles_for(role: Role) -> list[str]:
    """Return what an account may be that signed up as `role`; everybody is a listener too."""
    return [Role.FAN] if role is Role.FAN else [Role.FAN, role]


def network_of(ip: str) -> str:
    """Return what one visitor can be held to: the address, or the /64 behind an IPv6 line."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is None:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def entry_facts(flash: Flash, query: Mapping[str, str]) -> dict[str, Any]:
    """Return what a form of the entrance shows: what it answered, where somebody wanted to go."""
    wanted = safe_path(query.get("next", "/"))
    is_producer = query.get("role") == "producer"
    return {
        "email": flash.values.get("email", ""),
        "name": flash.values.get("name", ""),
        "role": "producer" if is_producer else flash.values.get("role", "fan"),
        "errors": dict(flash.errors),
        "notice": flash.notice,
        "notice_kind": flash.kind,
        "next": wanted,
        "carry": "" if wanted == "/" else "?" + urlencode({"next": wanted}),
    }


def safe_path(path: str) -> str:
    """Return the path if it stays on this site and is a page, else the home page."""
    parts = urlsplit(path)
    is_ours = (
        re.fullmatch(r"/(?![/\\])[\x21-\x7e]*", path) is not None
        and "\\" not in path
        and not parts.scheme
        and not parts.netloc
        and not parts.path.startswith(("/auth/", "/api/"))
    )
    return path if is_ours and len(path) <= 500 else "/"
