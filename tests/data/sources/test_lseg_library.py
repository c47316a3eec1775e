"""LSEG through a stand-in of lseg-data: its frames, its LDError, the arithmetic by hand, and every fault played."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.data.sources.library_doubles import Script, install, module
from trimtab.core.errors import DataError, UsageError
from trimtab.core.terms import CLOSE, DIVIDEND, HIGH, LOW, OPEN, VOLUME
from trimtab.data.history import History, Kind
from trimtab.data.sources import lseg
from trimtab.data.sources.lseg import Lseg

NOW = np.datetime64("2024-01-10T12:00:00")


class LDError(Exception):
    """The shape of the library's own: a code and a message."""

    def __init__(self, code: int | None = None, message: str | None = None) -> None:
        self.code, self.message = code, message

    def __str__(self) -> str:
        return f"Error code {self.code} | {self.message}" if self.code else f"{self.message}"


class SessionError(LDError):
    pass


def prices() -> Any:
    index = pd.DatetimeIndex(["2024-01-05", "2024-01-04", "2024-01-03"], name="Date")  # newest first occurs
    columns = {"TRDPRC_1": [70.0, 69.0, 68.0], "OPEN_PRC": [69.5, 68.5, 67.5], "HIGH_1": [71.0, 70.0, 69.0]}
    return pd.DataFrame(columns | {"LOW_1": [69.0, 68.0, 67.0], "ACVOL_UNS": pd.array([30, 20, 10], "Int64")}, index=index)


def currency(code: Any = "GBp") -> Any:
    return pd.DataFrame({"Instrument": ["VOD.L"], "CF_CURR": [code]})


def paid(days: Any = ("2024-01-04", "2024-01-04"), amounts: Any = (2.0, 0.5), codes: Any = ("GBp", "GBp")) -> Any:
    columns = {"Instrument": ["VOD.L"] * len(days), "Dividend Ex Date": [*days], "Adjusted Gross Dividend Amount": [*amounts]}
    return pd.DataFrame(columns | {"Dividend Currency": [*codes]})


