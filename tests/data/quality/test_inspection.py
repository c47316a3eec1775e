"""All detectors together: what may be tuned or waived and by whom, what clearing changes, and how findings are listed."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.quality.making import changing, plain, walk
from tests.data.quality.panels import as_histories, clean
from trimtab.core.errors import DataError, InvariantError, PolicyError
from trimtab.core.terms import CLOSE, DIVIDEND, VOLUME
from trimtab.data.history import History, Issue
from trimtab.data.quality.clearing import cleared
from trimtab.data.quality.findings import Finding, Outcome, Verdict, at_rows
from trimtab.data.quality.inspection import counted, inspect
from trimtab.data.quality.listing import as_dicts, how_sure, listed
from trimtab.data.quality.settings import DETECTORS, Settings, Tuning, Waiver
from trimtab.data.quality.spikes import Spikes

DAY = np.datetime64("2024-05-06")


def bad(row: int = 150, factor: float = 1.3) -> History:
    close = walk(2)
    close[row] *= factor
    return plain(close)


def test_clearing_changes_the_cells_of_the_findings_and_no_other() -> None:
    history = bad()
    done = cleared(history, inspect([history]))
    assert np.isnan(done.values[150])
    assert np.array_equal(np.delete(done.values, 150), np.delete(history.values, 150))
    assert np.array_equal(done.dates, history.dates)
    assert any("A1" in issue.what and "2021-08-02" in issue.where for issue in done.issues)


def test_clearing_leaves_the_history_it_was_given_and_its_issues() -> None:
    history = replace(bad(), issues=(Issue("rows are not in order", "file.csv:3:1", "sorted"),))
    before = history.values.copy()
    done = cleared(history, inspect([history]))
    assert np.array_equal(history.values, before)
    assert done.issues[0] == history.issues[0]


@given(st.integers(0, 60))
@settings(max_examples=10)
def test_a_cleared_panel_is_sound(seed: int) -> None:
    histories = [bad(150, 100.0), *(plain(walk(seed + n), name=f"P{n}") for n in range(5))]
    said = inspect(histories)
    assert not changing(inspect([cleared(history, said) for history in histories]))


@given(st.permutations(range(6)))
@settings(max_examples=10)
def test_the_order_of_the_series_does_not_matter(order: list[int]) -> None:
    histories = [bad(), *(plain(walk(n), name=f"P{n}") for n in range(5))]
    assert told(inspect([histories[n] for n in order])) == told(inspect(histories))


@given(st.floats(1e-3, 1e4))
@settings(max_examples=10)
def test_another_currency_changes_no_finding(rate: float) -> None:
    histories = as_histories(clean(4))
    money = [replace(h, fields={f: v * rate if f in (CLOSE, DIVIDEND) else v for f, v in h.fields.items()}) for h in histories]
    assert told(inspect(money)) == told(inspect(histories))


def told(findings: tuple[Finding, ...]) -> list[tuple[object, ...]]:
    return sorted((f.series, f.code, f.detector, f.field.name, f.outcome.name, tuple(map(int, f.rows))) for f in findings)


# --- settings -----------------------------------------------------------------------------------------------------------


def test_a_waived_finding_is_listed_with_its_reason_and_changes_nothing() -> None:
    history = bad()
    waiver = Waiver("the exchange confirmed the print", "A. Auditor", DAY)
    said = inspect([history], settings=Settings(series={"X": {"spikes": waiver}}))
    (one,) = (f for f in said if f.detector == "spikes")
    assert one.waived == "the exchange confirmed the print (A. Auditor, 2024-05-06)"
    assert not one.changes
    assert np.array_equal(cleared(history, said).values, history.values)
    assert counted(said) == {}
    assert any("waived: the exchange" in line.action for line in listed(said))


def test_a_repair_may_be_waived_as_well() -> None:
    history = bad(150, 100.0)
    said = inspect([history], settings=Settings(series={"X": {"units": Waiver("a real price", "me", DAY)}}))
    assert {f.outcome for f in said if f.detector == "units"} == {Outcome.NOTE}


def test_a_refusal_stops_the_series_unless_it_is_waived() -> None:
    history = plain(walk(1))
    refusal = at_rows(history, "dividends", Verdict("A8", Outcome.REFUSE, 0.99, "counted twice", "Drop them"), np.array([5]))
    with pytest.raises(DataError, match="counted twice") as caught:
        cleared(history, [refusal])
    assert "waive the detector dividends" in caught.value.remedy
    assert cleared(history, [refusal.waive("they are special payments (me, 2024-05-06)")]).issues


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_waiver_or_tuning_without_a_reason_or_a_name_is_refused(reason: str) -> None:
    with pytest.raises(PolicyError, match="without a reason"):
        Waiver(reason, "me", DAY)
    with pytest.raises(PolicyError, match="without a name"):
        Waiver("because", reason, DAY)
    with pytest.raises(PolicyError, match="without a reason"):
        Tuning({"sigmas": 20.0}, reason, "me", DAY)


def test_a_tuned_detector_sees_with_its_own_thresholds_in_that_series_only() -> None:
    tuning = Tuning({"sigmas": 1e6}, "a thin market with wild prints", "me", DAY)
    other = replace(bad(), about=replace(bad().about, name="Y"))
    said = inspect([bad(), other], settings=Settings(series={"X": {"spikes": tuning}}))
    assert {f.series for f in said if f.detector == "spikes"} == {"Y"}


def test_unknown_detectors_and_thresholds_are_refused_with_the_known_ones() -> None:
    with pytest.raises(PolicyError, match="no detector 'spike'"):
        Settings(series={"X": {"spike": Waiver("a", "b", DAY)}})
    with pytest.raises(PolicyError, match="has no 'sigma'") as caught:
        Settings(series={"X": {"spikes": Tuning({"sigma": 3.0}, "a", "b", DAY)}})
    assert "sigmas" in caught.value.remedy


def test_detectors_are_frozen_and_their_names_differ() -> None:
    assert len({detector.name for detector in DETECTORS}) == len(DETECTORS)
    with pytest.raises(FrozenInstanceError):
        DETECTORS[0].factor = 5.0  # type: ignore[attr-defined]


def test_control_without_detectors_nothing_is_found() -> None:
    assert inspect([bad()], settings=Settings(detectors=())) == ()
    assert inspect([bad()], settings=Settings(detectors=(Spikes(),)))


# --- findings and their list --------------------------------------------------------------------------------------------


def test_a_repair_without_values_and_values_without_a_repair_cannot_be_made() -> None:
    history = plain(walk(1))
    for outcome, values in ((Outcome.REPAIR, None), (Outcome.NOTE, np.ones(1))):
        with pytest.raises(InvariantError):
            at_rows(history, "x", Verdict("A1", outcome, 1.0, "a", "b"), np.array([1]), CLOSE, values)


def test_one_defect_of_several_fields_is_one_line_and_the_gravest_comes_first() -> None:
    close = walk(2)
    close[150] *= 100.0
    history = replace(plain(close), fields={CLOSE: close, VOLUME: np.full(300, -1.0)})
    lines = listed(inspect([history]), [Issue("2 identical double rows", "x.csv:4:1", "dropped")])
    assert lines[0].what == "2 identical double rows"
    assert [line.action.split(":")[0] for line in lines[1:3]] == ["300 set aside as unknown", "repaired"]
    assert lines[2].where == "X close 2021-08-02"


def test_the_list_for_programs_is_plain_json_without_nan() -> None:
    text = json.dumps(as_dicts(inspect([bad()]), [Issue("a", "b", "c")]), allow_nan=False)
    first, second, *_ = json.loads(text)
    assert first == {"what": "a", "where": "b", "sure": 1.0, "action": "c", "outcome": "read"}
    assert second["code"] == "A1"
    assert second["fields"] == ["close"]


def test_probabilities_in_words() -> None:
    assert [how_sure(p) for p in (1.0, 0.99, 0.9, 0.7, 0.4, 0.1)] == [
        "certain", "certain", "almost certain", "likely", "possible", "a hint",
    ]  # fmt: skip


# --- awkward histories --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [0, 1, 2, 3, 5])
def test_short_histories_are_inspected_without_a_stumble(rows: int) -> None:
    short = plain(np.linspace(10.0, 11.0, rows))
    assert inspect([short, *(plain(walk(n), name=f"P{n}") for n in range(4))]) is not None
    assert inspect([short]) == ()


def test_a_history_without_any_price_or_with_one_price_only_is_inspected() -> None:
    assert inspect([plain(np.full(50, np.nan))]) == ()
    assert not changing(inspect([plain(np.full(50, 7.0))]))


def test_no_histories_no_findings() -> None:
    assert inspect([]) == ()
