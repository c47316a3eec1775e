"""Another currency: no later rate, none too old, known when both are known; routes by name; a constant changes nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.core.arrays import Array, Dates, Instants
from trimtab.core.errors import DataError
from trimtab.core.terms import CLOSE, DIVIDEND, OPEN, SPLIT, TOTAL_RETURN, VOLUME, Field
from trimtab.data.fx import converted
from trimtab.data.history import About, Action, ActionKind, History, Kind
from trimtab.data.publication import known_instants

nan = float("nan")
MONDAY = np.datetime64("2024-01-08")


def days(*offsets: int) -> Dates:
    return MONDAY + np.array(offsets, dtype="timedelta64[D]")


def series(
    name: str,
    dates: Dates,
    values: list[float],
    *,
    kind: Kind = Kind.RATE,
    currency: str = "",
    known: Instants | None = None,
    more: dict[Field, list[float]] | None = None,
) -> History:
    fields = {CLOSE: values} | (more or {})
    about = About(name, name, kind, "test", currency=currency)
    return History(about, dates, {key: np.array(v, dtype=float) for key, v in fields.items()}, known=known)


def share(dates: Dates, values: list[float], currency: str = "EUR", **more: object) -> History:
    return series("X", dates, values, kind=Kind.PRICE, currency=currency, **more)  # type: ignore[arg-type]


def rates(**pairs: float) -> dict[str, History]:
    """Constant rates on every day of three weeks."""
    span = days(*range(-5, 16))
    return {name: series(name, span, [value] * len(span)) for name, value in pairs.items()}


# Laws.

cells = st.one_of(st.just(nan), st.floats(0.5, 2.0))


@st.composite
def worlds(draw: st.DrawFn) -> tuple[History, History]:
    """A price and a rate on dates of their own, some unknown, the rate published a few days late."""
    made = []
    for name in ("X", "EURUSD"):
        offsets = sorted(draw(st.lists(st.integers(0, 30), min_size=1, max_size=15, unique=True)))
        values = draw(st.lists(cells, min_size=len(offsets), max_size=len(offsets)))
        dates = days(*offsets)
        late = np.array(draw(st.lists(st.integers(0, 3), min_size=len(offsets), max_size=len(offsets))))
        known = (dates + late).astype("datetime64[s]") + np.timedelta64(16, "h")
        made.append((name, dates, values, known))
    (_, dates, values, known), (_, rate_dates, rate, rate_known) = made
    return share(dates, values, known=known), series("EURUSD", rate_dates, rate, known=rate_known)


def by_loop(price: History, rate: History, most_days: int = 5) -> tuple[list[float], list[np.datetime64]]:
    """One date at a time: the last known-valued rate on or before it, not too old."""
    out, known = [], []
    assert price.known is not None
    assert rate.known is not None
    for k, on in enumerate(price.dates):
        best = None
        for r, day in enumerate(rate.dates):
            if day <= on and np.isfinite(rate.values[r]) and on - day <= np.timedelta64(most_days, "D"):
                best = r
        out.append(nan if best is None else price.values[k] * rate.values[best])
        known.append(price.known[k] if best is None else max(price.known[k], rate.known[best]))
    return out, known


@given(worlds())
def test_each_price_meets_the_last_rate_and_waits_for_it(world: tuple[History, History]) -> None:
    price, rate = world
    found = converted(price, "USD", {"EURUSD": rate})
    values, known = by_loop(price, rate)
    assert np.array_equal(found.values, values, equal_nan=True)
    assert found.known is not None
    assert found.known.tolist() == [k.item() for k in known]


def upto(history: History, last: np.datetime64) -> History:
    rows = history.dates <= last
    assert history.known is not None
    return History(history.about, history.dates[rows], {k: v[rows] for k, v in history.fields.items()}, history.known[rows])


def later_matters(price: History, rate: History, convert: object) -> int:
    """At how many dates cutting everything after them changes a value."""
    whole, wrong = convert(price, rate), 0  # type: ignore[operator]
    for k, on in enumerate(price.dates):
        part = convert(upto(price, on), upto(rate, on))  # type: ignore[operator]
        wrong += not np.array_equal(part.values, whole.values[: k + 1], equal_nan=True)
    return wrong


def honest(price: History, rate: History) -> History:
    return converted(price, "USD", {"EURUSD": rate})


@given(worlds())
def test_later_prices_and_rates_change_no_bit(world: tuple[History, History]) -> None:
    assert later_matters(*world, honest) == 0


def test_the_law_catches_a_rate_that_is_filled_backwards() -> None:
    def leaky(price: History, rate: History) -> History:
        after = np.minimum(np.searchsorted(rate.dates, price.dates), len(rate.dates) - 1)
        return replace(price, fields={CLOSE: price.values * rate.values[after]})  # the planted fault: the NEXT rate

    known = days(0, 1, 2).astype("datetime64[s]")
    price = share(days(0, 1, 2), [1.0, 1.0, 1.0], known=known)
    rate = series("EURUSD", days(0, 2), [1.1, 1.2], known=known[[0, 2]])
    assert later_matters(price, rate, honest) == 0
    assert later_matters(price, rate, leaky) > 0


@given(st.lists(st.floats(1.0, 1000.0), min_size=2, max_size=10), st.floats(0.01, 100.0))
def test_a_constant_rate_changes_no_return(values: list[float], rate: float) -> None:
    price = share(days(*range(len(values))), values, more={TOTAL_RETURN: [v * 3.0 for v in values]})
    found = converted(price, "USD", rates(EURUSD=rate))
    for name in (CLOSE, TOTAL_RETURN):
        mine, theirs = found.fields[name], price.fields[name]
        assert np.allclose(mine[1:] / mine[:-1], theirs[1:] / theirs[:-1], rtol=1e-14)


@given(worlds())
def test_there_and_back_is_where_one_was(world: tuple[History, History]) -> None:
    price, rate = world
    back = converted(converted(price, "USD", {"EURUSD": rate}), "EUR", {"EURUSD": rate})
    where = np.isfinite(back.values)
    assert np.allclose(back.values[where], price.values[where], rtol=1e-14)


# Routes.


def rate_of(source: str, to: str, have: dict[str, History], **how: object) -> float:
    return float(converted(share(days(0), [1.0], source), to, have, **how).values[0])  # type: ignore[arg-type]


def test_direct_inverse_and_cross_by_hand() -> None:
    assert rate_of("EUR", "USD", rates(EURUSD=1.10)) == 1.10
    assert rate_of("USD", "EUR", rates(EURUSD=1.25)) == 0.8  # 1 / 1.25
    # Through the dollar: 1.10 dollars a euro, 140 yen a dollar: 154 yen a euro.
    assert rate_of("EUR", "JPY", rates(EURUSD=1.10, USDJPY=140.0)) == pytest.approx(154.0)
    assert rate_of("JPY", "EUR", rates(EURUSD=1.10, USDJPY=140.0)) == pytest.approx(1.0 / 154.0)
    # The direct pair wins, unless a way is asked for; of two ways the dollar is taken.
    three = rates(EURUSD=1.10, USDJPY=140.0, EURJPY=150.0)
    assert rate_of("EUR", "JPY", three) == 150.0
    assert rate_of("EUR", "JPY", three, via="USD") == pytest.approx(154.0)
    two = rates(GBPCHF=1.0, CHFJPY=170.0, GBPUSD=1.25, USDJPY=140.0)
    assert rate_of("GBP", "JPY", two) == pytest.approx(175.0)  # 1.25 * 140


def test_names_of_pairs_and_pairs_that_are_named() -> None:
    for name in ("EURUSD", "EUR/USD", "EURUSD=X", "EUR-USD"):
        assert rate_of("EUR", "USD", {name: rates(EURUSD=1.10)["EURUSD"]}) == 1.10
    fred = {"DEXUSEU": rates(EURUSD=1.10)["EURUSD"], "CPIAUCSL": rates(EURUSD=3.0)["EURUSD"]}
    assert rate_of("EUR", "USD", fred, pairs={"DEXUSEU": "EURUSD"}) == 1.10
    with pytest.raises(DataError, match="'dollars' is no pair"):
        rate_of("EUR", "USD", fred, pairs={"DEXUSEU": "dollars"})


def test_pence_cents_and_agorot_are_currencies_of_their_own() -> None:
    assert rate_of("GBX", "GBP", {}) == 0.01
    assert rate_of("GBp", "USD", rates(GBPUSD=1.25)) == pytest.approx(0.0125)
    assert rate_of("GBP", "GBX", {}) == 100.0
    assert rate_of("ZAc", "ZAR", {}) == 0.01
    assert rate_of("ILA", "USD", rates(USDILS=4.0)) == pytest.approx(0.0025)
    assert rate_of("GBP", "USD", rates(GBPUSD=1.25)) == 1.25  # a pound is no penny


def test_a_missing_pair_is_named() -> None:
    with pytest.raises(DataError, match=r"no exchange rate leads from SEK to USD\. Add the pair SEKUSD\. Available: EURUSD"):
        rate_of("SEK", "USD", rates(EURUSD=1.10))
    with pytest.raises(DataError, match="leads from EUR to JPY through CHF"):
        rate_of("EUR", "JPY", rates(EURJPY=150.0), via="CHF")
    with pytest.raises(DataError, match="'euro' is no currency"):
        rate_of("euro", "USD", rates(EURUSD=1.10))


# What a conversion is.


def test_amounts_are_converted_and_counts_are_not() -> None:
    price = share(
        days(0, 1),
        [10.0, 11.0],
        more={OPEN: [9.0, 10.0], DIVIDEND: [nan, 0.5], SPLIT: [nan, 2.0], VOLUME: [7.0, 8.0]},
    )
    found = converted(price, "USD", rates(EURUSD=2.0))
    assert found.values.tolist() == [20.0, 22.0]
    assert found.fields[OPEN].tolist() == [18.0, 20.0]
    assert np.array_equal(found.fields[DIVIDEND], [nan, 1.0], equal_nan=True)
    assert found.fields[VOLUME].tolist() == [7.0, 8.0]
    assert np.array_equal(found.fields[SPLIT], [nan, 2.0], equal_nan=True)
    assert found.about.currency == "USD"
    assert found.about.notes == ("converted from EUR by EURUSD",)


def test_actions_are_converted_at_the_rate_of_their_date() -> None:
    spin = Action(ActionKind.SPIN_OFF, days(1)[0], ratio=0.5, price=30.0, other="C")
    price = replace(share(days(0, 1), [10.0, 11.0]), actions=(spin,))
    rate = series("EURUSD", days(0, 1), [1.0, 2.0])
    (found,) = converted(price, "USD", {"EURUSD": rate}).actions
    assert (found.price, found.ratio) == (60.0, 0.5)


def test_what_needs_no_rate_is_handed_back() -> None:
    for currency in ("USD", ""):
        price = share(days(0), [1.0], currency)
        assert converted(price, "USD", {}) is price


def test_an_old_rate_is_no_rate_and_is_counted() -> None:
    # A rate of Thursday serves on Tuesday (5 days), not on Wednesday.
    rate = {"EURUSD": series("EURUSD", days(3), [1.1])}
    found = converted(share(days(2, 8, 9), [1.0, 1.0, 1.0]), "USD", rate)
    assert np.array_equal(found.values, [nan, 1.1, nan], equal_nan=True)
    (issue,) = found.issues
    assert issue.what == "2 values without a rate (EURUSD) of the 5 days before"
    assert converted(share(days(9), [1.0]), "USD", rate, most_days=6).values[0] == 1.1


def test_a_value_is_known_with_the_later_of_the_two() -> None:
    # Tokyo's price is known at 06:00Z, New York's rate of that date at 21:00Z.
    tokyo = share(days(0), [100.0], "JPY", known=np.array(["2024-01-08T06:00"], dtype="datetime64[s]"))
    rate = series("USDJPY", days(0), [140.0], known=np.array(["2024-01-08T21:00"], dtype="datetime64[s]"))
    found = converted(tokyo, "USD", {"USDJPY": rate})
    assert found.known is not None
    assert str(found.known[0]) == "2024-01-08T21:00:00"
    plain = converted(share(days(0), [1.0]), "USD", rates(EURUSD=1.1))
    assert plain.known is not None
    assert plain.known[0] == known_instants(share(days(0), [1.0]))[0]


def test_a_vintage_overtaken_before_the_rate_was_known_is_left_out() -> None:
    instants = np.array(["2024-01-08T10:00", "2024-01-08T12:00", "2024-01-10T12:00"], dtype="datetime64[s]")
    price = share(days(0, 0, 0), [1.0, 2.0, 3.0], known=instants)
    rate = series("EURUSD", days(0), [1.5], known=np.array(["2024-01-08T21:00"], dtype="datetime64[s]"))
    found = converted(price, "USD", {"EURUSD": rate})
    assert found.values.tolist() == [3.0, 4.5]


def test_an_index_of_futures_carries_its_profit_alone() -> None:
    # +10 % in euros while the euro gains 10 %: .10 * 1.1 = 11 %, not 1.1 * 1.1 - 1 = 21 %; no profit, no loss: 0.
    index = series("F", days(0, 1, 2), [100.0, 110.0, 110.0], kind=Kind.EXCESS_RETURN, currency="EUR")
    rate = {"EURUSD": series("EURUSD", days(0, 1, 2), [1.0, 1.1, 2.2])}
    assert converted(index, "USD", rate).values.tolist() == pytest.approx([100.0, 111.0, 111.0])


# What is refused.


def test_what_no_rate_can_carry_is_refused() -> None:
    with pytest.raises(DataError, match="of kind yield"):
        converted(series("Y", days(0), [0.04], kind=Kind.YIELD, currency="EUR"), "USD", rates(EURUSD=1.1))
    with pytest.raises(DataError, match="rate EURUSD on 2024-01-03 is 0"):
        converted(share(days(0), [1.0]), "USD", rates(EURUSD=0.0))
    instants = np.array(["2024-01-08", "2024-01-09"], dtype="datetime64[s]")
    twice = series("EURUSD", days(0, 0), [1.1, 1.2], known=instants)
    with pytest.raises(DataError, match="several vintages"):
        converted(share(days(0), [1.0]), "USD", {"EURUSD": twice})
    fund = series("F", days(0, 0), [1.0, 2.0], kind=Kind.EXCESS_RETURN, currency="EUR", known=instants)
    with pytest.raises(DataError, match="several vintages"):
        converted(fund, "USD", rates(EURUSD=1.1))


def test_averages_stay_marked() -> None:
    rate = rates(EURUSD=1.1)["EURUSD"]
    monthly = replace(rate, about=replace(rate.about, is_average=True))
    assert converted(share(days(0), [1.0]), "USD", {"EURUSD": monthly}).about.is_average


def test_rates_that_are_all_unknown_give_unknown_values() -> None:
    values: Array = converted(share(days(0), [1.0]), "USD", rates(EURUSD=nan)).values
    assert np.isnan(values).all()
