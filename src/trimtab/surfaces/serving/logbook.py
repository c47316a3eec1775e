"""The log of the server: one JSON object a line, with what happened, when, and in which request. No secret stands in it."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from trimtab.surfaces.cli.masking import masked

_PLAIN = frozenset(logging.LogRecord("", 0, "", 0, "", (), None).__dict__) | {"message", "asctime", "taskName"}


class Lines(logging.Formatter):
    """A record as one line of JSON; passwords and tokens in any text of it are made unreadable."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        told = {name: value for name, value in record.__dict__.items() if name not in _PLAIN}
        body = {"at": at, "level": record.levelname.lower(), "log": record.name, "what": record.getMessage(), **told}
        if record.exc_info:
            body["trace"] = self.formatException(record.exc_info)
        return json.dumps(
            {name: masked(value) if isinstance(value, str) else value for name, value in body.items()}, default=str
        )


def begin_log(place: str, *, verbose: bool = False) -> None:
    """Have everything that the server says written to a file, or to standard error where `place` is empty."""
    stream: TextIO = Path(place).open("a", encoding="utf-8", buffering=1) if place else sys.stderr  # noqa: SIM115 - for good
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Lines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO if verbose or place else logging.WARNING)
