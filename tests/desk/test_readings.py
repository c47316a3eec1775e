"""What the signals say at a date, since when, and what a regime saw: read off the same aims that decisions rest on."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from tests.desk import worlds
from trimtab.core.terms import CLOSE, TOTAL_RETURN
from trimtab.desk.backtest import backtest
from trimtab.desk.counterparts import counterparts
from trimtab.desk.dates import decision_view
from trimtab.desk.decide import aims
from trimtab.desk.notes import notes
from trimtab.desk.propose import propose
from trimtab.desk.readings import VOTE, likeliest, state_of
from trimtab.desk.regime_review import regime_words, review_regime
from trimtab.desk.signal_history import COLUMNS, signal_history
from trimtab.desk.sounding import sound

FALLING = {"use": "tests.desk.own_parts:Falling", "rows": 15}


def test_readings_are_the_numbers_of_the_decision() -> None:
    policy = worlds.policy()
    market = worlds.market(policy)
    today = propose(policy, market).decision.today
    said = {(one.name, a): one for one in sound(policy, market).readings for a in one.assets}
    for k, name in enumerate(policy.signals):
        for a in range(3):
            assert said[name, a].score == today.parts.values[k, a]
    for a in range(3):
        assert said[VOTE, a].score == today.scores.values[a]
        assert said[VOTE, a].state == state_of(float(today.scores.values[a]))


def test_a_reading_counts_since_the_first_date_of_its_state() -> None:
    policy = worlds.policy()
    market = worlds.market(policy)
    sounding = sound(policy, market)
    parts, dates = sounding.knowledge.parts.values, sounding.knowledge.days.dates
    for one in sounding.readings:
        if one.name == VOTE or one.state == "unknown":
            continue
        sides = np.sign(parts[list(policy.signals).index(one.name), :, one.assets[0]])
        first = list(dates).index(one.since)
        assert (sides[first:] == sides[-1]).all()
        assert first == 0 or sides[first - 1] != sides[-1]


def test_what_flips_a_signal_flips_it() -> None:
    """The level in `flips below 51.20` is the close at which the next answer changes."""
    policy = worlds.policy(signals={"trend": {"use": "trend", "window": "5D"}}, combine={"use": "vote"})
    market = worlds.market(policy)
    said = {one.assets[0]: one for one in sound(policy, market).readings if one.name == "trend"}
    for a, one in said.items():
        level = float(one.flips.split(" at ")[0].split()[-1])
        for factor, turned in ((1.002, one.score < 0), (0.998, one.score > 0)):
            after = replace(
                market,
                sessions=np.append(market.sessions, np.datetime64("2002-04-01") + 300),
                fields={
                    name: np.vstack([values, values[-1]])
                    for name, values in market.fields.items()
                    if name in (CLOSE, TOTAL_RETURN)
                },
            )
            ratio = level * factor / after.fields[CLOSE][-1, a]
            fields = {name: values.copy() for name, values in after.fields.items()}
            for values in fields.values():
                values[-1, a] *= ratio
            later = sound(policy, replace(after, fields=fields))
            now = next(x for x in later.readings if x.name == "trend" and a in x.assets)
            assert (now.score != one.score) == turned


def test_signals_that_say_the_same_everywhere_are_one_line() -> None:
    spread = {"spread": {"use": "spread", "long": "bills", "short": "bills", "threshold": -0.5}}
    policy = worlds.policy(signals=spread, combine={"use": "vote"}, since="2001-01-02")
    readings = sound(policy, worlds.market(policy)).readings
    assert [one.assets for one in readings if one.name == "spread"] == [(0, 1, 2)]


def test_a_look_as_of_a_date_is_the_look_from_that_date() -> None:
    policy = worlds.policy(regime=FALLING)
    market = worlds.market(policy)
    then = market.sessions[250]
    early = sound(policy, worlds.cut(market, 250))
    late = sound(policy, market, then)
    spoilt = sound(policy, worlds.corrupted(market, 250, 1000.0), then)
    assert repr(early.readings) == repr(late.readings) == repr(spoilt.readings)
    assert repr(early.weather) == repr(late.weather) == repr(spoilt.weather)
    assert early.as_of == late.as_of == then
    assert not late.due


def test_history_holds_every_answer_once() -> None:
    policy = worlds.policy(regime=FALLING)
    sounding = sound(policy, worlds.market(policy))
    table = signal_history(policy, sounding.view, sounding.knowledge)
    count = len(sounding.knowledge)
    assert tuple(table) == COLUMNS
    assert {len(column) for column in table.values()} == {count * (2 * 3 + 3 + 2)}
    chosen = (table["name"] == "momentum") & (table["asset"] == "B")
    assert np.array_equal(table["score"][chosen], sounding.knowledge.parts.values[1, :, 1], equal_nan=True)
    falling = (table["name"] == "regime") & (table["state"] == "falling")
    assert np.array_equal(table["value"][falling], sounding.knowledge.regime.probabilities[:, 1], equal_nan=True)
    assert (table["state"][(table["name"] == "score") & np.isnan(table["score"])] == "unknown").all()


def test_the_likeliest_state_is_unknown_where_a_probability_is() -> None:
    found = likeliest(np.array([[0.2, 0.8], [0.5, 0.5], [np.nan, np.nan], [1.0, 0.0]]))
    assert np.array_equal(found, [1.0, 0.0, np.nan, 0.0], equal_nan=True)


@pytest.mark.parametrize(("score", "word"), [(0.3, "up"), (-1.0, "down"), (1e-13, "neutral"), (math.nan, "unknown")])
def test_states_in_words(score: float, word: str) -> None:
    assert state_of(score) == word


def test_more_than_five_signals_draw_a_warning_that_says_why() -> None:
    six = {f"m{k}": {"use": "momentum", "lookback": f"{k}M"} for k in range(1, 7)}
    for count, warned in ((5, False), (6, True)):
        policy = worlds.policy(signals=dict(list(six.items())[:count]), combine={"use": "vote"})
        lines = [line for line in notes(policy, worlds.market(policy)) if "fit the past" in line]
        assert bool(lines) == warned
    terms = {"use": "sum", "terms": list(six.values())}
    policy = worlds.policy(signals={"all": terms}, combine={"use": "vote"})
    assert any(line.startswith("6 signals") for line in notes(policy, worlds.market(policy)))


# The regime: with and without, and its lag.


def test_a_regime_is_always_shown_beside_itself_left_out() -> None:
    (plain,) = counterparts(worlds.policy(regime=FALLING))
    assert plain.regime(decision_view(plain, worlds.market(plain))).states == ("all",)
    assert plain.sha256 != worlds.policy(regime=FALLING).sha256
    assert counterparts(worlds.policy()) == ()


def test_the_lag_of_a_hand_made_fall() -> None:
    """One asset: flat at 100 for 60 sessions, then 1 % down a day for 30, then up to a new high and flat again.

    The regime looks 5 sessions back, so the first close below where it stood is the first of the fall, decided every
    day: seen one session after the peak. 0.99 lost by 1 % then.
    """
    policy = worlds.policy(
        regime={"use": "tests.desk.own_parts:Falling", "rows": 5},
        benchmark={"A": 1.0},
        schedule={"decide": "daily", "trade": "next_open"},
    )
    market = worlds.market(policy, count=320)
    path = np.concatenate(
        [np.full(60, 100.0), 100.0 * 0.99 ** np.arange(1, 31), np.linspace(80.0, 120.0, 30), np.full(200, 120.0)]
    )
    fields = {name: values.copy() for name, values in market.fields.items()}
    for name in (CLOSE, TOTAL_RETURN):
        fields[name][:, 0] = path
    market = replace(market, fields=fields)
    knowledge = aims(policy, decision_view(policy, market))
    review = review_regime(policy, market, knowledge)
    assert review is not None
    (fall,) = review.detections
    assert fall.peak == market.sessions[59]
    assert fall.trough == market.sessions[89]
    assert fall.depth == pytest.approx(0.99**30 - 1.0)
    assert fall.seen == market.sessions[60]
    assert fall.lost == pytest.approx(-0.01)
    assert fall.lag == (market.sessions[60] - market.sessions[59]).astype(int)
    assert (review.missed, review.false_alarms) == (0, 0)
    said = " ".join(regime_words(review))
    assert "of 1 fall of the benchmark by 10% or more it saw 1 before the trough, it " in said
    assert "after the peak, 1.0% down" in said
    assert "1 changes" not in said


def test_a_regime_that_never_stirs_misses_every_fall() -> None:
    policy = worlds.policy(regime={"use": "tests.desk.own_parts:Falling", "rows": 5})
    market = worlds.market(policy, count=320)
    knowledge = aims(policy, decision_view(policy, market))
    asleep = np.tile([1.0, 0.0], (len(knowledge), 1))
    review = review_regime(policy, market, replace(knowledge, regime=replace(knowledge.regime, probabilities=asleep)))
    assert review is not None
    assert review.detections
    assert review.missed == len(review.detections)
    assert "it saw none before the trough" in regime_words(review)[-1]


def test_no_regime_no_review() -> None:
    policy = worlds.policy()
    result = backtest(policy, worlds.market(policy))
    assert review_regime(policy, result.market, result.aims) is None


def test_a_signal_without_a_sentence_is_shown_by_its_name() -> None:
    """The least that a component is: a class with `__call__`."""
    mute = {"use": "tests.desk.own_parts:Mute"}
    policy = worlds.policy(signals={"mute": mute, "both": {"use": "sum", "terms": [mute, mute]}}, combine={"use": "vote"})
    market = worlds.market(policy)
    said = {one.name: one.why for one in sound(policy, market).readings}
    assert said["mute"] == "Mute"
    assert said["both"] == "+1 x Mute; +1 x Mute"
    assert any("mute on A: Mute" in line for line in backtest(policy, market).reason(propose(policy, market).decision))
