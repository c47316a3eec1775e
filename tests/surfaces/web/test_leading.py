"""Where commands lead: each that the status writes to a page that is there, and no text to anywhere else."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

import trimtab.desk.status
from trimtab.surfaces.web.leading import NOWHERE, lead, paths

STATUS = Path(trimtab.desk.status.__file__).read_text(encoding="utf-8")


@given(st.text() | st.text().map(lambda text: f"trimtab orders approve {text}"))
def test_no_text_leads_out_of_the_desk(text: str) -> None:
    found = lead(text)
    assert found == NOWHERE or urlsplit(found.href).path in paths()
    assert not found.href.startswith("//")


@pytest.mark.parametrize(
    ("command", "path", "field", "value"),
    [
        ("trimtab orders approve 2026-11-02/3", "/trades", "batch", "2026-11-02/3"),
        ("trimtab orders hold 1a2b3c4d --release", "/trades", "batch", "1a2b3c4d"),
        ("trimtab month --account A07", "/rebalance", "account", "A07"),
        ("trimtab rebalance --account A07/core", "/trades", "account", "A07/core"),
        ('trimtab release A07 --reason "WHY"', "/orders", "account", "A07"),
        ("trimtab reconcile FILLS --account A07", "/orders", "account", "A07"),
        ("trimtab reconcile --broker paper", "/orders", "", ""),
    ],
)
def test_commands_lead_to_the_page_where_they_are_done(command: str, path: str, field: str, value: str) -> None:
    found = urlsplit(lead(command).href)
    assert found.path == path
    assert parse_qs(found.query) == ({field: [value]} if field else {})


def test_every_command_of_the_status_has_a_page() -> None:
    commands = set(re.findall(r"trimtab [a-z]+(?: \{verb\})?", STATUS))
    assert len(commands) >= 5  # else the file is not written as this reads it
    assert {one for one in commands if lead(one.replace("{verb}", "approve")) == NOWHERE} == set()
    assert lead("trimtab nonsense") == NOWHERE  # control: a command without a page is told apart