class Double:
    """lseg.data with scripted answers."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, history: Any, money: Any = None, dividends: Any = None) -> None:
        self.opened, self.history = Script(None), Script(history)
        money, dividends = currency() if money is None else money, paid() if dividends is None else dividends
        self.data = Script(lambda **asked: self._data(money if asked["fields"] == ["CF_CURR"] else dividends))
        self.closed = Script(None)
        errors = module("lseg.data.errors", LDError=LDError, SessionError=SessionError)
        library = module(
            "lseg.data",
            errors=errors,
            open_session=self.opened,
            close_session=self.closed,
            get_history=self.history,
            get_data=self.data,
        )
        install(monkeypatch, module("lseg", data=library), library, errors)

    @staticmethod
    def _data(answer: Any) -> Any:
        if isinstance(answer, BaseException):
            raise answer
        return answer


def fetched(vendor: Lseg | None = None, *, since: dict[str, np.datetime64] | None = None) -> History:
    (history,) = (vendor or Lseg()).fetch(["VOD.L"], since=since or {}, now=NOW)
    return history


def require_right(history: History) -> None:
    found = history.fields
    assert history.dates.astype(str).tolist() == ["2024-01-03", "2024-01-04", "2024-01-05"]
    assert found[CLOSE].tolist() == [0.68, 0.69, 0.70]  # pence / 100
    np.testing.assert_allclose(found[OPEN], [0.675, 0.685, 0.695])
    assert (found[HIGH].tolist(), found[LOW].tolist()) == ([0.69, 0.70, 0.71], [0.67, 0.68, 0.69])
    assert found[VOLUME].tolist() == [10.0, 20.0, 30.0]
    assert found[DIVIDEND][1] == 0.025  # (2.0 + 0.5) pence
    assert np.isnan(found[DIVIDEND][[0, 2]]).all()


def test_prices_dividends_and_currency(monkeypatch: pytest.MonkeyPatch) -> None:
    double = Double(monkeypatch, prices())
    history = fetched(Lseg(market="XLON"), since={"VOD.L": np.datetime64("2024-01-03")})
    require_right(history)
    about = history.about
    assert (about.kind, about.currency, about.market) == (Kind.PRICE_AND_DIVIDENDS, "GBP", "XLON")
    assert [issue.what for issue in history.issues] == ["prices are quoted in GBp, a hundredth of GBP"]
    (_, asked) = double.history.asked[0]
    assert (asked["universe"], asked["interval"], asked["start"], asked["end"]) == (
        "VOD.L",
        "daily",
        "2024-01-03",
        "2024-01-10",
    )
    assert len(double.closed.asked) == 1


def test_control_amounts_that_stay_in_pence_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    Double(monkeypatch, prices())
    monkeypatch.setattr(lseg, "in_major", lambda fields, *_: (fields, "GBP", ()))
    with pytest.raises(AssertionError):
        require_right(fetched())


def test_the_session_is_named_and_closed_whatever_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    double = Double(monkeypatch, LDError(404, "The universe is not found."))
    with pytest.raises(DataError, match="LSEG refused"):
        fetched(Lseg(session="platform.mine"))
    assert double.opened.asked[0][1] == {"name": "platform.mine"}
    assert len(double.closed.asked) == 1


def test_without_dividends_nothing_is_asked_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    double = Double(monkeypatch, prices())
    history = fetched(Lseg(dividends=False))
    assert history.about.kind is Kind.PRICE
    assert len(double.data.asked) == 1


def test_dividends_in_another_currency_are_left_out_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    Double(monkeypatch, prices(), dividends=paid(codes=("USD", "GBp")))
    history = fetched()
    assert history.about.kind is Kind.PRICE
    assert "dividends are paid in GBP, USD, prices are in GBP" in [issue.what for issue in history.issues]


def test_dividends_in_the_major_currency_beside_prices_in_the_minor_one(monkeypatch: pytest.MonkeyPatch) -> None:
    Double(monkeypatch, prices(), dividends=paid(amounts=(0.02, 0.5), codes=("GBP", "GBp")))
    np.testing.assert_allclose(fetched().fields[DIVIDEND][1], 0.025)  # 0.02 pounds and half a penny


def test_no_dividends_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    Double(monkeypatch, prices(), dividends=paid(days=(None,), amounts=(None,), codes=(None,)))
    assert np.isnan(fetched().fields[DIVIDEND]).all()


def test_a_session_that_is_not_over_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    Double(monkeypatch, prices())
    (history,) = Lseg().fetch(["VOD.L"], since={}, now=np.datetime64("2024-01-05T20:59:00"))
    assert history.dates.astype(str).tolist() == ["2024-01-03", "2024-01-04"]


@pytest.mark.parametrize(
    ("history", "what"),
    [
        (LDError(message="No data to return"), "LSEG refused (No data to return)"),
        (SessionError(-1, "Session is not opened"), "Error code -1 | Session is not opened"),
        (TimeoutError("timed out"), "LSEG did not answer"),
        (ConnectionError("reset"), "LSEG did not answer"),
        (ValueError("Not supported interval value"), "lseg-data stumbled (ValueError"),
        (AttributeError("No default session created yet."), "lseg-data stumbled (AttributeError"),
        (pd.DataFrame(), "the answer has no rows"),
        (None, "a NoneType, not a table"),
        (prices().drop(columns="TRDPRC_1"), "no column TRDPRC_1"),
        (prices().assign(TRDPRC_1=["a", "b", "c"]), "holds no numbers"),
        (prices().assign(TRDPRC_1=[np.nan] * 3), "no price at all"),
        (prices().assign(TRDPRC_1=pd.array([pd.NA] * 3, "Float64")), "no price at all"),
        (prices().assign(TRDPRC_1=[1.0, -2.0, 3.0]), "the close of 2024-01-04 is -2.0"),
        (prices().assign(ACVOL_UNS=[1.0, -2.0, 3.0]), "the volume of 2024-01-04 is -2.0"),
        (prices().iloc[[0, 0, 1]], "or one stands twice"),
        (prices().reset_index(drop=True), "holds no dates"),
        (prices().set_index(prices().index + pd.Timedelta(hours=9)), "has a time of day"),
        (pd.concat([prices()] * 3334), "10,000 rows"),
    ],
)
def test_faults_of_prices(history: Any, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Double(monkeypatch, history)
    with pytest.raises(DataError) as caught:
        fetched()
    assert what in str(caught.value)
    assert caught.value.where == "LSEG VOD.L"
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("money", "dividends", "what"),
    [
        (currency(None), paid(), "no currency"),
        (currency("pounds"), paid(), "no ISO 4217 code"),
        (pd.DataFrame(), paid(), "no rows"),
        (LDError(message="x"), paid(), "LSEG refused (x)"),
        (currency(), LDError(message="y"), "LSEG refused (y)"),
        (currency(), paid().drop(columns="Dividend Currency"), "have other columns"),
        (currency(), paid(amounts=("a", "b")), "holds no numbers"),
        (currency(), paid(days=("soon", "later")), "holds something else"),
        (currency(), paid(amounts=(-1.0, 0.0)), "the dividend of 2024-01-04 is -0.01"),
        (currency(), paid(codes=("?", "GBp")), "no ISO 4217 code"),
    ],
)
def test_faults_of_the_rest(money: Any, dividends: Any, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Double(monkeypatch, prices(), money, dividends)
    with pytest.raises(DataError) as caught:
        fetched()
    assert what in str(caught.value)
    assert caught.value.where == "LSEG VOD.L"


@pytest.mark.parametrize("error", [LDError(message="no desktop"), NameError("Cannot open session x"), OSError("refused")])
def test_a_session_that_does_not_open(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    double = Double(monkeypatch, prices())
    double.opened.answers = [error]
    with pytest.raises(DataError) as caught:
        fetched()
    assert caught.value.where == "the session"
    assert double.closed.asked == []


def test_a_missing_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    absent: Callable[[str], None] = Script(ImportError("No module named 'lseg'"))
    monkeypatch.setattr(lseg, "import_module", absent)
    with pytest.raises(UsageError, match=r"trimtab\[lseg\]"):
        fetched()
