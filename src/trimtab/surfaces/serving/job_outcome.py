"""What a job came to, as a file that its child writes and the server reads: whole or not at all, and never too large."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from trimtab.core.errors import DataError
from trimtab.desk.writing import json_text, write_bytes
from trimtab.surfaces.serving.verbs import Refusal, Said

MOST, LINES = 32 << 20, 1000  # bytes of an outcome, and lines and messages that it keeps
_KINDS: Mapping[str, Callable[..., Said | Refusal]] = MappingProxyType({"said": Said, "refusal": Refusal})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the verb said, or why it did nothing, and whether it was interrupted on the way."""

    told: Said | Refusal
    interrupted: bool = False

    @property
    def finished(self) -> bool:
        """Whether it did all that it was asked, interrupted or not."""
        return isinstance(self.told, Said) and (not self.interrupted or bool(self.told.text and not self.told.exit_code))


def write_outcome(path: Path, outcome: Outcome) -> None:
    """Keep it; in the place of one that is too large, a refusal that says so."""
    data = _bytes(outcome)
    if len(data) > MOST:
        remedy = "Ask for less at once, or run it at the command line."
        what = f"it came to {len(data) / (1 << 20):.0f} MiB, more than the {MOST >> 20} MiB that are kept of a job"
        data = _bytes(Outcome(Refusal("TT-JOB-004", what, "", remedy, 1, ours=True), outcome.interrupted))
    write_bytes(path, data)


def read_outcome(path: Path) -> Outcome | None:
    """What was kept; None where nothing is. Raises DataError where it is too large, or no outcome."""
    try:
        if path.stat().st_size > MOST:
            raise DataError(f"what the job came to is larger than {MOST >> 20} MiB, and is not read", code="TT-JOB-004")
        return _outcome(json.loads(path.read_bytes()))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise DataError(f"what the job came to does not read ({type(error).__name__})", code="TT-JOB-004") from None


def _bytes(outcome: Outcome) -> bytes:
    told, kind = outcome.told, "refusal"
    if isinstance(told, Said):
        told, kind = replace(told, lines=told.lines[-LINES:], messages=told.messages[-LINES:]), "said"
    body = {"kind": kind, "interrupted": outcome.interrupted, "told": asdict(told)}
    return json_text(body).encode("utf-8", "backslashreplace")


def _outcome(found: dict[str, Any]) -> Outcome:
    told = {name: tuple(value) if isinstance(value, list) else value for name, value in found["told"].items()}
    return Outcome(_KINDS[found["kind"]](**told), bool(found["interrupted"]))
