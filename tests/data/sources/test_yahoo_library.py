"""Yahoo through a double of yfinance: its real frames and exceptions, the arithmetic by hand, and every fault played."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from curl_cffi.requests.exceptions import ConnectionError as CurlConnectionError
from curl_cffi.requests.exceptions import Timeout

from tests.data.sources.library_doubles import Script, install, module, yfinance_exceptions
from trimtab.core.errors import DataError, ParameterError, UsageError
from trimtab.core.terms import ADJUSTED, CLOSE, DIVIDEND, HIGH, LOW, OPEN, SPLIT, VOLUME
from trimtab.data.history import History, Kind
from trimtab.data.sources import yahoo
from trimtab.data.sources.yahoo import Yahoo

ERRORS = yfinance_exceptions()
NOW = np.datetime64("2024-01-10T12:00:00")
NEW_YORK = {"currency": "USD", "exchangeName": "PCX", "instrumentType": "ETF", "longName": "A fund"}


def frame(zone: str | None = "America/New_York", days: tuple[str, ...] = ("2024-01-03", "2024-01-04", "2024-01-05")) -> Any:
    """Split-adjusted, as Yahoo hands it over: a 4:1 split on 4 January."""
    index = pd.DatetimeIndex(days, name="Date")
    columns = {
        "Open": [24.5, 26.0, 27.0],
        "High": [25.5, 27.0, 28.0],
        "Low": [24.0, 25.0, 26.0],
        "Close": [25.0, 26.0, 27.0],
        "Adj Close": [24.0, 25.5, 27.0],
        "Volume": [4000, 5000, 6000],
        "Dividends": [0.25, 0.0, 0.5],
        "Stock Splits": [0.0, 4.0, 0.0],
        "Capital Gains": [0.125, 0.0, 0.0],
    }
    return pd.DataFrame(columns, index=index if zone is None else index.tz_localize(zone))


class Double:
    """yfinance with a scripted `Ticker.history`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: Any, metadata: Any = NEW_YORK) -> None:
        self.history = Script(*answers)
        self.symbols: list[str] = []
        self.slept: list[float] = []

        def ticker(symbol: str) -> Any:
            self.symbols.append(symbol)
            return module("ticker", history=self.history, history_metadata=metadata)

        install(monkeypatch, module("yfinance", Ticker=ticker, exceptions=ERRORS), ERRORS)
        monkeypatch.setattr(yahoo.time, "sleep", self.slept.append)


def fetched(vendor: Yahoo | None = None, *, since: dict[str, np.datetime64] | None = None, now: np.datetime64 = NOW) -> History:
    (history,) = (vendor or Yahoo()).fetch(["XYZ"], since=since or {}, now=now)
    return history


def require_as_traded(history: History) -> None:
    found = history.fields
    assert history.dates.astype(str).tolist() == ["2024-01-03", "2024-01-04", "2024-01-05"]
    assert found[CLOSE].tolist() == [100.0, 26.0, 27.0]  # 25 x 4 before the split
    assert found[OPEN].tolist() == [98.0, 26.0, 27.0]
    assert found[HIGH].tolist() == [102.0, 27.0, 28.0]
    assert found[LOW].tolist() == [96.0, 25.0, 26.0]
    assert found[VOLUME].tolist() == [1000.0, 5000.0, 6000.0]  # 4000 / 4
    assert found[DIVIDEND].tolist() == [1.0, 0.0, 0.5]  # 0.25 x 4: the gain of 0.125 is in it
    assert found[ADJUSTED].tolist() == [24.0, 25.5, 27.0]
    assert found[SPLIT][1] == 4.0
    assert np.isnan(found[SPLIT][[0, 2]]).all()


def test_prices_become_those_that_were_traded(monkeypatch: pytest.MonkeyPatch) -> None:
    Double(monkeypatch, frame())
    history = fetched()
    require_as_traded(history)
    about = history.about
    assert (about.name, about.title, about.kind) == ("XYZ", "A fund", Kind.PRICE_AND_DIVIDENDS)
    assert (about.currency, about.market) == ("USD", "ARCX")
    assert history.issues == ()


def test_control_a_vendor_that_keeps_adjusted_prices_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    Double(monkeypatch, frame())
    monkeypatch.setattr(yahoo, "as_traded", lambda fields: fields)
    with pytest.raises(AssertionError):
        require_as_traded(fetched())


def test_the_question_has_a_start_and_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    double = Double(monkeypatch, frame())
    fetched(since={"XYZ": np.datetime64("2024-01-03")})
    (_, asked) = double.history.asked[0]
    assert asked["start"] == "2023-12-24"
    assert "end" not in asked
    assert (asked["auto_adjust"], asked["actions"], asked["raise_errors"]) == (False, True, True)
    fetched()
    assert double.history.asked[1][1]["period"] == "max"


