"""The audit itself: what it says of honest components, and every guard of the contract, each with its fault planted once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.validation.planted_leaks import Gain, Spoken, gain
from trimtab.core.roles import State, View
from trimtab.core.terms import CLOSE, TOTAL_RETURN
from trimtab.core.values import Forecast, Regime, Scores
from trimtab.desk.conformance import check, specimens, subject_of
from trimtab.desk.specimens import BEFORE_SINCE, Recipe, specimen
from trimtab.validation.audit import CHECKS, audit
from trimtab.validation.comparison import difference, differs, written
from trimtab.validation.specimen import Finding, Verdict


def failures(component: Any, role: str = "signals") -> dict[str, str]:
    """What a component fails, on a few dates of each market."""
    return {one.name: one.detail for one in check(role, component, decisions=30).failures}


# The verdict.


def test_an_honest_signal_passes_every_check_that_applies() -> None:
    verdict = check("signals", Gain(), decisions=30)
    assert verdict.passed
    assert verdict.failures == ()
    assert {one.name for one in verdict.findings} == set(CHECKS) - {"memory", "probabilities", "covariances"} | {
        "other sources"
    }
    assert all(one.detail for one in verdict.findings)
    assert verdict.words == f"tests.validation.planted_leaks:Gain passes all {len(verdict.findings)} checks"


def test_a_verdict_counts_its_failures() -> None:
    verdict = Verdict("x", (Finding("a", True, "fine"), Finding("b", False, "bad")))
    assert not verdict.passed
    assert [one.name for one in verdict.failures] == ["b"]
    assert verdict.words == "x FAILS 1 of 2 checks"


def test_the_same_component_gets_the_same_verdict() -> None:
    assert check("signals", Gain(), decisions=30) == check("signals", Gain(), decisions=30)


# Each guard of the contract, with its fault.


class Bare:
    """A signal that answers with anything."""

    def sentence(self, view: View, asset: int) -> str:
        return "planted"


@dataclass(frozen=True)
class Anything(Spoken, Bare):
    """Answers with what `what` makes of the honest numbers."""

    what: Any

    def numbers(self, view: View) -> Any:
        return self.what(gain(view), view)


@dataclass(frozen=True)
class Raw(Bare):
    """No Scores, but numbers."""

    def __call__(self, view: View) -> Any:
        return gain(view)


@dataclass(frozen=True)
class Transposed(Bare):
    """One row too few."""

    def __call__(self, view: View) -> Scores:
        return Scores(view.assets, gain(view)[1:])


@dataclass(frozen=True)
class OtherAssets(Bare):
    """Scores of assets in rising order of their ids, whatever the view's."""

    def __call__(self, view: View) -> Scores:
        return Scores(tuple(sorted(view.assets, key=lambda one: one.id, reverse=True)), gain(view))


@dataclass(frozen=True)
class Mute(Bare):
    """Whatever it is given to say."""

    said: Any = ""

    def __call__(self, view: View) -> Scores:
        return Scores(view.assets, gain(view))

    def sentence(self, view: View, asset: int) -> str:
        return self.said  # type: ignore[no-any-return]


def writes(raw: Any, view: View) -> Any:
    view.window(CLOSE, 3)[:, 0] = 0.0
    return raw


def forces(raw: Any, view: View) -> Any:
    """NumPy lets nobody unlock a read-only view; its base may be found all the same."""
    view.market.fields[TOTAL_RETURN].base[-1] *= 1.001  # type: ignore[attr-defined]
    return raw


