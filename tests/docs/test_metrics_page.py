"""docs/metrics.md: every key and choice is there, and every figure in it is worked out anew, theirs by the packages."""

import re
import warnings

import numpy as np
import pandas as pd
import pytest

from tests.docs.pages import Page, missing
from tests.numerics.bacon import MONTHS, B, P
from trimtab.numerics.convention_words import TOUCHED, WORDS, chosen_words
from trimtab.numerics.conventions import CHOICES, PACKAGES, Conventions
from trimtab.numerics.definitions import DEFINITIONS
from trimtab.numerics.measures import KEYS, measures
from trimtab.surfaces.metrics import ORDER

PAGE = Page.of("docs/metrics.md")
INDEX = pd.to_datetime(MONTHS)
MINE, THEIRS = pd.Series(P, INDEX), pd.Series(B, INDEX)
SECTION = PAGE.section("Where others differ").text
ROWS = [[cell.strip() for cell in row.strip("|").split("|")] for row in SECTION.splitlines() if row.startswith("| `")]


def ours(key, **chosen):
    return float(measures(P, 12, benchmark=B, dates=MONTHS, conventions=Conventions.of(chosen))[key])


def test_every_key_and_every_choice_is_documented():
    assert sorted(ORDER) == sorted(KEYS)
    assert not missing(KEYS, PAGE.section("Figures").rows)
    for key in ORDER:
        row = f"| `{key}` | {DEFINITIONS[key].name} | {DEFINITIONS[key].sentence} |"
        assert row in PAGE.text, key
    part = PAGE.section("Conventions")
    assert not missing([*CHOICES, "level", "least", "package"], part.rows)
    for key, kind in CHOICES.items():
        assert list(WORDS[key]) == [one.value for one in kind] or set(WORDS[key]) == {one.value for one in kind}
        for name, words in WORDS[key].items():
            assert f"`{name.replace(' ', '-')}`: {words}" in part.text
    assert not missing([name for name in PACKAGES if name != "trimtab"], part.words)


def test_every_figure_with_a_choice_names_it():
    named = (set(CHOICES) - {"capture", "moments"}) | set(TOUCHED)
    assert {key for key in KEYS if chosen_words(key, Conventions())} == named


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_what_the_table_says_of_ours(row):
    key = row[0].strip("`")
    assert float(row[1]) == pytest.approx(ours(key), abs=5e-7)
    chosen = re.match(r"(?:[^`]*: )?`([a-z_]+)=([A-Za-z-]+)`$|`([a-z_]+)=([A-Za-z-]+)`;", row[5])
    if chosen and key != "expected_shortfall":
        name, value = (one for one in chosen.groups() if one)
        shown = next(cell for cell in row[2:5] if cell)
        assert float(shown) == pytest.approx(ours(key, **{name: value}), abs=5e-7)
    if key == "expected_shortfall":
        assert float(row[2]) == pytest.approx(ours(key, expected_shortfall="mean-below-the-quantile"), abs=5e-7)


def test_what_the_table_says_of_empyrical():
    ep = pytest.importorskip("empyrical")
    found = {
        "information_ratio": ep.excess_sharpe(MINE, THEIRS),
        "expected_shortfall": ep.conditional_value_at_risk(MINE),
        "alpha": ep.alpha(MINE, THEIRS, annualization=12),
    }
    shown = {row[0].strip("`"): float(row[3]) for row in ROWS if row[3]}
    assert shown == pytest.approx({key: float(value) for key, value in found.items()}, abs=5e-7)


def test_what_the_table_says_of_quantstats():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it imports IPython and seaborn, which warn of their own
        qs = pytest.importorskip("quantstats").stats
        found = {
            "information_ratio": qs.information_ratio(MINE, THEIRS),
            "skewness": qs.skew(MINE),
            "excess_kurtosis": qs.kurtosis(MINE),
            "value_at_risk": qs.value_at_risk(MINE),
            "expected_shortfall": qs.expected_shortfall(MINE),
            "ulcer": qs.ulcer_index(MINE),
            "martin": qs.ulcer_performance_index(MINE),
            "treynor": qs.treynor_ratio(MINE, THEIRS, periods=12),
            "autocorrelation": MINE.autocorr(),
        }
    shown = {row[0].strip("`"): float(row[4]) for row in ROWS if row[4]}
    assert shown == pytest.approx({key: float(value) for key, value in found.items()}, abs=5e-7)


def test_the_prospect_ratio_of_the_text():
    assert np.trunc(1e3 * ours("prospect", least=0.05, prospect="once")) == -134
    assert ours("prospect", least=0.05) == pytest.approx(-0.994, abs=5e-4)
