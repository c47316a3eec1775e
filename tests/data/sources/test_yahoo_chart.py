"""Yahoo's chart: local dates, prices made as they traded, gains among the dividends; and charts that make no sense."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from tests.data.sources.reading import noted, rows, sample
from trimtab.core.errors import DataError
from trimtab.core.terms import ADJUSTED, CLOSE, DIVIDEND, HIGH, LOW, OPEN, SPLIT, VOLUME
from trimtab.data.sources import vendor_rows, yahoo_chart

BARS = (OPEN, HIGH, LOW, CLOSE, VOLUME)


def jsoned(value: Any) -> bytes:
    return json.dumps(value).encode()


def test_yahoo_chart() -> None:
    """Midnight UTC is the evening before in New York. Split 2:1 on the 12th: what lies before is doubled, volume halved."""
    found = yahoo_chart.parse(sample("yahoo_v8_chart.json"), "AAPL")
    assert rows(found, *BARS, DIVIDEND, SPLIT, ADJUSTED) == [
        ("2026-08-11", 402.0, 404.0, 400.0, 403.0, 50.0, 0.5, None, 199.5),
        ("2026-08-12", None, 203.0, 201.0, 202.5, None, None, 2.0, 200.5),
    ]
    assert found.about.currency == "USD"
    assert noted(found) == ["yahoo AAPL 2026-08-13: 1 dividend or split outside the first and last close: left out"]


def chart(**changes: Any) -> bytes:
    """Five sessions from Monday 2024-01-08, 14:30 UTC: closes 10 to 14; a dividend and a gain, then a 5:1 split."""
    seconds = [1704724200 + 86400 * d for d in range(5)]
    meta = {"symbol": "X", "currency": "USD", "exchangeTimezoneName": "America/New_York", "dataGranularity": "1d"}
    prices = [10.0, 11.0, 12.0, 13.0, 14.0]
    bars: dict[str, Any] = {name: [*prices] for name in ("open", "high", "low", "close")} | {"volume": [50, 50, 50, 50, 50]}
    events = {
        "dividends": {"a": {"date": seconds[1], "amount": 0.2}},
        "capitalGains": {"b": {"date": seconds[1], "amount": 0.1}},
        "splits": {"c": {"date": seconds[3], "numerator": 5, "denominator": 1}},
    }
    result: dict[str, Any] = {"meta": meta, "timestamp": seconds, "indicators": {"quote": [bars]}, "events": events}
    for path, value in changes.items():
        part: Any = result
        *outer, last = path.split("__")
        for name in outer:
            part = part[int(name) if isinstance(part, list) else name]
        part[int(last) if isinstance(part, list) else last] = value
    return jsoned({"chart": {"error": None, "result": [result]}})


def test_yahoo_gains_are_dividends_and_a_missing_close_leaves_a_hole() -> None:
    found = yahoo_chart.parse(chart(indicators__quote__0__close=[10.0, 11.0, None, 13.0, 14.0]), "X")
    assert rows(found, CLOSE, VOLUME, SPLIT) == [
        ("2024-01-08", 50.0, 10.0, None),
        ("2024-01-09", 55.0, 10.0, None),
        ("2024-01-11", 13.0, 50.0, 5.0),
        ("2024-01-12", 14.0, 50.0, None),
    ]
    assert found.fields[DIVIDEND][1] == pytest.approx(5 * 0.2, rel=1e-15)  # the gain of 0.1 is in it
    apart = yahoo_chart.parse(chart(events__capitalGains__b__amount=0.3), "X")
    assert apart.fields[DIVIDEND][1] == pytest.approx(5 * (0.2 + 0.3), rel=1e-15)  # a larger gain cannot be
    assert noted(found) == ["yahoo X 2024-01-10: 1 row without a closing value: left out"]


def test_a_split_on_a_date_without_a_close_is_not_lost() -> None:
    found = yahoo_chart.parse(chart(indicators__quote__0__close=[10.0, 11.0, 12.0, None, 14.0]), "X")
    assert rows(found, CLOSE, SPLIT)[2:] == [("2024-01-10", 60.0, None), ("2024-01-11", None, 5.0), ("2024-01-12", 14.0, None)]


def test_a_double_row_does_not_count_its_split_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = [1704724200 + 86400 * d for d in (0, 1, 2, 3, 3)]
    bars = {f"indicators__quote__0__{name}": [10.0, 11.0, 12.0, 13.0, 13.0] for name in ("open", "high", "low", "close")}
    data = chart(timestamp=seconds, **bars)
    assert rows(yahoo_chart.parse(data, "X"), CLOSE)[0] == ("2024-01-08", 50.0)
    # The control: rows that are not put in order first take the ratio twice.
    monkeypatch.setattr(vendor_rows, "_in_order", lambda found: (np.arange(len(found.dates)), ()))
    with pytest.raises(DataError, match="do not rise"):
        yahoo_chart.parse(data, "X")


def test_pence_become_pounds() -> None:
    found = yahoo_chart.parse(chart(meta__currency="GBp", events={}), "X")
    assert rows(found, CLOSE, VOLUME)[0] == ("2024-01-08", 0.1, 50.0)
    assert found.about.currency == "GBP"


def test_the_zone_of_the_exchange_gives_the_date() -> None:
    """23:30 UTC on the 7th is Monday the 8th in Tokyo."""
    seconds = [1704670200 + 86400 * d for d in range(5)]
    found = yahoo_chart.parse(chart(meta__exchangeTimezoneName="Asia/Tokyo", timestamp=seconds, events={}), "X")
    assert str(found.dates[0]) == "2024-01-08"


SPLITS_BEYOND_NUMBERS = {str(k): {"date": 1704983400, "numerator": 9e11, "denominator": 1e-9} for k in range(20)}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"meta__symbol": "Y"}, "the answer is about 'Y', not X"),
        ({"meta__dataGranularity": "1wk"}, "daily rows"),
        ({"meta__exchangeTimezoneName": "Mars/Crater"}, "time zone 'Mars/Crater' is not known"),
        ({"meta__exchangeTimezoneName": "../../etc/passwd"}, "is not known"),
        ({"meta__exchangeTimezoneName": None}, "is not known"),
        ({"meta__currency": "dollars"}, "no ISO 4217 code"),
        ({"timestamp": [1, 2]}, "as many values of open as there are timestamps"),
        ({"timestamp": ["a"] * 5}, "a timestamp is 'a'"),
        ({"timestamp": [1e300] * 5}, "expected seconds since 1970"),
        ({"timestamp": [1704724200] * 5}, "2024-01-08: the date occurs twice with different numbers in open"),
        ({"indicators__quote__0__close": [10.0, 0, 12.0, 13.0, 14.0]}, "2024-01-09: close is 0.0, expected .* above zero"),
        ({"indicators__quote__0__close": [10.0, "11", 12.0, 13.0, 14.0]}, "2024-01-09: close is '11', not a number"),
        ({"indicators__quote__0__close": [None] * 5}, "no value of X at all"),
        ({"indicators__quote__0": {}}, "open is missing"),
        ({"indicators__quote": []}, "not a list of one object"),
        ({"events": []}, "events as an object"),
        ({"events__splits": {"c": {"date": 1704810600, "numerator": 0, "denominator": 1}}}, "numerator of an event is '0'"),
        ({"events__splits": {"c": {"date": 1704983400, "numerator": 9e11, "denominator": 1e-300}}}, "denominator"),
        ({"events__splits": SPLITS_BEYOND_NUMBERS}, "2024-01-11: the split is inf, expected a number above zero"),
        ({"events__dividends": {"c": {"date": 1704810600, "amount": True}}}, "amount of an event is 'True'"),
    ],
)
def test_yahoo_charts_that_make_no_sense(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(DataError, match=words):
        yahoo_chart.parse(chart(**changes), "X")


def test_yahoo_says_its_errors_in_the_chart() -> None:
    data = {"chart": {"result": None, "error": {"code": "Not Found", "description": "No data found, delisted"}}}
    with pytest.raises(DataError, match="No data found, delisted"):
        yahoo_chart.parse(jsoned(data), "X")
