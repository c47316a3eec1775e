"""Dates on the command line: the cut-off of a day, instants with their zone, and a practice desk that knows nothing later."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest

from trimtab.core.errors import UsageError
from trimtab.desk.live import PRACTICE
from trimtab.surfaces.cli.moments import known_by, moment

CLOCK = "2018-09-28T22:00:00"


def asked(folder: Path, as_of: str | None) -> np.datetime64 | None:
    return known_by(Namespace(workspace=str(folder), as_of=as_of))


def test_a_date_is_its_cut_off_and_an_instant_has_a_zone(tmp_path: Path) -> None:
    assert asked(tmp_path, None) is None
    assert asked(tmp_path, "2018-11-30") == np.datetime64("2018-11-30T23:00:00")  # 16:00 in New York, and two hours
    assert asked(tmp_path, "2018-11-30T23:00:00+01:00") == np.datetime64("2018-11-30T22:00:00")
    for text in ("2018-11-31", "yesterday", "2018-11-30T23:00:00", ""):
        with pytest.raises(UsageError, match="neither a date nor an instant"):
            moment(Namespace(recorded=text), "recorded")


@pytest.mark.parametrize("given", [None, "2018-10-31", "2026-01-01T00:00:00Z", "2018-08-31"])
def test_nothing_is_asked_behind_the_clock_of_a_practice_desk(tmp_path: Path, given: str | None) -> None:
    (tmp_path / PRACTICE).write_text(json.dumps({"clock": f"{CLOCK}Z"}))
    found = asked(tmp_path, given)
    assert found is not None
    assert found <= np.datetime64(CLOCK)
    assert bool(found == np.datetime64(CLOCK)) is (given != "2018-08-31")
