"""The policy in sentences: generated from its parts, true to its parameters, and nothing left unsaid."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import pytest

from tests.desk import worlds
from tests.desk.own_parts import Dear
from trimtab.core.schedule import CutOff, Schedule, TradeAt
from trimtab.core.terms import Span
from trimtab.desk import gallery
from trimtab.desk.words import described, schedule_words


def test_the_sample_overlay_reads_as_a_portfolio_manager_would_say_it() -> None:
    words = gallery.named("trend-overlay").words
    source = "(Investment Policy Statement, section"
    assert words[0] == "Benchmark: 60.0% US equity, 40.0% Corporate bonds; what is left is cash."
    for said in (
        "Signal average: price against its 10-month average.",
        f"Rule IPS-4.1 {source} 4.1): Each asset within 10 % of its benchmark weight; a breach blocks.",
        f"Rule IPS-4.2 {source} 4.2): Each class at most 75 %; a breach blocks.",
        f"Rule IPS-5.1 {source} 5.1): One-way turnover of at most 20 % per calendar quarter; a breach blocks.",
        "Costs: 5 bps commission on every trade.",
        "Cash earns bills, borrowing costs bills and 1 % a year.",
        "Positions are fractions of shares; dividends are reinvested on the ex-date.",
    ):
        assert said in words
    everything = " ".join(words)
    assert "same_close: a convention of papers, not tradable as it is" in everything
    for number in ("momentum: ", "12-month", "aaa_yield less bill_yield", "0.3", "10 %", "CORP", "1 %"):
        assert number in everything  # every parameter of the file is in the words somewhere


@pytest.mark.parametrize("name", gallery.samples())
def test_every_sample_speaks_in_whole_sentences(name: str) -> None:
    for sentence in gallery.named(name).words:
        assert sentence.endswith(".")
        assert not sentence.endswith("..")
        assert sentence[0].isupper()
        assert "object at" not in sentence
        assert "()" not in sentence


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"execution": {"units": "whole", "minimum": "200 USD", "dividends": "pay"}},
            "Positions are whole shares;",
        ),
        ({"execution": {"minimum": "200 USD"}}, "trades below 200 USD are not placed"),
        ({"execution": {"dividends": "pay"}}, "dividends stay in cash."),
        ({"schedule": {"decide": "week-end", "trade": "next_close", "cut_off": "30min"}}, "Decided at week-end, 30min after"),
        ({"costs": {"use": "linear", "bps": 7.5, "minimum_ticket": "2 USD"}}, "7.5 bps commission (at least 2 USD a trade)"),
        ({"cash": None}, "Cash earns nothing, borrowing costs nothing."),
        (
            {"rules": [{"limit": {"use": "max_weight", "at_most": 0.5, "only": ["A"]}, "severity": "warn"}]},
            "Rule: A at most 50 %; a breach warns.",
        ),
    ],
)
def test_a_parameter_shows_in_the_words(changes: dict[str, object], said: str) -> None:
    words = " ".join(worlds.policy(**changes).words)
    assert said in words
    assert said not in " ".join(worlds.policy().words)


@pytest.mark.parametrize("trade", list(TradeAt))
def test_every_way_to_trade_has_its_words(trade: TradeAt) -> None:
    assert schedule_words(Schedule(trade=trade, cut_off=CutOff.parse("1h"))).startswith(
        "Decided at month-end, 1h after the close"
    )


class Side(Enum):
    LEFT = "left"


@dataclass(frozen=True)
class Odd:
    side: Side = Side.LEFT
    names: tuple[str, ...] = ("a", "b")
    weights: tuple[()] | dict[str, float] = ()
    span: Span = Span(3)
    none: str = ""
    benchmark: tuple[float, ...] = (0.5,)


def test_a_component_without_words_is_named_with_its_parameters() -> None:
    assert described(Odd()) == "Odd (side left, names a, b, span 3M)"
    assert described(Odd(weights={"x": 0.5})) == "Odd (side left, names a, b, weights x 0.5, span 3M)"
    assert described(Dear()) == "Dear (level 50.0, trust 1.0, depth 1)"
