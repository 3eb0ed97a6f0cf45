"""The terms and the privacy notice.

Whoever changes a sentence changes the version under which people agree to it, in
`identity/accounts`: a test holds each version to its text.
"""

import re
from dataclasses import dataclass

REVIEW = """
This text comes with the software. It says truthfully what the software does, but it is not legal
advice: whoever runs this site is responsible for it and must review it, and complete it for their
country, before inviting people.
"""

_TERMS = """
# What this is

This site is an installation of Indii, free software for a home of independent music. It is run by
the person or organisation behind this address (“we”), not by the people who write the software.

By opening an account you agree to these terms. We keep the version you agreed to and the time.
When the terms change in a way that matters to you, we tell you by e-mail before the change
applies.

# Your account

You need an e-mail address that is yours and a password that nobody else has. One person or one
group of artists stands behind an account. You answer for what is done with it, so tell us when
somebody else has got hold of it.

You can delete your account at any time on your account page. Your profile and your recordings
stop being public at once.

# Your music stays yours

You keep all rights in what you upload. You allow us, without payment and only for as long as it
is on the site, to store it, to make what the site needs to show and find it, and to let people
hear the preview:

- a preview of lower quality, with your voice tag if you gave us one;
- a waveform, a drawn cover and measurements of the sound such as tempo and key;
- a numerical description by which recordings that sound alike are found.

# What you promise when you upload

For every recording you publish, you promise that:

- it is yours, or everybody who owns a part of it agreed;
- samples in it are cleared, or free to use;
- you said truthfully whether and how AI was used in making it;
- title, credits and license terms are right.

# What is not allowed

You may not use the site:

- to publish what belongs to others, or what is hateful or calls for violence;
- to mislead people about who you are or what they hear;
- to inflate plays, to scrape it without asking, or to get around its limits;
- to train models on other people's music without their permission.

# Licenses

The terms of each license are shown beside its price. Prices are set by the producer. A license,
once granted, binds producer and buyer; we are not a party to it.

# Reports and takedowns

Anybody can report a recording or a profile. A person looks at each report and decides; no machine
does. If we take something down, its page, its preview and its place in search go at once, and the
producer gets an e-mail that says why and how to object. A takedown can be undone.

If somebody keeps publishing what they may not, we can close their account.

# What we owe each other

We run the site with care, but cannot promise that it is always there or free of faults. Keep your
own copies of your masters. We answer without limit for intent and gross negligence and for
injury; otherwise only for the breach of duties that are essential here, and then for damage that
was to be expected. Rights that the law gives you as a consumer stay untouched.
"""

_PRIVACY = """
# In short

We keep what the site needs to work, nothing to follow you with. There is no advertising, no
tracking by others, no analytics service, and nothing is loaded from other sites.

# What we keep about members

To run your account (a contract with you, Art. 6 (1) (b) GDPR) we keep:

- your e-mail address, and your password as an argon2id hash from which it cannot be read;
- the name, address, text and picture of your profile, which are public;
- which version of these texts you accepted, and when;
- your sessions: browser, IP address, when it began and was last used, until a month after it
  ended;
- what you upload, and what the site measured in it;
- your reports, and decisions about your recordings.

# What we keep about visitors

To count plays honestly and to hold off abuse (a legitimate interest, Art. 6 (1) (f) GDPR), we
make a code out of your IP address, your browser's name, the date and a secret. The code changes
every day, and neither can be read from it. Somebody who reports something without an account is
known to us by that code only. Limits on how often something may be tried keep your IP address for
an hour at most.

# What lies in your browser

Only what is needed, so no banner asks you about it:

- a cookie that keeps you signed in (indii_session), readable by no script;
- a cookie that carries the answer to a form to the next page, for a minute (indii_flash), and one
  for an hour while you choose a new password (indii_reset);
- the queue, the volume and the look you chose, which never leave your browser;
- a number for the open tab, which goes when you close it.

# Who else sees it

Whoever provides our servers, and our mail server when we write to you. We give nothing to anybody
else unless the law obliges us to. E-mails contain no tracking.

# How long

As long as you have an account. When you delete it, your e-mail address, your password, your
sessions and your profile are removed at once and your recordings stop being public; what was
licensed to others stays deliverable to them. An account whose address nobody confirmed is removed
after 30 days. Backups are kept as long as the operator of this site decides.

# Your rights

You can see and change what we keep on your account page, delete your account there, and ask us
for a copy of everything. You can object to what rests on a legitimate interest, and complain to
the data protection authority where you live.
"""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, its paragraphs, and the points of the list that follows them."""

    title: str
    paragraphs: tuple[str, ...]
    points: tuple[str, ...]


def sections(text: str) -> tuple[Section, ...]:
    """Return the sections of a text with `# heading` lines, paragraphs and `- points`."""
    found = []
    for part in re.split(r"^# ", text.strip(), flags=re.MULTILINE)[1:]:
        title, *blocks = (" ".join(block.split()) for block in part.split("\n\n"))
        points = [point for block in blocks for point in _points(block)]
        paragraphs = [block for block in blocks if block and not block.startswith("- ")]
        found.append(Section(title, tuple(paragraphs), tuple(points)))
    return tuple(found)


def _points(block: str) -> list[str]:
    return re.split(r" ?- ", block)[1:] if block.startswith("- ") else []


TERMS, PRIVACY = sections(_TERMS), sections(_PRIVACY)
