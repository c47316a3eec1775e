"""Execution reports by hand, encoded by simplefix."""

from __future__ import annotations

import simplefix

SOH = b"\x01"


def report(**changes: str) -> bytes:
    """Buy: 60 of 100 are filled, all of them now, at 50.5. `t39="2"` sets field 39; an empty value leaves it out."""
    fields = {
        "35": "8", "49": "BROKER", "56": "TRIMTAB", "34": "5", "52": "20261102-15:00:00", "37": "V1", "11": "o1", "17": "e1",
        "150": "F", "39": "1", "1": "ann", "55": "SPY", "54": "1", "38": "100", "32": "60", "31": "50.5", "14": "60",
        "151": "40", "6": "50.5", "60": "20261102-15:00:00.250", "12": "1.20", "13": "3",
    }  # fmt: skip
    message = simplefix.FixMessage()
    message.append_pair(8, "FIX.4.4")
    for tag, value in (fields | {name[1:]: value for name, value in changes.items()}).items():
        if value:
            message.append_pair(int(tag), value)
    raw: bytes = message.encode()
    return raw
