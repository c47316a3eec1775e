"""Where a command may write the file that somebody names: never over what is not its own, and never among the data.

Asked before the work begins, so that nothing is computed, counted or lost for a name that cannot be used.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from enum import Enum
from pathlib import Path

from trimtab.core.errors import UsageError
from trimtab.data.sources.folder import ENDINGS
from trimtab.data.store.store import is_store
from trimtab.desk.policy import Policy
from trimtab.desk.sweep_columns import OWN
from trimtab.desk.sweep_packages import package
from trimtab.desk.sweep_result import JOB
from trimtab.surfaces.cli.options import require_folder

_TITLE = re.compile(rb"<!DOCTYPE html>.*<title>[^<]*: (?:backtest|performance) report</title>", re.DOTALL)
_HEAD = 1 << 16  # bytes of a page within which its title stands


class Output(Enum):
    """What is written; its value is its name in messages."""

    RESULTS = "the results of a sweep"
    REPORT = "a report of Trimtab"
    PDF = "a report of Trimtab with its page beside it"


def require_free(place: str | Path, kind: Output, option: str = "--out") -> Path:
    """The place, where a file of this kind may be written: a new one, an empty one, or over an earlier one of the same kind.

    Raises UsageError for a folder, a path through a file, a folder that may not be written, another's file, and the results
    in the folder of a sweep itself.
    """
    out = Path(place)
    if out.is_dir():
        example = "results.parquet" if kind is Output.RESULTS else "report.html"
        raise UsageError(f"{option} names a folder", where=str(out), remedy=f"Name a file in it, such as {out / example}.")
    _require_writable(out.parent, option)
    if kind is Output.RESULTS and any(map(_of_a_sweep, (out.parent.resolve() / out.name).parents[:2])):
        what, remedy = f"{option} leads into the folder of a sweep, which keeps its own results there", "Give another folder."
        raise UsageError(what, where=str(out), remedy=remedy)
    if out.exists() and not _own(out, kind):
        what = f"this file is there already and is not {kind.value}: {option} would replace it"
        raise UsageError(what, where=str(out), remedy="Give another name, or remove that file first.")
    return out


def _of_a_sweep(folder: Path) -> bool:
    return (folder / JOB).is_file() and (folder / "parts").is_dir()


def _require_writable(folder: Path, option: str) -> None:
    there = require_folder(folder, option)
    if not os.access(there, os.W_OK | os.X_OK):
        raise UsageError(f"{option}: nothing may be written into {there}", remedy="Give another place.")


def require_no_data(place: str | Path, policy: Policy, option: str = "--out") -> None:
    """Raises UsageError for a place among the data of a policy, where the next run would read it; an empty one is none.

    A market store and all below it is among them; a folder of files too, unless it holds the working directory: then a
    file with the ending of one of data is.
    """
    root, out = _folder_of_data(policy), Path(place).resolve()
    if not str(place) or root is None or root not in out.parents:
        return
    if is_store(root) or root not in (Path.cwd(), *Path.cwd().parents) or _read_as_data(out, root):
        what = f"{option} lies in {root.name}, the folder of the policy's data"
        raise UsageError(what, where=str(place), remedy="Give a place outside it: its files are read as data.")


def _folder_of_data(policy: Policy) -> Path | None:
    path = getattr(policy.data, "path", None)
    return Path(path).resolve() if isinstance(path, str) and Path(path).is_dir() else None


def _read_as_data(out: Path, root: Path) -> bool:
    return out.parent == root and out.name.lower().endswith(ENDINGS)


def _own(out: Path, kind: Output) -> bool:
    """Whether the file is an earlier one of this kind, or holds nothing."""
    if not out.is_file():  # a device, a pipe
        return False
    try:
        return not out.stat().st_size or _KNOWN[kind](out)
    except OSError:
        return False


def _results(out: Path) -> bool:
    try:
        return set(OWN) <= set(package("pyarrow.parquet").read_schema(out).names)
    except (ValueError, OSError):  # no Parquet at all
        return False


def _report(out: Path) -> bool:
    return _TITLE.match(_begins(out, _HEAD)) is not None


def _begins(out: Path, count: int) -> bytes:
    with out.open("rb") as file:
        return file.read(count)


_KNOWN: dict[Output, Callable[[Path], bool]] = {Output.RESULTS: _results, Output.REPORT: _report, Output.PDF: lambda _: False}


def require_free_report(page: str | Path, *, pdf: bool, option: str = "--out") -> None:
    """As `require_free`, of the page of a report and of its PDF, which is ours where it is a PDF beside a page of ours."""
    shown = require_free(page, Output.REPORT, option)
    printed = shown.with_suffix(".pdf")
    if pdf and not (shown.is_file() and printed.is_file() and _begins(printed, 4) == b"%PDF"):
        require_free(printed, Output.PDF, option)
