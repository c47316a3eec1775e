"""Walking again from a kept state is walking from the start; another state is noticed."""

from __future__ import annotations

import numpy as np
import pytest

from tests.validation.test_lookahead import Kept
from trimtab.validation.kept_memory import KeptMemory
from trimtab.validation.memory import walked

ROWS = np.random.default_rng(5).normal(0.0, 0.02, (40, 3))


@pytest.mark.parametrize("first", [0, 1, 17, 39])
def test_rows_walked_again_say_the_same(first: int) -> None:
    memory, other = KeptMemory(), list[str]()
    whole = memory.keep(Kept(), ROWS)
    assert np.array_equal(whole, walked(Kept(), ROWS))
    assert len(memory.states[0]) == len(ROWS) + 1
    end = min(first + 5, len(ROWS))
    assert np.array_equal(memory.again(first, other)(Kept(), ROWS[first:end]), whole[first:end])
    assert other == []


def test_another_state_at_the_end_is_noticed_and_memories_are_told_apart_by_their_order() -> None:
    memory, other = KeptMemory(), list[str]()
    assert np.array_equal(memory.keep(object(), ROWS), ROWS)  # it remembers nothing
    memory.keep(Kept(), ROWS)
    along = memory.again(10, other)
    along(object(), ROWS[10:12])
    along(Kept(), -ROWS[10:12])
    assert other == ["its answer before memory", "its memory"]
