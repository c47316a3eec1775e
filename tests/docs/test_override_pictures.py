"""The pictures of docs/overrides.md are those that would be drawn today, and true."""

from __future__ import annotations

import numpy as np
import pytest

from tests.docs.drawn_today import require_drawn_today
from tests.docs.override_pictures import BEGINS, ENDS, FOLDER, PICTURES, SHIFT, weights
from tests.docs.pages import ROOT

PAGE = (ROOT / "docs" / "overrides.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_what_would_be_drawn_today(name: str) -> None:
    require_drawn_today(FOLDER / f"{name}.svg", PICTURES[name]())
    assert f"](_static/overrides/{name}.svg)" in PAGE


def test_the_account_stands_above_the_model_by_the_shift_on_the_days_of_the_override_and_never_else() -> None:
    found = weights()
    first, last = np.datetime64(BEGINS), np.datetime64(ENDS)
    assert found.lives.tolist() == ((found.dates >= first) & (found.dates <= last)).tolist()
    assert np.count_nonzero(found.lives) == 12
    assert np.allclose((found.account - found.model)[found.lives], float(SHIFT), atol=1e-12)
    assert (found.account == found.model)[~found.lives].all()