FAULTS = {
    "no scores": (Raw(), "answers", "it answers with ndarray, not with Scores"),
    "one row short": (Transposed(), "shape", "score has shape"),
    "assets of its own": (OtherAssets(), "shape", "the assets of its scores are not those of the view"),
    "infinite": (Anything(lambda raw, _: np.where(raw > 0.03, np.inf, raw)), "infinities", "score is infinite on 20"),
    "silent": (Anything(lambda raw, _: raw * np.nan), "warm-up", "it never says anything on"),
    "invents": (Anything(lambda raw, _: np.nan_to_num(raw)), "nothing known", "though nothing at all is known"),
    "no constant": (Anything(lambda raw, _: raw / _some(raw)), "constant prices", "it raises ZeroDivisionError"),
    "needs two": (Anything(lambda raw, _: raw - raw[:, [1, 0, *range(2, raw.shape[1])]]), "fewest assets", "IndexError"),
    "needs a date": (Anything(lambda raw, _: raw * np.sign(abs(raw[-1:].shape[0]) / len(raw))), "no dates", "ZeroDivision"),
    "writes": (Anything(writes), "windows", "it writes into a window that it is handed, which is read-only"),
    "says nothing": (Mute(" "), "sentence", "its sentence is empty on"),
    "says no text": (Mute(3), "sentence", "its sentence is int, not text,"),
    "says nan": (Mute("its return is nan %"), "sentence", "its sentence says 'nan' instead of why it is unknown"),
}


def _some(raw: Any) -> float:
    """The largest known number; dividing by 0.0 in plain Python raises."""
    known = raw[np.isfinite(raw)]
    return 1.0 / (1.0 / float(np.abs(known).max())) if known.size else 1.0


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_contract_is_caught(fault: str) -> None:
    component, name, words = FAULTS[fault]
    found = failures(component)
    assert name in found, found
    assert words in found[name]


def test_whoever_looks_at_no_price_may_speak_where_none_is_known() -> None:
    july = Anything(lambda raw, view: np.zeros(raw.shape) + _is_july(view)[:, None])
    assert failures(july) == {}


def _is_july(view: View) -> Any:
    return (view.days.dates.astype("datetime64[M]").astype(int) % 12 == 6).astype(float)


def test_a_hard_coded_date_is_found() -> None:
    known = Anything(lambda raw, view: raw + (view.days.dates < np.datetime64("2001-12-01"))[:, None])
    assert "28 years later" in failures(known)["earlier calls"]


def test_what_is_raised_is_a_finding() -> None:
    def stumbles(raw: Any, view: View) -> Any:
        raise KeyError("cape")

    (found,) = check("signals", Anything(stumbles)).findings
    assert (found.name, found.passed) == ("answers", False)
    assert "it raises KeyError: 'cape' (daily data)" in found.detail


# Memory.


@dataclass(frozen=True)
class Kept(Spoken):
    """+1 or -1, and the last side again where the move is small: an honest memory."""

    def numbers(self, view: View) -> Any:
        raw = gain(view)
        return np.where(np.abs(raw) < 0.01, 0.0 * raw, np.sign(raw))

    def start(self, row: Any) -> State:
        return (np.zeros(row.shape),)

    def advance(self, state: State, row: Any) -> tuple[State, Any]:
        held = np.where(np.isnan(row) | (row == 0.0), state[0], row)
        return (held,), np.where(np.isnan(row), np.nan, held)


@dataclass(frozen=True)
class WritesState(Kept):
    """Its state is written into."""

    def advance(self, state: State, row: Any) -> tuple[State, Any]:
        np.copyto(state[0], row, where=np.isfinite(row) & (row != 0.0))
        return state, np.where(np.isnan(row), np.nan, state[0])


@dataclass(frozen=True)
class Mixes(Kept):
    """Its variants share what they remember."""

    def advance(self, state: State, row: Any) -> tuple[State, Any]:
        (held,), out = super().advance(state, row)
        return (held,), out + 0.1 * np.nansum(held)


@dataclass(frozen=True)
class FillsGaps(Kept):
    """A number where the row is unknown."""

    def advance(self, state: State, row: Any) -> tuple[State, Any]:
        (held,), _ = super().advance(state, row)
        return (held,), held


@dataclass(frozen=True)
class StartsKnowing(Kept):
    """It reads the row that only shows the shape."""

    def start(self, row: Any) -> State:
        return (np.nan_to_num(row),)


@dataclass(frozen=True)
class SaysOtherwise(Kept):
    """A latch that takes other rows than it keeps."""

    def takes(self, rows: Any) -> Any:
        return rows > 0.0


