"""Messages of Trader Workstation, field by field, for server version 178.

Layout of the TWS API for that version (API 10.19 and later in that range, before protobuf): a message is a four-byte big-endian
length and fields that each end in a null byte. Empty fields, `?`, `None` and 1.7976931348623157E308 stand where TWS sends them.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

VERSION = 178
UNSET = "1.7976931348623157E308"
_DELTA_NEUTRAL = ("None", "")


def packed(fields: Sequence[object]) -> bytes:
    """A message on the wire."""
    body = "".join(f"{one}\0" for one in fields).encode()
    return struct.pack(">I", len(body)) + body


@dataclass
class Placed:
    """An order as the double keeps it; `fills` are rows of execution id, units, price."""

    number: int
    client: int
    perm: int
    symbol: str
    currency: str
    action: str
    units: float
    kind: str
    limit: str
    tif: str
    account: str
    ref: str
    exchange: str = "SMART"
    status: str = "PreSubmitted"
    fills: list[tuple[str, float, float]] = field(default_factory=list)
    words: str = ""

    @property
    def filled(self) -> float:
        last = {name.rpartition(".")[0]: units for name, units, _ in self.fills}
        return sum(last.values())

    @property
    def over(self) -> bool:
        return self.status in {"Filled", "Cancelled", "Inactive"}

    @property
    def contract(self) -> list[object]:
        return [756733, self.symbol, "STK", "", "0", "?", "", self.exchange, self.currency, self.symbol, "NMS"]

    @property
    def terms(self) -> list[object]:
        price = self.limit or "0.0"
        return [*self.contract, self.action, self.units, self.kind, price, "0.0", self.tif, "", self.account, ""]


def read_order(fields: list[str], client: int, perm: int) -> Placed:
    """What a placeOrder message asks for. Raises AssertionError where it is not one that TWS takes."""
    assert fields[0] == "3", fields
    _, symbol, kind, *_ = fields[2:14]
    assert (kind, fields[9]) == ("STK", "SMART"), fields[2:14]
    action, units, order_type, limit, _, tif, _, account = fields[16:24]
    assert fields[27] == "1", "not to be transmitted"
    assert fields[84] == "0", "a question of margin, no order"
    assert len(fields) == 114, len(fields)
    return Placed(
        int(fields[1]), client, perm, symbol, fields[11], action, float(units), order_type, limit, tif, account, fields[26]
    )


def open_order(one: Placed) -> list[object]:
    state = [one.status, *[UNSET] * 9, "", UNSET, UNSET, "", one.words]
    return [
        *(
            5,
            one.number,
            *one.contract,
            one.action,
            one.units,
            one.kind,
            one.limit or "0.0",
            "0.0",
            one.tif,
            "",
            one.account,
            "",
        ),
        *(0, one.ref, one.client, one.perm, 0, 0, 0, "", "", "", "", ""),
        *("", "", "", "", "", 0, "", -1, 0, "", "", "", "", "", 0, 0, 0, 0, "", 3, 0, 0, "", 0, 0, "", 0),
        *(*_DELTA_NEUTRAL, 0, "", "", "", "?", 0, 0, ""),
        *(0, 0, "", "", "", "", ""),
        *(0, 0, 0, "", "", "", ""),
        *(0, "", "IB", 0, 0, ""),
        *(0, 0, *state, 0, 0, 0),
        *("None", *[UNSET] * 6, 0, "", "", "", 0, 1, 0, 0, 0),
        *("", "", 0, "", "", "", "", ""),
    ]


def completed_order(one: Placed, at: str) -> list[object]:
    done = one.words or ("Filled Size: " + str(one.filled) if one.status == "Filled" else "Cancelled by Trader")
    return [
        *(
            101,
            *one.contract,
            one.action,
            one.units,
            one.kind,
            one.limit or "0.0",
            "0.0",
            one.tif,
            "",
            one.account,
            "",
            0,
            one.ref,
        ),
        *(one.perm, 0, 0, 0, "", "", "", ""),
        *("", "", "", "", "", 0, "", -1, "", "", "", "", "", 0, 0, 0, "", 3, 0, "", 0),
        *(*_DELTA_NEUTRAL, 0, 0, 0, ""),
        *(0, 0, "", "", ""),
        *(0, 0, 0, "", "", "", ""),
        *("", "IB", 0, 0, ""),
        *(0, one.status, 0, 0, 0),
        *(
            UNSET,
            UNSET,
            0,
            1,
            0,
            "",
            one.filled,
            0,
            0,
            "Not an insider or substantial shareholder",
            0,
            0,
            "9223372036854775807",
        ),
        *(at, done, "", "", "", "", ""),
    ]


def order_status(one: Placed) -> list[object]:
    price = one.fills[-1][2] if one.fills else 0
    left = one.units - one.filled
    return [3, one.number, one.status, one.filled, left, price, one.perm, 0, price, one.client, "", 0]


def execution(one: Placed, row: tuple[str, float, float], asked: int, at: str) -> list[object]:
    name, units, price = row
    side = "BOT" if one.action == "BUY" else "SLD"
    contract = [756733, one.symbol, "STK", "", "0.0", "", "", "ARCA", one.currency, one.symbol, "NMS"]
    whose = [name, at, one.account, "ARCA", side, units, price, one.perm, one.client, 0, one.filled, price, one.ref]
    return [11, asked, one.number, *contract, *whose, "", "", "", 2, 0]


def commission(row: tuple[str, float, float], currency: str = "USD") -> list[object]:
    return [59, 1, row[0], "1.0", currency, UNSET, UNSET, ""]


def position(account: str, symbol: str, units: float, currency: str = "USD", kind: str = "STK") -> list[object]:
    return [61, 3, account, 756733, symbol, kind, "", "0.0", "", "", "", currency, symbol, "NMS", units, "101.5"]


def error(number: int, code: int, text: str) -> list[object]:
    return [4, 2, number, code, text, ""]
