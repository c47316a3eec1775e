"""The controls that apply where a policy names none: wide enough for every honest rebalance, and in the way of the rest."""

from __future__ import annotations

from trimtab.core.controls import Ruled
from trimtab.execution.controls.day_count import DayCount
from trimtab.execution.controls.duplicates import Duplicates
from trimtab.execution.controls.minute_count import MinuteCount
from trimtab.execution.controls.price_collar import PriceCollar
from trimtab.execution.controls.quote_age import QuoteAge

SOURCE = "Trimtab's own, where a policy names no controls"

# 10 % is more than a broad market moves in a night, and less than a split or a digit too many. A decision of Friday's close
# may leave on Tuesday after a holiday, not a week later. An account of 500 assets may be funded at once; a loop that sends
# without end is stopped within seconds. Nothing equal leaves twice in 10 minutes.
DEFAULTS: tuple[Ruled, ...] = (
    Ruled(PriceCollar(0.10), "price-collar", SOURCE),
    Ruled(QuoteAge(days=4.0), "quote-age", SOURCE),
    Ruled(MinuteCount(1_000), "minute-count", SOURCE),
    Ruled(DayCount(5_000), "day-count", SOURCE),
    Ruled(Duplicates(minutes=10.0), "duplicates", SOURCE),
)
