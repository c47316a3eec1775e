"""Taking histories into a store: what is new is added, what is wrong is set aside, in one step or not at all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trimtab.data.history import History
from trimtab.data.store.changes import Changes
from trimtab.data.store.store import Store


def take_in(store: Store, histories: Sequence[History], *, source: str, now: np.datetime64) -> tuple[Changes, ...]:
    """Append what is new or changed in `histories`."""
    with store.writing(now) as draft:
        return draft.take(histories, source=source)
