"""Column maps: found by name, edited by hand."""

from __future__ import annotations

import pytest

from tests.accounting.imports.sampled import D
from trimtab.accounting.imports import formats, generic
from trimtab.accounting.imports.columns import COLUMNS, detect, plain
from trimtab.accounting.imports.reading import Hints
from trimtab.accounting.imports.words import KINDS
from trimtab.core.errors import ParameterError


def test_every_name_is_in_the_form_in_which_it_is_compared() -> None:
    assert [name for names in COLUMNS.values() for name in names if plain(name) != name] == []
    assert [word for word in KINDS if plain(word) != word] == []


def test_headers_are_found_in_several_languages() -> None:
    german = detect(["Datum", "Typ", "Stück", "Kurs", "Gebühren", "ISIN", "Farbe"])
    assert dict(german.fields) == {
        "date": "Datum", "kind": "Typ", "units": "Stück", "price": "Kurs", "fee": "Gebühren", "isin": "ISIN",
    }  # fmt: skip
    assert german.unmapped == ("Farbe",)
    assert detect(["Date", "Trade Date"]).fields["date"] == "Trade Date"  # the better name


def test_an_override_wins_and_empty_leaves_a_field_out() -> None:
    headers = ["Date", "Quantity", "Lots of it", "Price"]
    assert detect(headers, {"units": "Lots of it"}).fields["units"] == "Lots of it"
    assert "price" not in detect(headers, {"price": ""}).fields
    text = "Day,What,Many,Each\n2024-01-03,AAA,10,5\n"
    assert formats.detect(text) is None
    hints = Hints(columns={"date": "Day", "symbol": "What", "units": "Many", "price": "Each"})
    (row,) = generic.rows(text, hints)
    assert (row.symbol, row.units, row.price) == ("AAA", D(10), D(5))


def test_an_override_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ParameterError, match="no field 'colour'"):
        detect(["Date"], {"colour": "Date"})
    with pytest.raises(ParameterError, match="no column 'Shares'"):
        detect(["Date"], {"units": "Shares"})


def test_two_headers_of_one_name_are_two_columns() -> None:
    (row,) = formats.read("date,symbol,units,price,note,note\n2024-01-03,AAA,1,5,first,second\n")
    assert row.note == "first"
    assert dict(row.original)["note (2)"] == "second"


def test_accents_of_french_headers_are_known() -> None:
    headers = ["Date d'opération", "Opération", "Libellé", "Code ISIN", "Quantité", "Cours", "Frais", "Montant", "Devise"]
    fields = ["date", "kind", "name", "isin", "units", "price", "fee", "amount", "currency"]
    assert dict(detect(headers).fields) == dict(zip(fields, headers, strict=True))


def test_the_action_says_more_than_the_type() -> None:
    fields = detect(["Run Date", "Action", "Symbol", "Type", "Quantity", "Amount ($)"]).fields
    assert fields["kind"] == "Action"
    assert (
        detect(["Trade Date", "Transaction Type", "Account Type", "Shares", "Commission Fees"]).fields["fee"]
        == "Commission Fees"
    )
