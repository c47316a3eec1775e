"""What money pays for: never more than it, never more than is wanted, and the same share of each."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.money import ZERO
from trimtab.execution.affording import afforded

D = Decimal
UNIT = D("0.01")


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(1, 300)), max_size=5), st.integers(-50, 9_000), st.integers(0, 40))
@settings(max_examples=120, deadline=None)
def test_no_more_than_money_pays_for_and_no_more_than_is_wanted(rows: list[tuple[int, int]], power: int, ticket: int) -> None:
    def need(units: Sequence[Decimal]) -> Decimal:
        return sum((count * price + ticket for count, (_, price) in zip(units, rows, strict=True) if count), ZERO)

    wanted = [D(units) for units, _ in rows]
    found = afforded(wanted, D(power), UNIT, need)
    assert need(found) <= max(power, 0)
    assert all(0 <= units <= most for units, most in zip(found, wanted, strict=True))
    assert found == wanted or need(wanted) > power


def test_by_hand() -> None:
    # 3 at 10 and 6 at 5 come to 60; 40 pays for two thirds of each
    prices = (D(10), D(5))

    def need(units: Sequence[Decimal]) -> Decimal:
        return sum((count * price for count, price in zip(units, prices, strict=True)), ZERO)

    assert afforded([D(3), D(6)], D(40), D(1), need) == [2, 4]
    assert afforded([D(3), D(6)], D(60), D(1), need) == [3, 6]
    assert afforded([D(3), D(6)], D(-1), D(1), need) == [0, 0]
