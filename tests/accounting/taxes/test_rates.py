"""Rates as data: what is in force on a date, the files that are shipped, and one clear line for each fault."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from importlib.resources import files
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from trimtab.accounting.taxes.rates import RateTable, rate_table
from trimtab.core.errors import DataError, ParameterError
from trimtab.core.taxes import TaxRates

ROW: dict[str, Any] = {"short": 0.4, "long": 0.2, "ordinary": 0.4, "qualified": 0.2}
DATES = st.dates(date(1990, 1, 1), date(2050, 1, 1))


def shipped(name: str) -> RateTable:
    return rate_table(yaml.safe_load((files("trimtab.accounting.taxes") / name).read_text(encoding="utf-8")))


@given(st.lists(DATES, min_size=1, max_size=6, unique=True), DATES)
def test_the_row_of_a_date_is_the_last_one_that_has_begun(since: list[date], when: date) -> None:
    rows = {day.isoformat(): {**ROW, "short": 0.01 * n} for n, day in enumerate(since)}
    table = rate_table({"brackets": {"one": rows}})
    begun = [day for day in since if day <= when]
    if begun:
        assert table.row(when).since == max(begun)
        assert table.on(when).short == Decimal(repr(0.01 * since.index(max(begun))))
    else:
        with pytest.raises(DataError, match="no tax rates are known"):
            table.on(when)


def test_the_highest_federal_rates_of_2013_with_the_tax_on_investment_income() -> None:
    # METHODS 10: 43.4 % and 23.8 %, published
    table = shipped("us-federal.yaml")
    four = map(Decimal, ("0.434", "0.238", "0.434", "0.238"))
    assert table.on(date(2013, 1, 1), "highest") == TaxRates(*four)
    assert table.row(date(2013, 6, 1)).trust == "published"
    assert table.row(date(2012, 12, 31)).rates.long == Decimal("0.15")
    assert (table.currency, table.names) == ("USD", ("highest",))


@pytest.mark.parametrize("name", ["us-federal.yaml", "uk.yaml"])
def test_every_row_that_is_shipped_says_how_far_to_trust_it(name: str) -> None:
    table = shipped(name)
    rows = [row for _, bracket in table.brackets for row in bracket]
    assert {row.trust for row in rows} <= {"published", "unverified"}
    assert all(row.rates.long <= row.rates.short for row in rows)
    assert hash(table) == hash(shipped(name))


def test_pounds_have_amounts_that_are_not_taxed() -> None:
    table = shipped("uk.yaml")
    row = table.row(date(2024, 4, 6), "basic")
    assert (table.currency, row.exempt, row.allowance) == ("GBP", 3000, 500)
    assert table.row(date(2024, 4, 5), "basic").exempt == 6000  # the tax year ends on 5 April


def test_dates_may_be_text_or_dates_and_in_any_order() -> None:
    first, second = date(2020, 1, 1), date(2021, 1, 1)
    table = rate_table({"brackets": {"one": {second: ROW, "2020-01-01": ROW}}})
    assert [row.since for row in table.brackets[0][1]] == [first, second]
    with pytest.raises(DataError, match=r"for 2019-12-31: the first are of 2020-01-01\. Add a row"):
        table.on(first - timedelta(days=1))
    with pytest.raises(ParameterError, match=r"no bracket 'onne' in the rates\. Did you mean one"):
        table.on(first, "onne")


def one(**changes: Any) -> dict[str, Any]:
    row = {key: value for key, value in {**ROW, **changes}.items() if value is not None}
    return {"brackets": {"one": {"2020-01-01": row}}}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (None, "the rates must be a mapping"),
        ([], "the rates must be a mapping"),
        ({}, "the rates must be a mapping"),
        ({"bracket": {}}, r"unknown key 'bracket' in the rates\. Did you mean brackets"),
        ({"currency": "USD"}, "brackets must be a mapping"),
        ({"brackets": {"": {}}}, "the bracket '' has no name"),
        ({"brackets": {1: {}}}, "the bracket 1 has no name"),
        ({"brackets": {"one": {}}}, r"brackets\.one must be a mapping"),
        ({"brackets": {"one": {"2020-13-01": ROW}}}, r"brackets\.one has '2020-13-01', which is no date"),
        ({"brackets": {"one": {2020: ROW}}}, r"brackets\.one has 2020, which is no date"),
        ({"brackets": {"one": {"2020-01-01": ROW, date(2020, 1, 1): ROW}}}, "2020-01-01 twice"),
        ({"brackets": {"one": {"2020-01-01": 0.4}}}, r"brackets\.one\.2020-01-01 must be a mapping"),
        ({**one(), "currency": "dollars"}, "'dollars' is not a currency"),
        (one(long=None), r"2020-01-01\.long is missing"),
        (one(short=43.4), r"2020-01-01\.short is 43\.4, above 1\. Rates are fractions: did you mean 0\.434"),
        (one(short=-0.1), r"short is -0\.1"),
        (one(short="40%"), r"short is '40%'"),
        (one(short=True), "short is True"),
        (one(short=float("nan")), "short is nan"),
        (one(short=float("inf")), "short is inf"),
        (one(lnog=0.1), r"unknown key 'lnog' in brackets\.one\.2020-01-01\. Did you mean long"),
        (one(exempt=-1), "exempt is -1"),
        (one(trust=1), "trust is 1"),
    ],
)
def test_each_fault_is_one_clear_line(values: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message) as caught:
        rate_table(values)
    assert "\n" not in str(caught.value)
    assert caught.value.remedy