def test_a_split_known_today_still_counts_for_an_earlier_now(monkeypatch: pytest.MonkeyPatch) -> None:
    # As of noon on 4 January only the 3rd is over; its price is un-adjusted by the split of the 4th in the same answer.
    Double(monkeypatch, frame())
    history = fetched(now=np.datetime64("2024-01-04T12:00:00"))
    assert history.dates.astype(str).tolist() == ["2024-01-03"]
    assert history.values.tolist() == [100.0]


def test_the_row_of_an_open_session_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    Double(monkeypatch, frame())
    assert len(fetched(now=np.datetime64("2024-01-05T20:59:59")).dates) == 2  # New York closes at 21:00 UTC in winter
    assert len(fetched(now=np.datetime64("2024-01-05T21:00:00")).dates) == 3
    tokyo = {"currency": "JPY", "exchangeName": "JPX", "instrumentType": "EQUITY"}
    Double(monkeypatch, frame("Asia/Tokyo"), metadata=tokyo)
    assert len(fetched(now=np.datetime64("2024-01-05T08:59:59")).dates) == 2  # 18:00 in Tokyo is 09:00 UTC
    assert len(fetched(now=np.datetime64("2024-01-05T09:00:00")).dates) == 3


@pytest.mark.parametrize(
    ("zone", "exchange", "quoted", "market", "currency"),
    [
        ("Europe/London", "LSE", "GBp", "XLON", "GBP"),
        ("Africa/Johannesburg", "JNB", "ZAc", "XJSE", "ZAR"),
        ("Asia/Jerusalem", "TLV", "ILA", "XTAE", "ILS"),
    ],
)
def test_minor_units_become_the_major_currency_and_are_said(
    zone: str, exchange: str, quoted: str, market: str, currency: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Double(monkeypatch, frame(zone), metadata={"currency": quoted, "exchangeName": exchange, "instrumentType": "EQUITY"})
    history = fetched()
    assert (history.about.market, history.about.currency) == (market, currency)
    assert history.fields[CLOSE].tolist() == [1.0, 0.26, 0.27]
    assert history.fields[DIVIDEND].tolist() == [0.01, 0.0, 0.005]
    assert history.fields[VOLUME].tolist() == [1000.0, 5000.0, 6000.0]
    assert [issue.what for issue in history.issues] == [f"prices are quoted in {quoted}, a hundredth of {currency}"]


@pytest.mark.parametrize(
    ("code", "mic"),
    [("NYQ", "XNYS"), ("NMS", "XNAS"), ("GER", "XETR"), ("PAR", "XPAR"), ("AMS", "XAMS"), ("MIL", "XMIL"), ("MAD", "XMAD"),
     ("HKG", "XHKG"), ("TOR", "XTSE"), ("SWX", "XSWX"), ("TSE", "XTKS")],
)  # fmt: skip
def test_exchanges(code: str, mic: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Double(monkeypatch, frame(), metadata=dict(NEW_YORK) | {"exchangeName": code})
    assert fetched().about.market == mic


def test_an_exchange_without_a_code_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    Double(monkeypatch, frame("Asia/Seoul"), metadata=dict(NEW_YORK) | {"exchangeName": "KSC"})
    assert fetched().issues[0].what == "the exchange 'KSC' has no MIC here"
    assert len(fetched(now=np.datetime64("2024-01-05T20:59:59")).dates) == 2  # taken as New York: not known before


def test_indices_and_rates_have_a_level_and_no_dividends(monkeypatch: pytest.MonkeyPatch) -> None:
    Double(monkeypatch, frame().assign(Close=[1.5, -0.25, 0.0]), metadata=dict(NEW_YORK) | {"instrumentType": "INDEX"})
    history = fetched()
    assert history.about.kind is Kind.LEVEL
    assert set(history.fields) == {CLOSE}


def test_after_a_rate_limit_it_waits_and_asks_again(monkeypatch: pytest.MonkeyPatch) -> None:
    double = Double(monkeypatch, ERRORS.YFRateLimitError(), ERRORS.YFRateLimitError(), frame())
    require_as_traded(fetched(Yahoo(pause=7.0)))
    assert double.slept == [7.0, 7.0]


def test_a_rate_limit_for_ever_ends_after_a_bounded_number_of_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    double = Double(monkeypatch, ERRORS.YFRateLimitError())
    with pytest.raises(DataError, match="refused 3 times for asking too often"):
        fetched(Yahoo(pause=1.0, attempts=3))
    assert len(double.history.asked) == 3
    assert double.slept == [1.0, 1.0]


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (ERRORS.YFPricesMissingError("XYZ", "(1d 2024-01-03 -> )"), "Yahoo has no prices"),
        (ERRORS.YFTzMissingError("XYZ"), "no timezone found"),
        (ERRORS.YFTickerMissingError("XYZ", "gone"), "possibly delisted"),
        (ERRORS.YFDataException("*** YAHOO! FINANCE IS CURRENTLY DOWN! ***"), "Yahoo did not answer"),
        (ERRORS.YFInvalidPeriodError("XYZ", "max", "1d"), "Yahoo did not answer"),
        (Timeout("Operation timed out", 28), "Yahoo did not answer"),
        (CurlConnectionError("Could not resolve host", 6), "Yahoo did not answer"),
        (KeyError("chart"), "could not read the answer (KeyError"),
        (TypeError("'NoneType' object is not subscriptable"), "could not read the answer (TypeError"),
    ],
)
def test_an_error_of_the_library_is_one_clear_error(error: Exception, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    double = Double(monkeypatch, error)
    with pytest.raises(DataError) as caught:
        fetched()
    assert what in str(caught.value)
    assert caught.value.where == "Yahoo XYZ"
    assert caught.value.remedy
    assert len(double.history.asked) == 1


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda f: f.iloc[:0], "the answer has no rows"),
        (lambda _: None, "a NoneType, not a table"),
        (lambda f: f.drop(columns="Close"), "no column Close"),
        (lambda f: f.drop(columns=["Dividends", "Stock Splits"]), "no column Dividends, Stock Splits"),
        (lambda f: f.drop(columns="Adj Close"), "no column Adj Close"),
        (lambda f: f.assign(Close=["a", "b", "c"]), "the column Close holds no numbers"),
        (lambda f: f.assign(Close=[np.nan] * 3), "no price at all"),
        (lambda f: f.assign(Close=[25.0, 0.0, 27.0]), "the close of 2024-01-04 is 0.0"),
        (lambda f: f.assign(Open=[25.0, np.inf, 27.0]), "the open of 2024-01-04 is inf"),
        (lambda f: f.assign(Dividends=[0.0, -1.0, 0.0]), "the dividend of 2024-01-04 is -1.0"),
        (lambda f: f.set_index(f.index.tz_localize(None)), "have no time zone"),
        (lambda f: f.set_index(f.index + pd.Timedelta(hours=9)), "has a time of day"),
        (lambda f: f.iloc[[0, 0, 1]], "do not rise, or one stands twice"),
        (lambda f: f.iloc[::-1], "do not rise, or one stands twice"),
        (lambda f: f.reset_index(drop=True), "have no time zone"),
        (lambda f: f.set_axis([*f.columns[:-1], "Close"], axis=1), "Close"),
    ],
)
def test_an_answer_that_cannot_be_trusted_is_refused(
    change: Callable[[Any], Any], what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Double(monkeypatch, change(frame()))
    with pytest.raises(DataError) as caught:
        fetched()
    assert what in str(caught.value)
    assert caught.value.where == "Yahoo XYZ"


def test_unknown_closes_inside_are_kept_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    Double(monkeypatch, frame().assign(Close=[25.0, np.nan, 27.0]))
    history = fetched()
    assert np.isnan(history.values).tolist() == [False, True, False]
    assert history.issues[0].what == "1 close without a value"


@pytest.mark.parametrize("currency", [None, "", "dollars", 5])
def test_prices_without_a_currency_are_refused(currency: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    Double(monkeypatch, frame(), metadata=dict(NEW_YORK) | {"currency": currency})
    with pytest.raises(DataError, match="no ISO 4217 code"):
        fetched()


def test_histories_come_one_at_a_time_and_stand_when_a_later_one_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    double = Double(monkeypatch, frame(), ERRORS.YFTickerMissingError("BBB", "gone"))
    answers = Yahoo().fetch(["AAA", "BBB"], since={}, now=NOW)
    assert next(answers).about.name == "AAA"
    assert double.symbols == ["AAA"]
    with pytest.raises(DataError, match="gone"):
        next(answers)


def test_the_library_s_own_warning_about_a_switch_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def warning(**_: Any) -> Any:
        warnings.warn("'raise_errors' deprecated", DeprecationWarning, stacklevel=1)
        return frame()

    Double(monkeypatch, warning)
    require_as_traded(fetched())


def test_a_missing_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise ImportError("No module named 'peewee'")

    monkeypatch.setattr(yahoo, "import_module", absent)
    with pytest.raises(UsageError, match=r"yfinance cannot be imported \(No module named 'peewee'\).*trimtab\[yahoo\]"):
        fetched()


def test_parameters_are_checked() -> None:
    with pytest.raises(ParameterError):
        Yahoo(pause=-1.0)