MEMORIES = {
    WritesState: "`advance` writes into the state",
    Mixes: "depends on the others",
    FillsGaps: "an unknown row is answered by a number",
    StartsKnowing: "`start` reads the numbers of the row",
    SaysOtherwise: "`takes` says otherwise than `advance`",
}


def test_an_honest_memory_passes() -> None:
    assert failures(Kept()) == {}


@pytest.mark.parametrize("kind", MEMORIES, ids=lambda kind: kind.__name__)
def test_a_broken_memory_is_caught(kind: Any) -> None:
    assert MEMORIES[kind] in failures(kind())["memory"]


BATCH: dict[str, Any] = {}


@dataclass(frozen=True)
class KnowsOneRow(Kept):
    """Its memory counts the rows, and from row `at` on, for `late` rows more, it says the sign of row `at + 1`."""

    at: int = 8
    late: int = 0

    def numbers(self, view: View) -> Any:
        BATCH["rows"] = gain(view)
        return BATCH["rows"]

    def start(self, row: Any) -> State:
        return (np.zeros(row.shape), np.zeros(row.shape))

    def advance(self, state: State, row: Any) -> tuple[State, Any]:
        count, known = state
        number = int(count.flat[0]) if count.size else 0
        rows = BATCH.pop("rows", None) if number == self.at else None  # once a call: the laws of a fold do not meet it
        if rows is not None and rows.shape[1:] == row.shape and len(rows) > self.at + 1:
            known = np.nan_to_num(np.sign(rows[self.at + 1]))
        said = row + (known if number == self.at + self.late else 0.0)
        return (count + 1.0, known), np.where(np.isnan(row), np.nan, said)


@pytest.mark.parametrize("late", [0, 9])
def test_a_memory_that_knows_the_next_row_once_is_caught_at_that_cut(late: int) -> None:
    """A regression: answers with memory were looked at up to every 24th cut only, though the line said every date.

    Where it says so later (9 rows), only what it remembers at that cut tells.
    """
    found = failures(KnowsOneRow(late=late))
    assert found.keys() == {"poisoned future", "no future"}
    assert ("its memory is another then" if late else "with memory") in found["no future"]
    assert found["no future"].split(", ")[0] == found["poisoned future"].split(", ")[0]  # at the same date


# Regimes and forecasts.


@dataclass(frozen=True)
class Odds:
    """Probabilities of two states that sum to `total`."""

    total: float = 1.0

    def __call__(self, view: View) -> Regime:
        up = np.where(gain(view)[:, 0] > 0.0, 0.8, 0.3) + 0.0 * gain(view)[:, 0]
        return Regime(("up", "down"), np.stack([up, self.total - up], axis=1))

    def sentence(self, view: View) -> str:
        return "planted"


@dataclass(frozen=True)
class Spread:
    """A diagonal covariance with `off` above the diagonal and `below` under it."""

    off: float = 0.0
    below: float = 0.0

    def __call__(self, view: View, scores: Scores, regime: Regime) -> Forecast:
        variance = gain(view) ** 2 + 1e-4
        matrix = np.where(np.eye(variance.shape[1]) > 0.0, variance[:, :, None], 0.0)
        upper = np.triu(np.ones(matrix.shape[1:]), 1)
        return Forecast(gain(view), matrix + self.off * upper + self.below * upper.T)

    def sentence(self, view: View) -> str:
        return "planted"


def test_probabilities_must_sum_to_one() -> None:
    found = failures(Odds(1.1), "regimes")
    assert "they must sum to 1, or all be NaN" in found["probabilities"]
    assert failures(Odds(), "regimes").keys() == {"order of assets", "fewest assets"} - {
        "fewest assets"
    }  # asset 0 is dear to it


def test_covariances_must_be_symmetric_and_positive() -> None:
    assert failures(Spread(), "forecasters") == {}
    assert "is not symmetric" in failures(Spread(0.001, 0.002), "forecasters")["covariances"]
    assert "has a variance of -" in failures(Spread(0.5, 0.5), "forecasters")["covariances"]


# Two answers compared.


