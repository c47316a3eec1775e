"""A portfolio management system that drives a desk by its API alone: a double of one, with a book of its own.

It takes the orders of a file as any such system takes a basket, fills them at prices of its own, and hands back a table of
fills. It knows nothing of the desk but what the API says.
"""

from __future__ import annotations

import csv
import io
import itertools
from dataclasses import dataclass, field

import httpx

_KEYS = itertools.count(1)


@dataclass
class Managed:
    """The system at one desk, by somebody's token."""

    desk: httpx.Client
    positions: dict[tuple[str, str], float] = field(default_factory=dict)

    def told(self, path: str, code: int = 0, **query: object) -> dict[str, object]:
        """The document of a reading verb, whose exit code is as expected."""
        answer = self.desk.get(path, params=query)
        assert answer.status_code == 200, answer.text
        assert answer.json().get("exit_code", 0) == code, answer.text
        return answer.json()  # type: ignore[no-any-return]

    def done(self, path: str, code: int = 0, **body: object) -> dict[str, object]:
        """The same of a writing verb, under a key of its own."""
        answer = self.desk.post(path, json=body, headers={"idempotency-key": f"managed-{next(_KEYS)}"})
        assert answer.status_code in (200, 201), answer.text
        assert answer.json().get("exit_code", 0) == code, answer.text
        return answer.json()  # type: ignore[no-any-return]

    def fetched(self, name: str) -> str:
        """A file that the desk has made."""
        answer = self.desk.get(f"/files/{name}")
        assert answer.status_code == 200, answer.text
        return answer.text

    def filled(self, blotter: str, prices: dict[str, float], day: str) -> str:
        """Execute the orders of a blotter: the table of fills that goes back."""
        rows = csv.DictReader(line for line in io.StringIO(blotter) if not line.startswith("#"))
        out = ["Order ID,Exec ID,Side,Quantity,Price,Commission,Trade Date"]
        for k, row in enumerate(rows):
            sign = 1 if row["side"].lower() == "buy" else -1
            place = (row["account"], row["symbol"])
            self.positions[place] = self.positions.get(place, 0.0) + sign * float(row["qty"])
            cells = (row["order_id"], f"pms-{k}", row["side"], row["qty"], str(prices[row["symbol"]]), "1.00", day)
            out.append(",".join(cells))
        return "\n".join(out) + "\n"

    def uploaded(self, name: str, text: str) -> str:
        """Hand a file in; the name under which the desk knows it."""
        headers = {"idempotency-key": f"managed-{next(_KEYS)}"}
        answer = self.desk.post("/files", files={"file": (name, text.encode())}, headers=headers)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["name"])
