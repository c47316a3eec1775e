"""One text for one content, and the one chain of hashes that both journals use."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.accounting.database.events import Record as Stored
from trimtab.accounting.encoding import chained, json_of
from trimtab.accounting.journal import Record
from trimtab.core.errors import DataError, InvariantError
from trimtab.core.money import text_of

amounts = st.decimals(allow_nan=False, allow_infinity=False, min_value=Decimal("-1e40"), max_value=Decimal("1e40"))
bodies = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
    max_leaves=6,
)


@given(amounts, st.integers(0, 6))
def test_equal_amounts_have_one_text_and_it_reads_back(amount: Decimal, zeros: int) -> None:
    if len(amount.as_tuple().digits) + max(0, -amount.as_tuple().exponent) > 90:  # type: ignore[operator]
        return
    padded = Decimal(f"{amount:f}" + ("" if "." in f"{amount:f}" else ".") + "0" * zeros)
    assert text_of(padded) == text_of(amount)
    assert Decimal(text_of(amount)) == amount
    assert "E" not in text_of(amount)


def test_texts_of_amounts_by_hand() -> None:
    texts = {"0E+3": "0", "-0.00": "0", "1E+5": "100000", "1.500": "1.5", "-1E-7": "-0.0000001", "100": "100", "-20.0": "-20"}
    assert {one: text_of(Decimal(one)) for one in texts} == texts
    assert text_of(Decimal("1234567890123456789012345678901234567890.12")) == "1234567890123456789012345678901234567890.12"


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "1E+100", "1E-101", "1E+999999"])
def test_what_is_no_amount_is_refused(amount: str) -> None:
    with pytest.raises(InvariantError, match="cannot enter the book"):
        text_of(Decimal(amount))


@given(bodies)
def test_json_is_written_again_as_it_was_read(body: Any) -> None:
    text = json_of(body)
    assert json_of(json.loads(text)) == text
    assert text.isascii()


@pytest.mark.parametrize("body", [float("nan"), [float("inf")], {"a": Decimal(1)}, {"a": np.float64("nan")}, object()])
def test_what_json_cannot_hold_is_refused(body: Any) -> None:
    with pytest.raises(DataError, match="cannot be written"):
        json_of(body)


def test_the_chain_by_hand() -> None:
    """SHA-256 over `previous`, then 8 bytes of length and the bytes of each part."""
    data = b"abc" + (1).to_bytes(8, "big") + b"x" + (2).to_bytes(8, "big") + "é".encode()
    assert chained("abc", ("x", "é")) == hashlib.sha256(data).hexdigest()


@given(st.lists(st.text(max_size=3), max_size=4), st.lists(st.text(max_size=3), max_size=4))
@settings(max_examples=50)
def test_parts_that_differ_have_different_hashes(one: list[str], two: list[str]) -> None:
    assert (chained("", one) == chained("", two)) == (one == two)


def test_both_journals_hash_by_the_same_chain() -> None:
    record = Record(3, "fills", np.datetime64("2026-01-05"), 7)
    assert record.hashed("ab") == chained("ab", ("3", "fills", "2026-01-05", "7"))
    stored = Stored(3, "note.x", "A07", "k", "2026-01-05T00:00:00.000000Z", "ann", "{}", "")
    assert stored.hashed("ab") == chained("ab", ("3", "note.x", "A07", "k", "2026-01-05T00:00:00.000000Z", "ann", "{}"))


@pytest.mark.parametrize("field", Stored._fields[:-1])
def test_every_column_of_the_stored_journal_is_hashed(field: str) -> None:
    """The row id included: a chain over the body alone misses a renumbered row."""
    record = Stored(3, "note.x", "A07", "k", "2026-01-05T00:00:00.000000Z", "ann", "{}", "")
    other = record._replace(**{field: 4 if field == "number" else "other"})
    assert other.hashed("") != record.hashed("")
