"""Any bytes given to any parser give a history or one of our errors, never another exception. A seeded short form; soak."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.sources.vendor_cases import CASES
from trimtab.core.errors import TrimtabError
from trimtab.core.terms import CLOSE, DIVIDEND, HIGH, LOW, OPEN, SPLIT, VOLUME
from trimtab.data.history import History, Kind
from trimtab.data.sources import alfred, alpha_vantage, eodhd, fred, french, nasdaq_data_link, stooq, tiingo, yahoo_chart

Parser = Callable[[bytes], Any]

_CHART = {
    "chart": {
        "error": None,
        "result": [
            {
                "meta": {"symbol": "X", "currency": "GBp", "exchangeTimezoneName": "Europe/London", "dataGranularity": "1d"},
                "timestamp": [1704700800, 1704787200],
                "indicators": {
                    "quote": [{"open": [1, 2], "high": [1, 2], "low": [1, 2], "close": [1, None], "volume": [3, 4]}],
                    "adjclose": [{"adjclose": [1.0, 2.0]}],
                },
                "events": {
                    "dividends": {"1": {"date": 1704700800, "amount": 0.5}},
                    "splits": {"2": {"date": 1704787200, "numerator": 2, "denominator": 1}},
                },
            }
        ],
    }
}
_MATRIX = b"observation_date,X_20240213,X_20240312\n2024-01-01,1.5,1.75\n2024-02-01,.,2\n"
_BULK = b"<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>\nX,D,20240102,000000,1,2,1,2,5,0\n"
_EVENTS = {
    "dividends": b'[{"date":"2024-01-03","value":0.5,"unadjustedValue":1.0,"currency":"USD"}]',
    "splits": b'[{"date":"2024-01-03","split":"2.000000/1.000000"}]',
}


def good(name: str, place: int = 0) -> bytes:
    return list(CASES[name].good.values())[place]


def eodhd_with(prices: bytes = b"", dividends: bytes = b"", splits: bytes = b"") -> History:
    prices, dividends = prices or good("eodhd"), dividends or _EVENTS["dividends"]
    return eodhd.parse(prices, dividends, splits or _EVENTS["splits"], "SPY.US")


PARSERS: dict[str, tuple[Parser, bytes]] = {
    "fred graph": (partial(fred.parse_graph, codes=("CPIX",)), good("fred")),
    "fred observations": (partial(fred.parse_observations, code="CPIX"), good("fred with a key")),
    "alfred observations": (partial(alfred.parse_vintages, code="CPIX"), good("alfred")),
    "alfred matrix": (partial(alfred.parse_matrix, code="X"), _MATRIX),
    "french zip": (lambda data: french.parse(french.unzipped(data, "D", most=100_000), "D:RF"), good("french")),
    "french": (partial(french.parse, code="D:A"), b"x\n\n,A\n202401, 1.5\n202402,-99.99\n\n Annual\n,A\n2024,3\n"),
    "stooq": (partial(stooq.parse, code="spy.us"), good("stooq")),
    "stooq bulk": (stooq.parse_bulk, _BULK),
    "tiingo": (partial(tiingo.parse, code="SPY"), good("tiingo")),
    "nasdaq": (partial(nasdaq_data_link.parse, code="A/B"), good("nasdaq_data_link")),
    "nasdaq column": (partial(nasdaq_data_link.parse, code="A/B:Close"), good("nasdaq_data_link")),
    "eodhd": (lambda data: eodhd_with(prices=data or b"?"), good("eodhd")),
    "eodhd dividends": (lambda data: eodhd_with(dividends=data or b"?"), _EVENTS["dividends"]),
    "eodhd splits": (lambda data: eodhd_with(splits=data or b"?"), _EVENTS["splits"]),
    "alpha vantage": (partial(alpha_vantage.parse, code="SPY"), good("alpha_vantage")),
    "yahoo": (partial(yahoo_chart.parse, code="X"), json.dumps(_CHART).encode()),
}

SCRAPS = (
    b"",
    b"0",
    b"-1",
    b"NaN",
    b"1e999",
    b"null",
    b"true",
    b"[]",
    b"{}",
    b'"',
    b",",
    b"\n",
    b"\xff",
    b"\0",
    b".",
    b"-",
    b"9" * 30,
)


def outcome(name: str, data: bytes) -> list[History]:
    """What the parser makes of the data; every history is checked, and any exception but ours comes through."""
    try:
        found = PARSERS[name][0](data)
    except TrimtabError as error:
        if not error.remedy or "\n" in str(error):
            raise AssertionError("an error without a remedy, or of several lines") from error
        return []
    made = [found] if isinstance(found, History) else list(found)
    for history in made:
        require_sane(history)
    return made


def require_sane(history: History) -> None:
    assert len(history.dates) > 0
    assert np.isfinite(history.values).any()
    assert not any(np.isinf(values).any() for values in history.fields.values())
    if history.about.kind in (Kind.PRICE, Kind.PRICE_AND_DIVIDENDS):
        for field in (OPEN, HIGH, LOW, CLOSE, SPLIT):
            if field in history.fields:
                assert not (history.fields[field] <= 0.0).any()
        for field in (VOLUME, DIVIDEND):
            if field in history.fields:
                assert not (history.fields[field] < 0.0).any()


def damaged(data: bytes, edits: Sequence[tuple[float, int, bytes]]) -> bytes:
    """Each edit cuts some bytes out of the data at a place (a fraction of its length) and puts others in."""
    for place, cut, scrap in edits:
        at = int(place * len(data))
        data = data[:at] + scrap + data[at + cut :]
    return data


edits = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 12), st.sampled_from(SCRAPS)), min_size=1, max_size=4)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["2024-01-02", "1/2", "1.5"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def replaced(value: Any, steps: Sequence[int], other: Any) -> Any:
    """`value` with one of its parts, found by walking `steps`, replaced by `other`."""
    if steps and isinstance(value, dict) and value:
        name = list(value)[steps[0] % len(value)]
        return value | {name: replaced(value[name], steps[1:], other)}
    if steps and isinstance(value, list) and value:
        at = steps[0] % len(value)
        return [*value[:at], replaced(value[at], steps[1:], other), *value[at + 1 :]]
    return other


def in_json(name: str) -> bool:
    return PARSERS[name][1][:1] in (b"[", b"{")


def try_everything(name: str, examples: int) -> None:
    sound = PARSERS[name][1]
    assert outcome(name, sound), "the undamaged answer must load"

    @settings(max_examples=examples, deadline=None, report_multiple_bugs=False)
    @given(st.binary(max_size=300))
    def any_bytes(data: bytes) -> None:
        outcome(name, data)

    @settings(max_examples=examples, deadline=None, report_multiple_bugs=False)
    @given(edits)
    def damage(changes: list[tuple[float, int, bytes]]) -> None:
        outcome(name, damaged(sound, changes))

    @settings(max_examples=examples, deadline=None, report_multiple_bugs=False)
    @given(st.lists(st.integers(0, 7), max_size=7), json_values)
    def other_parts(steps: list[int], other: Any) -> None:
        outcome(name, json.dumps(replaced(json.loads(sound), steps, other)).encode())

    any_bytes()
    damage()
    if in_json(name):
        other_parts()


@pytest.mark.parametrize("name", PARSERS)
def test_any_bytes_end_in_a_history_or_an_error_of_ours(name: str) -> None:
    try_everything(name, 60)


@pytest.mark.soak
@pytest.mark.parametrize("name", PARSERS)
def test_any_bytes_at_length(name: str) -> None:
    try_everything(name, 20_000)


def told(history: History) -> set[tuple[str, str, float]]:
    """The closes with their dates and the instants from which they were known."""
    known = history.dates if history.known is None else history.known
    return {(str(day), str(when), value) for day, when, value in zip(history.dates, known, history.values, strict=True)}


@pytest.mark.parametrize("name", PARSERS)
def test_an_answer_cut_at_every_byte(name: str) -> None:
    """What loads holds closes of the whole answer only, or lists that its last number may be cut."""
    sound = PARSERS[name][1]
    whole = {history.about.name: told(history) for history in outcome(name, sound)}
    for cut in range(len(sound)):
        for history in outcome(name, sound[:cut]):
            loose = any("line break" in issue.what for issue in history.issues)
            assert loose or told(history) <= whole[history.about.name]


def test_control_a_parser_without_care_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(data: bytes) -> History:
        return tiingo.parse(json.dumps(json.loads(data)[:1]).encode(), "SPY")

    monkeypatch.setitem(PARSERS, "tiingo", (careless, good("tiingo")))
    with pytest.raises((ValueError, TypeError, KeyError)):
        try_everything("tiingo", 60)
