"""Bloomberg through a double of xbbg: its frames, its real exceptions, splits and dividends by hand, every fault played."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.data.sources.library_doubles import Script, install, module, xbbg_exceptions
from trimtab.core.errors import DataError, UsageError
from trimtab.core.terms import ADJUSTED, CLOSE, DIVIDEND, OPEN, SPLIT, VOLUME
from trimtab.data.history import History, Kind
from trimtab.data.sources import bloomberg
from trimtab.data.sources.bloomberg import INDEX, Bloomberg, splits_of

NOW = np.datetime64("2024-01-10T12:00:00")
DAYS = ["2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05"]

# A dividend of 2.00 as paid on 3 January, a 4:1 split on the 4th, a dividend of 0.50 on the 5th. As traded:
# 100, 99, 25, 24.75. Total return: (99 + 2) / 100 = 1.01; 25 x 4 / 99 = 100/99; (24.75 + 0.5) / 25 = 1.01.
TRADED = [100.0, 99.0, 25.0, 24.75]
UNDONE = [25.0, 24.75, 25.0, 24.75]
TOTAL = [200.0, 202.0, 202.0 * 100 / 99, 202.0 * 100 / 99 * 1.01]


def raw(**columns: Any) -> Any:
    first = {"ticker": ["XYZ US Equity"] * 4, "date": pd.to_datetime(DAYS).date, "PX_LAST": TRADED, "PX_OPEN": TRADED}
    return pd.DataFrame(first | {"PX_VOLUME": [1.0, 2.0, 3.0, 4.0], INDEX: TOTAL} | columns)


def undone(**columns: Any) -> Any:
    return pd.DataFrame({"ticker": ["XYZ US Equity"] * 4, "date": DAYS, "PX_LAST": UNDONE} | columns)


def paid(amounts: Any = (2.0, 0.5, 4.0, 9.0), **columns: Any) -> Any:
    days = ["2024-01-03", "2024-01-05", "2024-01-04", None]
    kinds = ["Regular Cash", "Special Cash", "Stock Split", "Regular Cash"]
    return pd.DataFrame(
        {"ticker": ["XYZ"] * 4, "Ex-Date": days, "Dividend Amount": [*amounts], "Dividend Type": kinds} | columns
    )


def money(code: Any = "USD") -> Any:
    return pd.DataFrame({"ticker": ["XYZ US Equity"], "CRNCY": [code]})


class Double:
    """xbbg's blp and ext with scripted answers."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, first: Any = None, second: Any = None, **rest: Any) -> None:
        self.errors = xbbg_exceptions(monkeypatch)
        make = {"blp": (raw() if first is None else first, undone() if second is None else second)}
        self.bdh = Script(*(each(self.errors) if callable(each) else each for each in make["blp"]))
        given_money, given_paid = rest.get("currency"), rest.get("dividends")
        self.bdp = Script(money() if given_money is None else given_money)
        self.dividend = Script(paid() if given_paid is None else given_paid)
        install(monkeypatch, module("xbbg.blp", bdh=self.bdh, bdp=self.bdp), module("xbbg.ext", dividend=self.dividend))


def fetched(vendor: Bloomberg | None = None, *, now: np.datetime64 = NOW) -> History:
    (history,) = (vendor or Bloomberg()).fetch(["XYZ US Equity"], since={}, now=now)
    return history


def require_right(history: History) -> None:
    found = history.fields
    assert history.dates.astype(str).tolist() == DAYS
    assert found[CLOSE].tolist() == TRADED
    assert found[OPEN].tolist() == TRADED
    assert found[VOLUME].tolist() == [1.0, 2.0, 3.0, 4.0]
    assert found[SPLIT][2] == 4.0
    assert np.isnan(found[SPLIT][[0, 1, 3]]).all()
    assert found[DIVIDEND][[1, 3]].tolist() == [2.0, 0.5]
    assert np.isnan(found[DIVIDEND][[0, 2]]).all()
    assert found[ADJUSTED].tolist() == TOTAL


def test_prices_as_traded_with_splits_and_dividends(monkeypatch: pytest.MonkeyPatch) -> None:
    double = Double(monkeypatch)
    history = fetched(Bloomberg(market="XNYS"))
    require_right(history)
    assert (history.about.kind, history.about.currency, history.about.market) == (Kind.PRICE_AND_DIVIDENDS, "USD", "XNYS")
    assert "dividends were given as paid, by the total-return index" in [issue.what for issue in history.issues]
    first, second = (asked for _, asked in double.bdh.asked)
    assert (first["CapChg"], second["CapChg"]) == ("false", "true")
    assert first["UseDPDF"] == second["UseDPDF"] == "false"  # the Terminal's own settings do not count


def test_dividends_that_are_adjusted_for_later_splits_are_put_on_the_scale(monkeypatch: pytest.MonkeyPatch) -> None:
    Double(monkeypatch, dividends=paid(amounts=(0.5, 0.5, 4.0, 9.0)))  # 2.00 / 4
    history = fetched()
    require_right(history)
    assert "dividends were given adjusted for later splits, by the total-return index" in [i.what for i in history.issues]


def test_control_dividends_left_on_the_wrong_scale_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    Double(monkeypatch, dividends=paid(amounts=(0.5, 0.5, 4.0, 9.0)))
    monkeypatch.setattr(bloomberg, "on_scale", lambda dates, _, paid, __: (bloomberg.placed(dates, *paid), ()))
    with pytest.raises(AssertionError):
        require_right(fetched())


