"""Orders and sheets that no desk would make, for tests of exports."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from trimtab.core.households import Contract, Instrument
from trimtab.core.orders import OrderKind, Standing, Status, Ticket, TimeInForce
from trimtab.execution.exports.sheet import Facts, Sheet

NASTY = (
    "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "'=1", "'", "''", "=", "＝1",
    "a,b", 'say "x"', "two\nlines",
    "cr\rhere", "tab\there", "", " ", "é€日本", "a;=1", 'x,"=1', "# no comment", "%2C", "%", "-",
)  # fmt: skip
ODD = ("1", "-1", "0.00000001", "-1E-20", "1E+20", "123456789012345678.123456789", "-7.50")
texts = st.one_of(st.sampled_from(NASTY), st.text(max_size=12))
numbers = st.one_of(
    st.sampled_from(
        [Decimal(text) for text in ("1", "-1", "0.00000001", "-1E-20", "1E+20", "123456789012345678.123456789", "-7.50")]
    ),
    st.decimals(min_value=-(10**12), max_value=10**12, allow_nan=False, allow_infinity=False, places=6),
)


def ticket(**changes: object) -> Ticket:
    """Buy 100 SPY at 50."""
    plain = {"id": "0123456789abcdef", "account": "ann", "instrument": "SPY", "units": Decimal(100), "reference": Decimal(50)}
    return Ticket(**{**plain, "as_of": date(2026, 11, 2), **changes})  # type: ignore[arg-type]


def standing(**changes: object) -> Standing:
    """The same, approved."""
    return Standing(ticket(**changes), Status.APPROVED, planned_at="2026-11-02T21:00:00Z")


SPY = Instrument("SPY", Contract.FUND, isin="US78462F1030", name="SPDR S&P 500, Trust")
SHEET = Sheet(Facts(date="2026-11-02"), {"SPY": SPY}, {"SPY": "BBG000BDTBL9"})


@st.composite
def standings(draw: st.DrawFn) -> Standing:
    """An order with any text anywhere."""
    kind = draw(st.sampled_from(OrderKind))
    limit = abs(draw(numbers)) or Decimal(1)
    own = ticket(
        id=draw(texts), account=draw(texts), instrument=draw(texts), units=draw(numbers) or Decimal(1),
        reference=abs(draw(numbers)) or Decimal(1), kind=kind, limit=limit if kind is OrderKind.LIMIT else Decimal(0),
        tif=draw(st.sampled_from(TimeInForce)), batch=draw(texts), reason=draw(texts), by=draw(texts), tax=draw(numbers),
        estimate=draw(numbers),
    )  # fmt: skip
    return Standing(own, draw(st.sampled_from(Status)), arrival=abs(draw(numbers)), approved_by=draw(texts))
