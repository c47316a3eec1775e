"""The other side of hand.py: a request a line on standard input, an answer a line on standard output, until the input ends."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from trimtab.accounting.database.events import Note
from trimtab.accounting.database.orders import OrderBook
from trimtab.core.errors import TrimtabError
from trimtab.desk.books import book_address
from trimtab.desk.live import clock_of
from trimtab.desk.practice import own_book
from trimtab.surfaces.cli import stopping  # what is needed at once is here before it is asked for
from trimtab.surfaces.serving.verbs import Refusal, Served, run

WARM = (stopping,)


def answered(served: Served, request: dict[str, Any]) -> dict[str, Any]:
    """What comes of one request."""
    try:
        if "note" in request:
            _note(served, request["note"], request["body"], request["by"])
            return {"done": True}
        return {"said": asdict(run(served, request["verb"], request["values"], request["by"]))}
    except TrimtabError as error:
        return {"refusal": asdict(Refusal.of(error))}
    except Exception as error:  # noqa: BLE001 - the process lives on, and whoever asked is told
        return {"refusal": asdict(Refusal.of(error))}


def _note(served: Served, kind: str, body: dict[str, str], by: str) -> None:
    here = Path()
    with own_book(here, book_address(served.book, here, os.environ)) as book:
        OrderBook(book, clock_of(here), by).note(Note(kind, body))


def main() -> None:
    """Answer until the server goes away."""
    served, server = Served(**json.loads(sys.stdin.readline())), sys.stdout  # nobody but the server reads it
    for line in sys.stdin:
        server.write(json.dumps(answered(served, json.loads(line)), allow_nan=False) + "\n")
        server.flush()


if __name__ == "__main__":
    main()