def test_dividends_that_agree_on_no_scale_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    Double(monkeypatch, dividends=paid(amounts=(20.0, 0.5, 4.0, 9.0)))
    with pytest.raises(DataError, match="agree with Bloomberg's total-return index on no scale"):
        fetched()
    Double(monkeypatch, raw().drop(columns=INDEX))
    with pytest.raises(DataError, match="to scale dividends by"):
        fetched()
    assert fetched(Bloomberg(dividends=False)).about.kind is Kind.PRICE


def test_no_dividends_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    Double(monkeypatch, dividends=pd.DataFrame())
    history = fetched()
    assert np.isnan(history.fields[DIVIDEND]).all()
    assert history.fields[SPLIT][2] == 4.0


def test_pence_become_pounds(monkeypatch: pytest.MonkeyPatch) -> None:
    Double(monkeypatch, currency=money("GBp"))
    history = fetched()
    assert history.about.currency == "GBP"
    assert history.fields[CLOSE].tolist() == [1.0, 0.99, 0.25, 0.2475]
    np.testing.assert_allclose(history.fields[DIVIDEND][[1, 3]], [0.02, 0.005])


def test_a_session_that_is_not_over_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    Double(monkeypatch)
    assert len(fetched(now=np.datetime64("2024-01-05T20:59:00")).dates) == 3


@given(
    st.lists(st.sampled_from([1.0, 1.0, 1.0, 2.0, 3.0, 1.5, 0.1, 0.5, 10.0, 1.05]), min_size=2, max_size=30), st.integers(0, 99)
)
def test_splits_are_read_from_the_two_forms_of_rounded_closes(ratios: list[float], seed: int) -> None:
    closes = 100.0 * np.exp(np.random.default_rng(seed).normal(0.0, 0.02, len(ratios)))
    ratios[0] = 1.0
    factor = np.append(np.cumprod(ratios[::-1])[::-1][1:], 1.0)
    found = splits_of(np.round(closes, 4), np.round(closes / factor, 12))
    np.testing.assert_array_equal(np.where(np.isnan(found), 1.0, found), ratios)


@pytest.mark.parametrize(
    ("first", "what"),
    [
        (lambda e: e.BlpTimeoutError("slow"), "Bloomberg did not answer (slow)"),
        (lambda e: e.BlpLimitError("daily capacity reached"), "Bloomberg's limit is reached"),
        (lambda e: e.BlpSecurityError("Unknown/Invalid Security"), "Bloomberg refused (Unknown/Invalid Security)"),
        (lambda e: e.BlpFieldError("bad field"), "Bloomberg refused"),
        (lambda e: e.BlpSessionError("no Terminal"), "Bloomberg refused (no Terminal)"),
        (lambda e: e.BlpRequestError("x", code=3), "Bloomberg refused (x)"),
        (lambda e: e.BlpValidationError("x", element="y"), "Bloomberg refused (x)"),
        (lambda _: RuntimeError("loop is closed"), "xbbg stumbled (RuntimeError"),
        (lambda _: OSError("pipe"), "xbbg stumbled (OSError"),
        (pd.DataFrame(), "the answer has no rows"),
        (raw().drop(columns="date"), "no column date"),
        (raw().drop(columns="PX_LAST"), "no column PX_LAST"),
        (raw(PX_LAST=["a"] * 4), "holds no numbers"),
        (raw(PX_LAST=[np.nan] * 4), "no price at all"),
        (raw(PX_LAST=[None] * 4), "no price at all"),
        (raw(PX_LAST=[1.0, 0.0, 1.0, 1.0]), "the close of 2024-01-03 is 0.0"),
        (raw(date=["2024-01-02"] * 4), "one stands twice"),
        (raw(date=[1, 2, 3, 4]), "date"),
        (raw(date=["x"] * 4), "holds something else"),
        (raw(date=["2024-01-02", "2024-01-03", "2024-01-04", "2024-01-08"]), "have different dates"),
    ],
)
def test_faults_of_prices(first: Any, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Double(monkeypatch, first)
    with pytest.raises(DataError) as caught:
        fetched()
    assert what in str(caught.value)
    assert caught.value.where == "Bloomberg XYZ US Equity"
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("rest", "what"),
    [
        ({"currency": money(None)}, "no ISO 4217 code"),
        ({"currency": pd.DataFrame()}, "no rows"),
        ({"currency": money().drop(columns="CRNCY")}, "no column CRNCY"),
        ({"dividends": paid().drop(columns="Ex-Date")}, "no column Ex-Date"),
        ({"dividends": paid(amounts=("a", "b", "c", "d"))}, "holds no numbers"),
        ({"dividends": paid(amounts=(-1.0, 0.5, 4.0, 9.0))}, "below zero"),
        ({"dividends": "nothing"}, "no table"),
    ],
)
def test_faults_of_the_rest(rest: dict[str, Any], what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Double(monkeypatch, **rest)
    with pytest.raises(DataError) as caught:
        fetched()
    assert what in str(caught.value)


def test_a_library_that_cannot_be_imported_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bloomberg, "import_module", Script(ImportError("libblpapi3_64.so: cannot open shared object file")))
    with pytest.raises(UsageError, match=r"libblpapi3.*trimtab\[bloomberg\]"):
        fetched()
