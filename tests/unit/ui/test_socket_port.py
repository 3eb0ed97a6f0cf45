"""The framework's script still reads as the change expects."""

from pathlib import Path

import pytest
import reflex_base

from indii.ui.socket_port import DROPPED, KEPT, STATE_JS, keep_port

SCRIPT = Path(reflex_base.__file__).parent / ".templates/web" / STATE_JS


def test_the_port_of_the_page_is_kept_and_the_change_can_be_made_again():
    changed = keep_port(SCRIPT.read_text())
    assert KEPT in changed
    assert DROPPED not in changed
    assert keep_port(changed) == changed


def test_an_upgrade_that_reads_otherwise_stops_the_export():
    with pytest.raises(ValueError, match="getBackendURL"):
        keep_port("export const getBackendURL = () => location.origin;")
