"""Fragments of the changelog become one."""

import runpy

import pytest

from tests.runtime import ROOT

TOOL = runpy.run_path(str(ROOT / "tools" / "changelog.py"))
LOG = """# Changelog

## [Unreleased]

### Added
- One.

## [0.1.0] - 2026-11-20

### Added
- Zero.
"""


def collected(*fragments, version=""):
    return TOOL["collected"](LOG, list(fragments), version=version, today="2026-12-01")


def test_bullets_join_what_is_unreleased_under_their_headings():
    made = collected("### Fixed\n- A fault.\n", "### Added\n- Two,\n  wrapped.\n")
    unreleased = made.partition("## [0.1.0]")[0]
    assert "### Added\n- One.\n- Two,\n  wrapped.\n\n### Fixed\n- A fault.\n" in unreleased
    assert made.endswith(LOG.partition("## [0.1.0]")[2])


def test_a_version_takes_over_what_was_unreleased():
    made = collected(version="0.2.0")
    assert "## [Unreleased]\n\n## [0.2.0] - 2026-12-01\n\n### Added\n- One.\n" in made


def test_an_unknown_heading_is_refused():
    with pytest.raises(SystemExit, match="Improved"):
        collected("### Improved\n- All.\n")


def test_every_fragment_of_the_project_can_be_collected():
    for fragment in (ROOT / "docs" / "changelog.d").glob("*.md"):
        assert TOOL["entries_of"](fragment.read_text()), fragment.name
