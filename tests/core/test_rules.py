"""Rules together: what is never relaxed, what is relaxed first, and that every breach is found and named."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import numpy as np
import pytest

from trimtab.construction.limits import LongOnly, MaxLeverage, MaxTilt, MaxWeight, MinWeight, Of
from trimtab.construction.liquidity import MaxParticipation
from trimtab.construction.restricted import Locked
from trimtab.construction.turnover import MaxTurnover
from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError
from trimtab.core.frictions import LimitKind
from trimtab.core.money import ZERO
from trimtab.core.region import Region
from trimtab.core.rules import Rule, Rules, Severity
from trimtab.core.trades import Book, Turnover
from trimtab.core.values import Asset

UNIVERSE = (Asset("A", "a", "equity"), Asset("B", "b", "equity"), Asset("C", "c", "bonds"))
BENCHMARK = (0.5, 0.3, 0.2)


def book(held: list[float], used: float = 0.0, *, funded: bool = True) -> Book:
    """An account with `used` of one-way turnover behind it this quarter."""
    weights = np.array(held)
    moves = np.array([[0.0, 0.0, 0.0, used]])
    turnover = Turnover(np.array(["2020-01-31"], dtype="datetime64[D]"), moves)
    when = np.datetime64("2020-02-28", "D")
    return Book(when, weights, 1000.0, 1000.0 * (1 - weights.sum()), np.ones(3), (ZERO,) * 3, ZERO, turnover, funded)


def rules(*limits: object) -> Rules:
    return Rules(tuple(Rule(limit) for limit in limits), 3)  # type: ignore[arg-type]


TILT = MaxTilt(0.05, benchmark=BENCHMARK, universe=UNIVERSE)
CAP = MaxWeight(0.40, universe=UNIVERSE)


def test_tilts_are_the_limits_on_weights_that_may_be_set_aside() -> None:
    both = rules(TILT, CAP)
    # A may be 0.45..0.55 by its tilt and 0.40 by its cap: together nothing, but without the tilt there is a way.
    assert not both.region.feasible
    assert both.essential.feasible
    assert both.essential.high.tolist() == [0.4, 0.4, 0.4]


@pytest.mark.parametrize("order", list(permutations([TILT, CAP, MinWeight(0.1, universe=UNIVERSE)])))
def test_the_order_of_the_rules_changes_nothing(order: tuple[object, ...]) -> None:
    found = rules(*order)
    assert found.region.low.tolist() == [0.45, 0.25, pytest.approx(0.15)]
    assert found.essential.low.tolist() == [0.1, 0.1, 0.1]


@pytest.mark.parametrize("limit", [MinWeight(0.4, universe=UNIVERSE), MinWeight(0.6, of=Of.CLASS, universe=UNIVERSE)])
def test_rules_that_leave_no_portfolio_are_refused(limit: object) -> None:
    with pytest.raises(ParameterError, match=r"the rules cannot all be met\. Loosen a position, class or leverage limit"):
        rules(limit)


def test_turnover_never_makes_a_portfolio_impossible() -> None:
    strict = rules(MaxTurnover(0.0, universe=UNIVERSE))
    assert strict.region.feasible
    assert strict.left(book([0.5, 0.3, 0.2])) == 0.0


def test_without_a_leverage_rule_nothing_is_borrowed_and_nothing_sold_short() -> None:
    bare = rules()
    assert bare.region.low.tolist() == [0.0, 0.0, 0.0]
    assert bare.region.low_cash == 0.0
    # with one, cash may go down to 1 - 1.5
    assert rules(MaxLeverage(1.5, universe=UNIVERSE)).essential.low_cash == -0.5
    assert rules(MaxLeverage(1.5, universe=UNIVERSE)).essential.low.tolist() == [0.0, 0.0, 0.0]


def test_the_smallest_budget_counts_and_first_funding_is_free() -> None:
    # 0.08 used: of 0.20 a quarter 0.12 is left, of 0.10 over sixty days 0.02. The smaller one binds.
    both = rules(MaxTurnover(0.20, universe=UNIVERSE), MaxTurnover(0.10, window=_days(60), universe=UNIVERSE))
    assert both.left(book([0.5, 0.3, 0.2], used=0.08)) == pytest.approx(0.02)
    assert both.left(book([0.0, 0.0, 0.0], used=0.08, funded=False)) == np.inf
    assert rules(CAP).left(book([0.5, 0.3, 0.2])) == np.inf


def _days(count: int) -> object:
    from trimtab.core.terms import sessions

    return sessions(count)


def test_every_breach_is_found_with_its_amount() -> None:
    # Held 0.50/0.30/0.20, wanted 0.56/0.30/0.14: A is 0.01 beyond its tilt, C 0.01 too; A 0.16 above 0.40;
    # the turn is half of (0.06 + 0 + 0.06 + cash 0) = 0.06, of which 0.05 was left.
    three = rules(TILT, CAP, MaxTurnover(0.05, universe=UNIVERSE), LongOnly(universe=UNIVERSE))
    found = three.breaches(np.array([0.56, 0.30, 0.14]), book([0.5, 0.3, 0.2]))
    assert [type(b.rule.limit).__name__ for b in found] == ["MaxTilt", "MaxWeight", "MaxTurnover"]
    assert [b.amount for b in found] == pytest.approx([0.01, 0.16, 0.01])


def test_a_hair_is_no_breach() -> None:
    target = np.array([0.4 + 5e-10, 0.3, 0.2])
    assert rules(CAP).breaches(target, book([0.4, 0.3, 0.2])) == ()
    assert len(rules(CAP).breaches(target, book([0.4, 0.3, 0.2]), tolerance=1e-10)) == 1


@dataclass(frozen=True)
class Forgetful:
    """A fault: a position limit whose region says nothing while its breach speaks."""

    kind: LimitKind = LimitKind.POSITION
    region: Region = Region.everything(3)
    words: str = "forgetful"

    def left(self, book: Book) -> Array:
        return np.asarray(np.inf)

    def breach(self, target: Array, book: Book) -> float:
        return float(target.max() - 0.4)


def test_a_breach_is_asked_of_the_limit_and_never_of_the_region() -> None:
    assert rules(Forgetful()).region.contains(np.array([0.5, 0.3, 0.2]))
    assert [b.amount for b in rules(Forgetful()).breaches(np.array([0.5, 0.3, 0.2]), book([0.5, 0.3, 0.2]))] == [
        pytest.approx(0.1)
    ]


# What nobody can cure, and what speaks for whom.


def test_what_is_locked_breaks_a_rule_passively_and_the_rest_is_curable() -> None:
    # A is locked at .45 under a cap of .40: .05 that no trade cures. B at .42 is .02 above it, which a trade does.
    both = rules(CAP, Locked(("A",), UNIVERSE))
    owned = book([0.45, 0.3, 0.2])
    assert both.passive(owned) == pytest.approx((0.05, 0.0))
    (drifted,) = both.breaches(np.array([0.45, 0.3, 0.2]), owned)
    assert (drifted.amount, drifted.passive) == (pytest.approx(0.05), pytest.approx(0.05))
    assert not drifted.curable
    (grown,) = both.breaches(np.array([0.45, 0.48, 0.0]), owned)
    assert grown.curable
    assert [type(b.rule.limit).__name__ for b in both.breaches(np.array([0.47, 0.3, 0.2]), owned)] == ["MaxWeight", "Locked"]
    assert rules(CAP).passive(owned) == (0.0,)
    (plain,) = rules(CAP).breaches(np.array([0.45, 0.3, 0.2]), owned)
    assert plain.curable


def test_nothing_known_is_curable() -> None:
    both = rules(CAP, Locked(("A",), UNIVERSE))
    assert all(b.curable for b in both.breaches(np.array([0.45, np.nan, 0.2]), book([0.45, 0.3, 0.2])))


def test_a_field_called_window_or_share_is_no_voice() -> None:
    """A turnover budget has a window of days; participation has a share of volume."""
    found = rules(MaxTurnover(0.2, window=_days(60), universe=UNIVERSE), MaxParticipation(0.1, universe=UNIVERSE))
    assert [type(limit).__name__ for limit in found.windows] == ["MaxParticipation"]
    assert found.shares == ()
    assert not found.plain
    assert rules(MaxTurnover(0.2, window=_days(60), universe=UNIVERSE), CAP, TILT).plain


def test_the_smallest_share_of_all_budgets_counts() -> None:
    # Whole: .20 a quarter, group of equity: .02. A way that takes .04 from A into C: .02/.04 of it.
    both = rules(MaxTurnover(0.20, universe=UNIVERSE), MaxTurnover(0.02, universe=UNIVERSE, only=("equity",)))
    way = np.array([-0.04, 0.0, 0.04])
    assert len(both.shares) == 1
    assert both.share(way, book([0.5, 0.3, 0.2])) == pytest.approx(0.5)
    assert both.share(10.0 * way, book([0.5, 0.3, 0.2])) == pytest.approx(0.05)
    assert both.share(way, book([0.5, 0.3, 0.2], used=0.19)) == pytest.approx(0.25)
    assert both.share(way, book([0.0, 0.0, 0.0], funded=False)) == 1.0


def test_what_is_never_relaxed_has_names() -> None:
    named = Rules((Rule(CAP, "cap"), Rule(TILT, "tilt"), Rule(LongOnly(UNIVERSE))), 3)
    assert named.names == ("cap", "No asset is sold short")


def test_severities() -> None:
    assert Rule(CAP).severity is Severity.BLOCK  # a bare limit stops
    assert [s.value for s in Severity] == ["warn", "block"]
