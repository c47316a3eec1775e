"""No regime: one state, always."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from trimtab.regimes.none import NoRegime


@pytest.mark.parametrize("count", [0, 1, 5])
def test_one_state_at_every_date(count: int) -> None:
    view: Any = SimpleNamespace(days=range(count))
    regime = NoRegime()(view)
    assert regime.states == ("all",)
    assert regime.probabilities.tolist() == [[1.0]] * count
    assert not regime.probabilities.flags.writeable
