"""Does a policy keep a constraint: exact for rules of the same form, and never too kind, whatever the rules are."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.core.rules import Severity
from trimtab.governance.constraints import PARAMETERS, Bound, Constraint, Each, Per, percent
from trimtab.governance.tightness import Held, Verdict, compare

SINCE = date(2026, 1, 1)
CLASSES = {"SPY": "equity", "EFA": "equity", "AGG": "bonds", "GLD": "gold"}
NUMBERS = st.integers(0, 100).map(lambda percent: percent / 100)
ASSETS = st.lists(st.sampled_from(sorted(CLASSES)), unique=True, max_size=4).map(tuple)
KINDS = st.lists(st.sampled_from(sorted(set(CLASSES.values()))), unique=True, max_size=3).map(tuple)


@st.composite
def constraints(draw: st.DrawFn, *bounds: Bound) -> Constraint:
    """Any constraint on the four assets, or one of some kinds."""
    bound = draw(st.sampled_from(bounds or tuple(Bound)))
    number = draw(NUMBERS) + (1.0 if bound is Bound.LEVERAGE else 0.0)
    more: dict[str, object] = {"at_least" if bound.least else "at_most": number}
    if "of" in PARAMETERS[bound]:
        more["of"] = draw(st.sampled_from(Each))
        more["only"] = draw(KINDS if more["of"] is Each.CLASS else ASSETS)
        if more["of"] is Each.GROUP and not more["only"]:
            more["only"] = ("SPY", "AGG")
    if "per" in PARAMETERS[bound]:
        more |= {"per": draw(st.sampled_from(Per)), "only": draw(ASSETS)}
    return Constraint("1", bound, **more)  # type: ignore[arg-type]


def held(one: Constraint) -> Held:
    return Held(one.rule(SINCE)["limit"], one.effective_from, one.severity)


def moved(one: Constraint, number: float) -> Constraint:
    """The same constraint with another number."""
    where = {"at_least": number} if one.limit.least else {"at_most": number}
    return Constraint(one.section, one.limit, of=one.of, only=one.only, per=one.per, **where)  # type: ignore[arg-type]


# Exact.


@given(constraints(), st.integers(-20, 20))
def test_a_rule_of_the_same_form_keeps_it_exactly_where_it_is_as_tight(one: Constraint, points: int) -> None:
    number = round(one.number + points / 100, 2)
    low, high = (1.0, 2.0) if one.limit is Bound.LEVERAGE else (0.0, 1.0)
    if not low <= number <= high:
        return
    verdict = compare(one, [held(moved(one, number))], CLASSES, SINCE).verdict
    tight = points >= 0 if one.limit.least else points <= 0
    assert verdict is (Verdict.KEPT if tight else Verdict.LOOSER)


@given(constraints())
def test_without_rules_nothing_is_kept_but_what_holds_anyway(one: Constraint) -> None:
    """Nothing is borrowed where no rule speaks of leverage: that is at most 100 %."""
    assert (compare(one, [], CLASSES, SINCE).verdict is Verdict.KEPT) == (one.limit is Bound.LEVERAGE)


@given(constraints(), constraints())
def test_a_rule_more_never_makes_a_verdict_worse(one: Constraint, other: Constraint) -> None:
    order = [Verdict.KEPT, Verdict.LOOSER, Verdict.MISSING]
    alone = compare(one, [held(other)], CLASSES, SINCE).verdict
    both = compare(one, [held(other), held(moved(one, one.number))], CLASSES, SINCE).verdict
    assert both is Verdict.KEPT
    assert order.index(alone) >= order.index(both)


# Never too kind: a portfolio that keeps the rules keeps what is said to be kept.


def allowed(limit: dict[str, object], weights: dict[str, float]) -> bool:
    """Whether weights keep a ceiling or floor of a policy, by its definition."""
    only = tuple(limit.get("only", ()))  # type: ignore[call-overload]
    of = limit.get("of", "asset")
    groups = {
        "asset": [[name] for name in weights if not only or name in only],
        "class": [[n for n in weights if CLASSES[n] == kind] for kind in set(CLASSES.values()) if not only or kind in only],
        "group": [[n for n in weights if n in only or CLASSES[n] in only]],
    }[str(of)]
    sums = [sum(weights[name] for name in group) for group in groups]
    if "at_most" in limit:
        return all(total <= float(limit["at_most"]) + 1e-9 for total in sums)  # type: ignore[arg-type]
    return all(total >= float(limit["at_least"]) - 1e-9 for total in sums)  # type: ignore[arg-type]


WEIGHTS = (
    st.lists(st.integers(0, 100), min_size=5, max_size=5).filter(any).map(lambda parts: [p / sum(parts) for p in parts[:4]])
)
WEIGHED = (Bound.WEIGHT, Bound.LEAST_WEIGHT)


@given(constraints(*WEIGHED), st.lists(constraints(*WEIGHED), max_size=4), st.lists(WEIGHTS, min_size=1, max_size=20))
def test_what_is_said_to_be_kept_is_kept_by_every_portfolio(
    one: Constraint, rules: list[Constraint], portfolios: list[list[float]]
) -> None:
    if compare(one, [held(rule) for rule in rules], CLASSES, SINCE).verdict is not Verdict.KEPT:
        return
    for weights in (dict(zip(CLASSES, row, strict=True)) for row in portfolios):
        if all(allowed(rule.rule(SINCE)["limit"], weights) for rule in rules):
            assert allowed(one.rule(SINCE)["limit"], weights)


# By hand.


def test_a_ceiling_on_a_class_is_one_on_each_of_its_assets_but_not_the_other_way_round() -> None:
    each = Constraint("1", Bound.WEIGHT, 0.6, only=("SPY", "EFA"))
    equity = Constraint("2", Bound.WEIGHT, 0.6, of=Each.CLASS, only=("equity",))
    assert compare(each, [held(equity)], CLASSES, SINCE).verdict is Verdict.KEPT
    assert compare(equity, [held(each)], CLASSES, SINCE).verdict is Verdict.MISSING  # 60 % + 60 % would do


def test_a_floor_on_an_asset_is_one_on_its_class_but_not_the_other_way_round() -> None:
    one = Constraint("1", Bound.LEAST_WEIGHT, at_least=0.2, only=("SPY",))
    equity = Constraint("2", Bound.LEAST_WEIGHT, at_least=0.2, of=Each.CLASS, only=("equity",))
    assert compare(equity, [held(one)], CLASSES, SINCE).verdict is Verdict.KEPT
    assert compare(one, [held(equity)], CLASSES, SINCE).verdict is Verdict.MISSING  # all of it may be EFA


def test_a_tilt_of_a_group_says_nothing_of_its_parts() -> None:
    """Two assets may stray 10 % each way and leave their sum where it was; and one of 10 % each may move the sum by 20 %."""
    group = Constraint("1", Bound.TILT, 0.1, of=Each.GROUP, only=("SPY", "EFA"))
    each = Constraint("2", Bound.TILT, 0.1, only=("SPY", "EFA"))
    assert compare(each, [held(group)], CLASSES, SINCE).verdict is Verdict.MISSING
    assert compare(group, [held(each)], CLASSES, SINCE).verdict is Verdict.MISSING


def test_rules_on_single_assets_together_keep_one_on_all() -> None:
    every = Constraint("1", Bound.WEIGHT, 0.5)
    rules = [held(Constraint("2", Bound.WEIGHT, 0.4, only=(name,))) for name in CLASSES]
    assert compare(every, rules, CLASSES, SINCE).verdict is Verdict.KEPT
    assert compare(every, rules[1:], CLASSES, SINCE).verdict is Verdict.MISSING
    loose = [*rules[1:], held(Constraint("2", Bound.WEIGHT, 0.7, only=("SPY",)))]
    found = compare(every, loose, CLASSES, SINCE)
    assert (found.verdict, found.said) == (Verdict.LOOSER, "70 %")


@pytest.mark.parametrize(
    ("rule", "number", "kept"),
    [
        (Per.YEAR, 0.20, True),
        (Per.YEAR, 0.21, False),
        (Per.MONTH, 0.06, True),
        (Per.MONTH, 0.07, False),
        (Per.QUARTER, 0.2, True),
    ],
)
def test_budgets_of_other_periods(rule: Per, number: float, kept: bool) -> None:
    """At most 20 % a quarter: a year's 20 % holds for its quarters; a month's 7 % allows 21 % in three months."""
    wanted = Constraint("1", Bound.TURNOVER, 0.20)
    found = compare(wanted, [held(Constraint("2", Bound.TURNOVER, number, per=rule))], CLASSES, SINCE)
    assert found.verdict is (Verdict.KEPT if kept else Verdict.LOOSER)


def test_a_rolling_window_says_nothing_of_a_calendar_quarter() -> None:
    window = Held({"use": "max_turnover", "at_most": 0.1, "per": None, "window": "63D", "only": []})
    assert compare(Constraint("1", Bound.TURNOVER, 0.2), [window], CLASSES, SINCE).verdict is Verdict.MISSING


def test_a_rule_that_only_warns_or_begins_later_does_not_keep_it() -> None:
    one = Constraint("1", Bound.TILT, 0.1)
    limit = one.rule(SINCE)["limit"]
    for rule in (Held(limit, severity=Severity.WARN), Held(limit, effective_from=date(2026, 1, 2))):
        found = compare(one, [rule], CLASSES, SINCE)
        assert found.verdict is Verdict.LOOSER
        assert "only warns, or begins later" in found.said
    assert compare(one, [Held(limit, effective_from=SINCE)], CLASSES, SINCE).verdict is Verdict.KEPT
    warned = Constraint("1", Bound.TILT, 0.1, severity=Severity.WARN)
    assert compare(warned, [Held(limit, severity=Severity.WARN)], CLASSES, SINCE).verdict is Verdict.KEPT


LOAN = {"use": "max_leverage", "at_most": 1.6}
NET = {"use": "net_exposure", "at_least": 0.0, "at_most": 1.6}


@pytest.mark.parametrize(
    ("rule", "verdict", "said"),
    [
        (Held(LOAN, severity=Severity.WARN, borrows=True), Verdict.LOOSER, "160 %"),
        (Held(LOAN, date(2027, 1, 1), borrows=True), Verdict.LOOSER, "160 %"),
        (Held(NET, borrows=True), Verdict.LOOSER, "160 %"),
        (Held({**NET, "at_most": 0.9}, borrows=True), Verdict.KEPT, "90 %"),
        (Held({**NET, "at_least": 0.9, "at_most": None}), Verdict.KEPT, "100 %"),
        (Held({"use": "of_my_own:Loans"}, borrows=True), Verdict.MISSING, "no rule says so"),
    ],
)
def test_whatever_rule_opens_a_loan_a_mandate_without_one_is_not_kept_by_saying_nothing(
    rule: Held, verdict: Verdict, said: str
) -> None:
    """A rule that only warns, or begins later, lets the policy borrow all the same."""
    found = compare(Constraint("4.3", Bound.LEVERAGE, 1.0), [rule], CLASSES, SINCE)
    assert (found.verdict, found.said) == (verdict, said)
    firm = Held({"use": "max_leverage", "at_most": 1.0}, SINCE, borrows=True)
    assert compare(Constraint("4.3", Bound.LEVERAGE, 1.0), [rule, firm], CLASSES, SINCE).verdict is Verdict.KEPT


# In words.


@given(st.integers(1, 10**11), st.sampled_from([1, -1]), st.floats(1.5e-12, 1.0))
def test_what_is_not_kept_never_looks_like_what_is_allowed(most: int, way: int, apart: float) -> None:
    one, other = most / 1e11, most / 1e11 + way * apart
    assert percent(one) != percent(other)
    assert float(percent(one).removesuffix(" %")) == pytest.approx(100.0 * one, abs=1e-10)


def test_a_hair_above_a_ceiling_is_seen_in_the_number() -> None:
    cap, budget = Constraint("1", Bound.WEIGHT, 0.35), Constraint("2", Bound.TURNOVER, 0.15)
    over = compare(cap, [held(moved(cap, 0.350000001))], CLASSES, SINCE)
    assert (over.wanted, over.verdict, over.said) == ("Each asset at most 35 %", Verdict.LOOSER, "35.0000001 %")
    monthly = held(Constraint("3", Bound.TURNOVER, 0.0500000001, per=Per.MONTH))
    assert compare(budget, [monthly], CLASSES, SINCE).said == "15.00000003 %"
    assert Constraint("4", Bound.WEIGHT, 0.349999999).words == "Each asset at most 34.9999999 %"
