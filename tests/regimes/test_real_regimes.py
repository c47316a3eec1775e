"""Every built-in regime on real data: VIX, ETFs and FRED-MD, against pandas and statsmodels and against what is known.

Decisions at month-ends from 1993 to 2024, two hours after the close, with the memory of each model walked as the desk
does. `real_cases` is the table; its references read the shared files and nothing else.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from tests import real_files as files
from tests import real_world as real
from tests.regimes import real_reference as reference
from tests.regimes.real_cases import CASES, MONTHS
from trimtab.data.view import MarketView
from trimtab.desk.asking import walk
from trimtab.desk.registry import BUILT_IN, name_of

every_regime = pytest.mark.parametrize("name", CASES)
THREE_DECIMALS = 5.1e-4


@cache
def view() -> MarketView:
    return real.view(real.month_ends())


@cache
def wanted(name: str) -> reference.Answer:
    return CASES[name].reference()


@cache
def said(name: str) -> reference.Answer:
    """The state held, or the likeliest one, and the measure."""
    model = CASES[name].regime
    regime = model(view())
    rows = walk(model, regime.probabilities)
    states = [None if np.isnan(row).any() else regime.states[int(np.argmax(row))] for row in rows]
    measure = pd.Series(model.measure(view()).values[:, 0], files.ends())
    return pd.Series(states, files.ends(), dtype=object), measure


def both(name: str) -> tuple[reference.Answer, reference.Answer]:
    return wanted(name), said(name)


def test_no_regime_is_missing_from_the_table() -> None:
    """`none` tells nothing apart."""
    assert ["none", *CASES] == list(BUILT_IN["regimes"])
    assert [name_of("regimes", case.regime) for case in CASES.values()] == list(CASES)


@every_regime
def test_every_month_end_against_the_files(name: str) -> None:
    (states, sizes), (found, measure) = both(name)
    assert found.where(found.notna(), "").tolist() == states.where(states.notna(), "").tolist()
    # statsmodels climbs to the same top, but stops a little earlier
    np.testing.assert_allclose(measure, sizes, rtol=0.0, atol=1e-3 if name == "markov" else 1e-9)


@every_regime
def test_first_valid_date_and_range(name: str) -> None:
    case = CASES[name]
    for states, measure in both(name):
        assert str(states.first_valid_index().date()) == case.first
        assert (measure.min(), measure.max()) == pytest.approx(case.measures, abs=THREE_DECIMALS)


@every_regime
def test_shares_of_the_states(name: str) -> None:
    case = CASES[name]
    for states, _ in both(name):
        found = states.dropna().value_counts(normalize=True).to_dict()
        assert found == pytest.approx(dict(case.shares), abs=THREE_DECIMALS)


@every_regime
def test_state_in_five_months(name: str) -> None:
    for states, _ in both(name):
        assert tuple(states[month].iloc[-1] for month in MONTHS) == CASES[name].states


@every_regime
def test_once_a_regime_is_known_it_stays_known(name: str) -> None:
    """Inflation ends with the vintages: the last file has months to 2024-02, more than 150 days old in July."""
    states, _ = said(name)
    last = "2024-06-28" if name == "inflation_growth" else "2024-12-31"
    assert states[CASES[name].first : last].notna().all()
    assert str(states.last_valid_index().date()) == last


# Facts that stand in newspapers, so that table and references cannot be wrong together.


def turns(name: str) -> dict[str, str]:
    """The state entered, by month."""
    states = said(name)[0].dropna()
    return {str(date)[:7]: state for date, state in states[states != states.shift()].items()}


def test_inflation_was_noticed_in_june_2021_and_was_no_news_in_december() -> None:
    """Prices of April 2021, 4.2 % above those of the year before, stand in the file of May: known in June."""
    found = turns("inflation_growth")
    assert found["2021-06"] == "inflationary"
    assert found["2023-07"] == "stable"
    assert not {month for month in found if "2021-06" < month < "2023-07"}


def test_the_crises_were_deflationary_two_months_late() -> None:
    """Oil was dear until the summer of 2008: in October, with the prices of August, the files still said inflation."""
    found = turns("inflation_growth")
    assert found["2008-03"] == "inflationary"
    assert found["2008-12"] == "deflationary"
    assert found["2020-05"] == "deflationary"  # shut in March and April: with the output of March in print


def test_bonds_stopped_hedging_in_2022_but_had_hedged_for_most_of_twenty_years() -> None:
    states, measure = said("stock_bond")
    assert (states["2007-08":"2013-06"] == "negative").all()
    assert not (states["2022-04":"2023-02"] == "negative").any()
    assert turns("stock_bond")["2022-11"] == "positive"
    assert (states["2022-04":] == "negative").sum() == 2  # May and June 2023
    assert measure.idxmax().strftime("%Y-%m") == "2004-06"  # rates were about to rise then, too


def test_no_month_was_as_turbulent_as_march_2020() -> None:
    measure = said("turbulence")[1][CASES["turbulence"].first :].sort_values(ascending=False)
    assert measure.index[:2].strftime("%Y-%m").tolist() == ["2020-03", "2008-09"]
    assert measure.iloc[1] == pytest.approx(20.3, abs=0.05)


def test_markets_hung_together_after_lehman() -> None:
    assert turns("absorption") == {
        "2004-07": "resilient",
        "2008-10": "fragile",
        "2014-11": "resilient",
        "2018-12": "fragile",
        "2022-03": "resilient",
    }
    share = said("absorption")[1].dropna()
    assert share.iloc[0] > 0.8
    assert share.min() > 0.7  # with the defaults it would have been fragile in every month


def test_the_filter_changes_its_mind_often() -> None:
    assert len(turns("markov")) == 29


@pytest.mark.parametrize("name", ["threshold", "volatility", "markov"])
def test_calm_and_wild_years(name: str) -> None:
    states = said(name)[0]
    first, second = CASES[name].regime.states if name != "markov" else ("calm", "turbulent")
    assert (states["2017"] == first).all()
    assert (states["2008-09":"2008-11"] == second).all()
    assert (states["2020-03":"2020-04"] == second).all()