@settings(max_examples=50)
@given(st.lists(st.floats(allow_nan=True, allow_infinity=False, width=32), min_size=1, max_size=8))
def test_an_answer_does_not_differ_from_itself(values: list[float]) -> None:
    one = np.array(values)
    assert not differs(one, one.copy()).any()
    assert not differs(one, one.copy(), nearly=True).any()
    assert differs(one, np.where(np.isnan(one), 0.0, np.nan)).all()


def test_the_first_difference_is_named() -> None:
    dates = np.array(["2020-01-31", "2020-02-28"], dtype="datetime64[D]")
    one, other = np.array([[1.0, np.nan], [2.0, 3.0]]), np.array([[1.0, np.nan], [2.0, 3.5]])
    assert difference({"score": one}, {"score": other}, dates, ("here", "there")) == ("2020-02-28: 3 here, 3.5 there (score 1)")
    assert difference({"score": one}, {"score": one[:1]}, dates, ("here", "there")) == (
        "score has shape (2, 2) here and (1, 2) there"
    )
    assert written(0.1, 0.1 + 1e-15) == ("0.1", "0.100000000000001")
    assert not differs(one, one * (1.0 + 1e-12), nearly=True).any()
    assert differs(one, one * (1.0 + 1e-7), nearly=True).sum() == 3


# The specimens.


@pytest.mark.parametrize("monthly", [False, True])
def test_a_specimen_is_changed_where_it_says_and_nowhere_else(monthly: bool) -> None:
    made = specimen(Recipe(("US_EQ",), ("y10", "cape"), monthly=monthly, rows=120))
    cut = 40
    row = BEFORE_SINCE + cut
    whole = made.market.fields[TOTAL_RETURN]
    assert [asset.id for asset in made.market.assets] == ["US_EQ", "A0", "A1", "A2", "A3"]
    for changed in (made.poisoned(cut), made.truncated(cut)):
        assert not differs(changed.market.fields[TOTAL_RETURN][: row + 1], whole[: row + 1]).any()
        assert not differs(changed.at([cut]).series("y10", 5), made.at([cut]).series("y10", 5)).any()
    assert differs(made.poisoned(cut).market.fields[TOTAL_RETURN][row + 1 :], whole[row + 1 :]).any(axis=1).all()
    assert len(made.truncated(cut).dates) == cut + 1
    forgotten = made.forgotten().market.fields[TOTAL_RETURN]
    assert differs(forgotten[:BEFORE_SINCE], whole[:BEFORE_SINCE]).all()
    assert not differs(forgotten[BEFORE_SINCE:], whole[BEFORE_SINCE:]).any()
    assert [asset.id for asset in made.fewest().market.assets] == ["US_EQ"]
    later = made.later()
    assert not differs(later.at([cut]).series("cape", 7), made.at([cut]).series("cape", 7)).any()
    weekday = [(dates.astype(int) + 3) % 7 for dates in (later.dates, made.dates)]
    assert (weekday[0] == weekday[1]).all()
    assert later.dates[0].astype("datetime64[Y]") - made.dates[0].astype("datetime64[Y]") == np.timedelta64(28, "Y")


def test_daily_windows_are_views_and_monthly_prices_are_gathered() -> None:
    daily, monthly = (specimen(Recipe(monthly=monthly, rows=120)) for monthly in (False, True))
    window = daily.at(range(20)).window(TOTAL_RETURN, 5)
    assert window.strides[0] == window.strides[1]  # the next date's window overlaps this one's
    assert monthly.market.split_events
    assert daily.market.known is None


def test_a_component_that_needs_long_history_gets_a_long_market() -> None:
    wants = Anything(lambda _, view: view.window(TOTAL_RETURN, 600)[:, -1] / view.window(TOTAL_RETURN, 600)[:, 0])
    found = specimens(subject_of("signals", wants), wants, 30)
    assert [(one.name, one.recipe.rows) for one in found] == [("daily data", 800), ("monthly data", 850)]  # type: ignore[attr-defined]
    assert [one.name for one in audit(subject_of("signals", wants), found) if not one.passed] == []
