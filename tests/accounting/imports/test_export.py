"""Our own table: what is exported can be imported, every field of every entry."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.accounting.imports.sampled import D, day
from trimtab.accounting.imports import formats
from trimtab.accounting.imports.entry_cells import KINDS
from trimtab.accounting.imports.export import export
from trimtab.accounting.imports.preview import Known, Preview, Status, preview
from trimtab.core.entries import Adjustment, Cancel, Entry, Fee, Fill, Flow, Opening, Payout
from trimtab.core.formulas import neutral, taken_off
from trimtab.core.households import Contract, Instrument

INSTRUMENTS = (
    Instrument("AAA", Contract.SHARE, isin="US0000000001", name="Aaa, Inc.", alike="big"),
    Instrument("=HYPER()", Contract.FUND, "EUR"),
    Instrument("FFF", Contract.FUTURE, multiplier=D("12.5")),
    Instrument("'quoted", Contract.BOND),
)
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=8, min_value=-(10**12), max_value=10**12)
DAYS = st.dates(date(1950, 1, 1), date(2100, 1, 1))
TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
LOTS = st.lists(st.tuples(st.sampled_from(["0", "1", "2.1", "2~1", "1.0~12"]), NUMBERS), max_size=3).map(tuple)
FIELDS = {
    "when": DAYS, "acquired": DAYS, "asset": st.integers(0, 3), "into": st.integers(0, 3), "lots": LOTS,
    "payout": st.sampled_from(Payout), "year": st.integers(1900, 2100), "days": st.integers(0, 4000),
    "entry": st.integers(0, 2), "lot": st.sampled_from(["0", "1.2", "2~1"]), "order": TEXTS, "why": TEXTS,
    "currency": st.sampled_from(["", "EUR", "USD"]), "sold": st.sampled_from(["", "EUR"]),
    "bought": st.sampled_from(["", "JPY"]),
}  # fmt: skip
FIRST = (Flow(day("2024-01-01"), D(1)), Fee(day("2024-01-01"), D(2)), Flow(day("2023-01-01"), D(3)))  # what numbers refer to


def entries() -> st.SearchStrategy[Entry]:
    """Entries of every kind, with anything in them."""
    return st.one_of([st.builds(kind, **{name: FIELDS.get(name, NUMBERS) for name in kind._fields}) for kind in KINDS.values()])


def imported(text: str, instruments: Sequence[Instrument] = (), known: Known | None = None) -> Preview:
    return preview(formats.read(text), instruments, {} if known is None else {"A": known})


@given(st.lists(entries(), max_size=12))
@settings(max_examples=50)
def test_what_is_exported_is_imported_as_it_was(more: list[Entry]) -> None:
    all_entries = FIRST + tuple(more)
    text = export("A", all_entries, INSTRUMENTS)
    told = imported(text, INSTRUMENTS)
    assert told.entries("A") == all_entries
    assert not told.instruments
    assert {item.status for item in told.items} <= {Status.READY, Status.LEFT_OUT}
    alone = imported(text)  # into a book that knows no instrument: those that are named are to be registered, as they were
    used = sorted({getattr(entry, name) for entry in more for name in ("asset", "into") if hasattr(entry, name)})
    assert sorted(one.id for one in alone.instruments) == sorted(INSTRUMENTS[number].id for number in used)
    assert all(one in INSTRUMENTS for one in alone.instruments)
    assert export("A", alone.entries("A"), alone.instruments).count("\n") == text.count("\n")


@given(TEXTS)
def test_no_text_begins_like_a_formula_and_none_is_lost(text: str) -> None:
    assert not neutral(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert taken_off(neutral(text)) == text


def test_numbers_are_not_made_text() -> None:
    text = export("A", (Flow(day("2024-01-01"), D("-5.50")),), ())
    assert ",-5.50," in text
    assert "'" not in text


def test_numbers_of_entries_move_with_the_entries() -> None:
    there = (Flow(day("2020-01-01"), D(7)), Flow(day("2020-01-02"), D(8)))
    opened = Opening(day("2024-01-01"), 0, D(5), D(50), day("2023-01-01"))
    sold = Fill(day("2024-02-01"), 0, D(-5), D(11), D(55), D(0), "", "", (("0", D(5)),))
    text = export("A", (opened, sold, Adjustment(day("2024-01-05"), 0, "0~1", D(1)), Cancel(day("2024-03-01"), 1)), INSTRUMENTS)
    moved = imported(text, INSTRUMENTS, Known(there)).entries("A")
    assert moved[1] == sold._replace(lots=(("2", D(5)),))  # two entries stand before
    assert moved[2] == Adjustment(day("2024-01-05"), 0, "2~1", D(1))
    assert moved[3] == Cancel(day("2024-03-01"), 3)


def test_what_is_there_already_is_a_duplicate_and_keeps_its_number() -> None:
    opened = Opening(day("2024-01-01"), 0, D(5), D(50), day("2023-01-01"))
    sold = Fill(day("2024-02-01"), 0, D(-5), D(11), D(55), D(0), "", "", (("0", D(5)),))
    text = export("A", (opened, sold), INSTRUMENTS)
    told = imported(text, INSTRUMENTS, Known((Flow(day("2020-01-01"), D(7)), opened)))
    assert [item.status for item in told.items] == [Status.LEFT_OUT, Status.DUPLICATE, Status.READY]
    assert told.entries("A") == (sold._replace(lots=(("1", D(5)),)),)


def test_a_reference_to_what_is_not_there_is_broken() -> None:
    text = export("A", (Cancel(day("2024-03-01"), 7),), ())
    assert imported(text).items[0].reasons == ("it refers to entry 7, which is not among those imported",)


def test_a_cell_that_was_spoiled_is_a_problem() -> None:
    text = export("A", (Flow(day("2024-01-01"), Decimal(5)),), ())
    for wrong in ("NaN", "Infinity", "1e400", "five", ""):
        (item,) = imported(text.replace(",5,", f",{wrong},")).items
        assert item.status is Status.BROKEN
    assert imported(text.replace("Flow", "Flood")).items[0].status is Status.BROKEN
