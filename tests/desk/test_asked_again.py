"""Code of one's own is asked again without the future at every decision, and gets no other date to look at."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.desk import peeking_parts, worlds
from tests.desk.validation_worlds import monthly, trend
from trimtab.core.values import Aims
from trimtab.desk import asked_again, knowing_checks
from trimtab.desk.asked_again import own_components, whole_policy
from trimtab.desk.backtest import backtest
from trimtab.desk.decide import decide
from trimtab.desk.outsiders import of_policy, outsiders
from trimtab.desk.result import Result
from trimtab.validation.checks import Light

OWN = "tests.desk.peeking_parts"


def result(count: int = 120, **changes: Any) -> Result:
    """A backtest of a timing with other parts, on random walks by month."""
    values = {"signals": {"gain": {"use": f"{OWN}:Gained"}}, "combine": {"use": "weighted"}, **changes}
    policy = trend(**values)
    return backtest(policy, monthly(policy, 1, count=count))


def arrays_in(value: Any) -> list[Any]:
    """Every array in a value, and every array that such a one is a view of."""
    if isinstance(value, np.ndarray):
        return [value, *arrays_in(value.base)]
    if isinstance(value, tuple):
        return [one for part in value for one in arrays_in(part)]
    if is_dataclass(value) and not isinstance(value, type):
        return [one for field in fields(value) for one in arrays_in(getattr(value, field.name))]
    return []


def test_a_reacher_of_ones_own_sees_no_other_date_whatever_it_looks_through() -> None:
    """A regression: it was handed all aims and its own place in them, and row d + 1 made a Sharpe ratio of 7."""
    peeking_parts.HANDED.clear()
    found = result(reacher={"use": f"{OWN}:Peek"})
    assert len(peeking_parts.HANDED) == len(found.decisions)
    for today, book in peeking_parts.HANDED[:: len(found.decisions) // 5]:
        assert len(today.aims) == 1
        assert max(array.size for array in arrays_in((today, book.prices, book.covariance, book.dealing))) <= 9  # A x A
    for decision in found.decisions[3:-1]:  # the score of the day is all that it finds
        assert not decision.target[decision.today.scores.values < 0.0].any()


def test_a_date_alone_says_what_it_says_among_others() -> None:
    """Of a blend too, where what stands still today depends on what sleeves held the date before."""
    sleeves = {
        "fast": {"allocator": {"use": "timing"}, "signals": {"trend": {"use": "trend"}}, "combine": {"use": "vote"}},
        "slow": {"allocator": {"use": "static"}, "decide": "quarter-end"},
    }
    blend = trend(signals={}, combine=None, allocator={"use": "blend", "sleeves": sleeves, "mix": {"use": "equal"}})
    for policy in (trend(forecast={"use": "sample", "window": "6M"}), blend):
        said = backtest(policy, monthly(policy, 2, count=60)).aims
        for d in (0, 20, 21, 22, len(said) - 1):
            one, alone = said.row(d), said.row(d).alone
            for name in ("when", "cutoff", "known", "aim", "goal", "relaxed", "still"):
                assert np.array_equal(getattr(one, name), getattr(alone, name), equal_nan=name in ("aim", "goal")), name
            assert np.array_equal(one.scores.values, alone.scores.values, equal_nan=True)
            assert np.array_equal(one.parts.values, alone.parts.values, equal_nan=True)
            assert np.array_equal(one.forecast.covariance, alone.forecast.covariance, equal_nan=True)


def test_only_what_is_not_ours_counts_as_ones_own_wherever_it_stands() -> None:
    found = result()
    assert [type(one).__name__ for one in of_policy(found.policy)] == ["Gained"]
    assert of_policy(trend()) == ()
    inside = worlds.policy(signals={"sum": {"use": "sum", "terms": [{"use": "trend"}, {"use": "tests.desk.own_parts:Mute"}]}})
    assert outsiders(inside.signals["sum"])


LEAKS = {
    "the allocator": {"allocator": {"use": f"{OWN}:Dodge"}},
    "the combiner": {"combine": {"use": f"{OWN}:Shifted"}},
    "the reacher": {"signals": {"gain": {"use": f"{OWN}:Passes"}}, "reacher": {"use": f"{OWN}:Receives"}},
}


@pytest.mark.parametrize("name", LEAKS)
def test_what_leaks_on_one_date_is_found_on_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A regression: sixteen dates were asked, and an allocator that knew the worst month alone passed."""
    monkeypatch.setattr(knowing_checks, "_audits", lambda _: ())
    found = result(**LEAKS[name])
    assert own_components(found).fault.endswith(f"{name} says otherwise")
    check = knowing_checks.lookahead(SimpleNamespace(result=found))  # type: ignore[arg-type]
    assert check.light is Light.FAIL


def test_honest_code_of_ones_own_is_asked_at_every_decision_and_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(knowing_checks, "_audits", lambda _: ())
    found = result(allocator={"use": f"{OWN}:Dodge", "honest": True}, reacher={"use": f"{OWN}:Peek"})
    asked = own_components(found)
    assert (asked.fault, asked.dates, asked.of) == ("", len(found.decisions), len(found.decisions))
    check = knowing_checks.lookahead(SimpleNamespace(result=found))  # type: ignore[arg-type]
    assert check.light is Light.PASS
    assert f"your own code asked again at all {asked.of} decisions" in check.words


def test_where_not_all_dates_are_asked_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(knowing_checks, "_audits", lambda _: ())
    monkeypatch.setattr(asked_again, "MOST", 20)
    found = result(allocator={"use": f"{OWN}:Dodge", "honest": True})
    check = knowing_checks.lookahead(SimpleNamespace(result=found))  # type: ignore[arg-type]
    assert f"your own code asked again at 20 of {len(found.decisions)} decisions" in check.words
    monkeypatch.setattr(asked_again, "ROWS", 1)
    assert asked_again.Needs.MEMORY.dates(found) == frozenset(asked_again._spread(found, 16))
    assert len(asked_again.Needs.DATE.dates(found)) == len(found.decisions)


def test_a_policy_of_ours_is_asked_for_its_targets_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A regression: signals and goals were compared, and what was traded to was not."""
    found = result(signals={"trend": {"use": "trend", "window": "8M"}}, combine={"use": "vote"})
    assert own_components(found).dates == 0  # nothing is of one's own
    assert whole_policy(found).fault == ""
    first = len(found.aims) - len(found.decisions)
    far = found.decisions[-1].today.when

    def other(policy: Any, today: Any, book: Any) -> Any:
        made = decide(policy, today, book)
        return made if today.when != far else SimpleNamespace(target=made.target + 1e-15)

    monkeypatch.setattr(asked_again, "decide", other)
    assert first + len(found.decisions) == len(found.aims)
    assert whole_policy(found).fault == f"without what comes after {far} it trades to other weights"


def test_some_dates_of_aims_are_all_that_is_left_of_them() -> None:
    said = result(60).aims
    part = said.between(5, 9)
    assert isinstance(part, Aims)
    assert np.array_equal(part.days.dates, said.days.dates[5:9])
    assert np.array_equal(part.parts.values, said.parts.values[:, 5:9], equal_nan=True)
    assert np.array_equal(part.goal, said.goal[5:9], equal_nan=True)
    assert all(len(array) <= max(4, 9) for array in arrays_in(part))
