"""The hours in which orders leave: not in the first minutes of a session, and not in the last."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from trimtab.core.calendar import NEW_YORK
from trimtab.core.controls import Circumstances, Line
from trimtab.core.errors import ParameterError
from trimtab.execution.controls.measures import local, require_zone

_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class TradingWindow:
    """Orders leave from `opens` to `closes`, both included, by the clocks of `zone`; of any day.

    A decision that is judged at its own cut-off, as in a backtest, is not about to leave: the venue knows its hours.
    """

    batch: ClassVar[bool] = True
    moment: ClassVar[bool] = True
    most: ClassVar[Decimal] = Decimal(0)
    opens: str = "09:45"
    closes: str = "15:30"
    zone: str = NEW_YORK

    def __post_init__(self) -> None:
        require_zone(self.zone)
        if not _seconds("opens", self.opens) < _seconds("closes", self.closes):
            what = f"the window closes at {self.closes}, before it opens at {self.opens}"
            raise ParameterError(what, field="closes", remedy="Give two times of one day, such as 09:45 and 15:30.")

    def values(self, lines: Sequence[Line], now: Circumstances) -> list[Decimal | None]:
        """Seconds outside the window, 0 inside."""
        if now.now == now.cutoff:
            return [self.most]
        clock = local(now.now, self.zone)
        if clock is None:
            return [None]
        at = clock.hour * 3600 + clock.minute * 60 + clock.second
        early, late = _seconds("opens", self.opens) - at, at - _seconds("closes", self.closes)
        return [Decimal(max(early, late, 0))]

    @property
    def words(self) -> str:
        """The control in a sentence."""
        return f"Orders leave from {self.opens} to {self.closes}, {self.zone}"


def _seconds(field: str, text: str) -> int:
    """Seconds after midnight. Raises ParameterError where it is no time of day."""
    found = _CLOCK.fullmatch(text)
    if not found:
        raise ParameterError(f"{field} is {text!r}, no time of day", field=field, remedy="Write it as 09:45.")
    return int(found[1]) * 3600 + int(found[2]) * 60
