"""What is asked of a vendor of data: histories by the vendor's own codes, from a date on, one at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

import numpy as np

from trimtab.data.history import History


class Vendor(Protocol):
    """A source that is asked over a network, a session of somebody's library, or a database.

    A vendor is a frozen dataclass whose fields are its parameters; keys never are among them (see `keys`).
    """

    def fetch(self, codes: Sequence[str], *, since: Mapping[str, np.datetime64], now: np.datetime64) -> Iterator[History]:
        """One history for each of `codes`, named by the code, in their order, each as soon as it has arrived.

        `since` gives, for some codes, the first effective date wanted (datetime64[D]); a vendor may hand over more, never
        less. `now` is the instant of asking (datetime64[s], UTC): no row is known later. Raises DataError for an answer
        that cannot be trusted, UsageError for a missing key or package; what was yielded before stands.
        """
        ...
