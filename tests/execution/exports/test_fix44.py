import re
from dataclasses import replace
from decimal import Decimal

import pytest
import simplefix
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.execution.exports.sheets import SHEET, numbers, standing
from trimtab.core.errors import DataError
from trimtab.core.orders import OrderKind, TimeInForce
from trimtab.execution.exports.fix44 import Envelope, lines, new_orders, read_orders
from trimtab.execution.fix_text import messages

D = Decimal
AT = Envelope("TRIMTAB", "BROKER", "2026-11-02T21:00:00Z")


def pairs(raw: bytes) -> list[tuple[str, str]]:
    return [tuple(one.split("=", 1)) for one in raw.decode().split("\x01")[:-1]]  # type: ignore[misc]


def test_a_message_by_hand() -> None:
    (raw,) = new_orders([standing(kind=OrderKind.LIMIT, limit=D("49.9"))], SHEET, replace(AT, first=7))
    assert pairs(raw) == [
        ("8", "FIX.4.4"), ("9", str(raw.index(b"\x0110=") + 1 - (raw.index(b"35=")))), ("35", "D"), ("49", "TRIMTAB"),
        ("56", "BROKER"), ("34", "7"), ("52", "20261102-21:00:00"), ("11", "0123456789abcdef"), ("1", "ann"), ("55", "SPY"),
        ("48", "US78462F1030"), ("22", "4"), ("54", "1"), ("60", "20261102-21:00:00"), ("38", "100"), ("40", "2"),
        ("44", "49.9"), ("59", "0"), ("15", "USD"), ("10", f"{sum(raw[: raw.rindex(b'10=')]) % 256:03d}"),
    ]  # fmt: skip


def test_a_block_carries_its_members() -> None:
    whole = standing(account="", units=D(-100), parts=(("m1", D(-60)), ("m2", D(-40))))
    (raw,) = new_orders([whole], replace(SHEET, members={"m1": "ann", "m2": "bob"}), AT)
    told = pairs(raw)
    start = told.index(("78", "2"))
    assert told[start : start + 5] == [("78", "2"), ("79", "ann"), ("80", "60"), ("79", "bob"), ("80", "40")]
    assert ("54", "2") in told
    assert not [one for one in told if one[0] == "1"]


@pytest.mark.parametrize(
    ("kind", "tif", "told"),
    [
        (OrderKind.MARKET, TimeInForce.DAY, ("1", "0")),
        (OrderKind.MARKET, TimeInForce.GTC, ("1", "1")),
        (OrderKind.MARKET, TimeInForce.IOC, ("1", "3")),
        (OrderKind.ON_OPEN, TimeInForce.DAY, ("1", "2")),
        (OrderKind.ON_CLOSE, TimeInForce.DAY, ("1", "7")),
    ],
)
def test_types_and_times_in_the_codes_of_fix(kind: OrderKind, tif: TimeInForce, told: tuple[str, str]) -> None:
    (message,) = read_orders(new_orders([standing(kind=kind, tif=tif)], SHEET, AT)[0])
    assert (message.get(40), message.get(59)) == told


@example(D(1), "8=FIX", False)  # a name that looks like the beginning of a message
@example(D(1), "8=FIX.4.4|8=FIX", False)
@given(numbers.filter(bool), st.text(min_size=1, max_size=10).filter(str.isprintable), st.booleans())
@settings(max_examples=40, deadline=None)
def test_what_is_written_reads_back_by_us_and_by_simplefix(units: Decimal, name: str, people: bool) -> None:
    if people and "|" in name:
        with pytest.raises(DataError):
            lines([standing(instrument=name)], SHEET, AT, people=True)
        return
    raw = lines([standing(instrument=name, units=units)], SHEET, AT, people=people)
    (message,) = read_orders(raw)
    assert message.get(55) == name
    assert D(message.get(38)) == abs(units)
    assert (message.get(54) == "1") == (units > 0)
    parser = simplefix.FixParser()
    parser.append_buffer(raw.replace(b"|", b"\x01") if people else raw)
    assert parser.get_message().get(55) == name.encode()


@pytest.mark.parametrize("bad", ["a\x01b", "a\nb", "", "a\tb", "\u2028"])
def test_text_that_would_end_its_field_is_refused(bad: str) -> None:
    with pytest.raises(DataError):
        new_orders([standing(instrument=bad)], SHEET, AT)


@pytest.mark.parametrize("at", ["", "2026-11-02T21:00:00", "2026-11-02T21:00:00+01:00", "2026-11-02"])
def test_a_time_that_is_not_utc_is_refused(at: str) -> None:
    with pytest.raises(DataError):
        new_orders([standing()], SHEET, replace(AT, at=at))


def test_fractions_of_a_second_and_a_bad_first_number() -> None:
    (raw,) = new_orders([standing()], SHEET, replace(AT, at="2026-11-02T21:00:00.250000Z"))
    assert ("60", "20261102-21:00:00.250") in pairs(raw)
    with pytest.raises(DataError):
        new_orders([standing()], SHEET, replace(AT, first=0))
    with pytest.raises(DataError):
        new_orders([standing(limit=D(3))], SHEET, AT)


def test_every_changed_or_cut_byte_is_noticed() -> None:
    raw = lines([standing()], SHEET, AT)
    for at in range(len(raw) - 1):
        changed = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
        assert [one for one in messages(changed) if not one.problem] == []
        assert [one for one in messages(raw[: max(0, at - 1)]) if not one.problem] == []
    with pytest.raises(DataError):
        read_orders(re.sub(rb"38=100", b"38=900", raw))
