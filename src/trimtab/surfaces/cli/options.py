"""What the verbs make of their options: policies, dates, folders, progress; and how they print."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from trimtab.core.errors import UsageError
from trimtab.core.visible import in_line, visible
from trimtab.desk import gallery
from trimtab.desk.backtest import Progress
from trimtab.desk.load import load_policy
from trimtab.desk.policy import Policy
from trimtab.desk.prepare import source_in
from trimtab.desk.workspace import Workspace
from trimtab.surfaces.cli.heard import listener
from trimtab.surfaces.cli.wrapping import messages, tell, unread

JSON_VERSION = 1


def opened(name: str, options: Namespace) -> Policy:
    """A policy file, or one of the gallery by name; on the data and up to the date that the options say."""
    policy = gallery.named(name) if name in gallery.names() and not Path(name).is_file() else load_policy(name)
    return ended(on_data(policy, options), options)


def on_data(policy: Policy, options: Namespace) -> Policy:
    """The policy on the folder of prices, or the market store, of `--data`, where it is given."""
    folder = getattr(options, "data", None)
    return replace(policy, data=source_in(folder)) if folder else policy


def ended(policy: Policy, options: Namespace) -> Policy:
    """The policy up to `--as-of`."""
    day = as_of(options)
    if day is None:
        return policy
    first = max(filter(None, (policy.horizon.since, policy.horizon.start)), default=None)
    if first is not None and day <= first:
        raise UsageError(f"--as-of {day} is not after {first}, where the policy starts", remedy="Give a later date.")
    return policy.with_horizon(end=day)


def as_of(options: Namespace) -> date | None:
    """The date of `--as-of`. Raises UsageError where it is none."""
    if options.as_of is None:
        return None
    try:
        return date.fromisoformat(options.as_of)
    except ValueError:
        raise UsageError(f"--as-of {options.as_of!r} is not a date", remedy="Write it as 2018-11-30.") from None


def workspace(options: Namespace) -> Workspace:
    """The folder of runs and trials. Raises UsageError where a file stands in its place."""
    folder = Path(options.workspace)
    require_folder(folder, "--workspace")
    return Workspace(folder)


def require_folder(folder: Path, option: str) -> Path:
    """The nearest folder that is there already, on the way to `folder`. Raises UsageError where a file stands in its way."""
    there = next((one for one in (folder, *folder.parents) if one.exists()), Path())
    if not there.is_dir():
        what = f"{option} leads to {there}, which is a file and no folder"
        raise UsageError(what, remedy="Name a folder: one that is not there yet is made.")
    return there


def progress(options: Namespace, what: str, *, unit: str = "decision") -> Progress | None:
    """A progress bar on stderr for anything that takes over a second; none when quiet. A listener hears it in any case."""
    if (heard := listener()) is not None:
        return partial(heard.come, what)
    if options.quiet:
        return None
    from tqdm import tqdm

    bar = tqdm(desc=in_line(what), unit=unit, delay=1.0, leave=False, ascii=not _unicode(), file=sys.stderr)
    options.bars = [*getattr(options, "bars", ()), bar]  # an error must find a clean line

    def step(done: int, total: int) -> None:
        bar.total = total
        bar.update(done - bar.n)
        if done == total:
            bar.close()

    return step


def counted(count: int, word: str) -> str:
    """`1 value`, `2 values`."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def say(text: str = "") -> None:
    """A line of result, in characters that the terminal knows, and none that steers it or begins another line.

    A reader that went away takes no exit code with it.
    """
    _write(in_line(text))


def _write(text: str) -> None:
    if (heard := listener()) is not None:
        heard.lines.append(visible(text))
        return
    encoding = sys.stdout.encoding or "ascii"
    try:
        sys.stdout.write(visible(text).encode(encoding, "replace").decode(encoding) + "\n")
    except BrokenPipeError:
        unread()


def hint(text: str, options: Namespace) -> None:
    """A sentence of message in the width of the terminal, unless quiet."""
    if not options.quiet:
        warn(text)


def warn(text: str) -> None:
    """The same, quiet or not: what nobody may miss."""
    if (heard := listener()) is not None:
        heard.messages.append(visible(text.strip()))
        return
    with suppress(BrokenPipeError):
        for line in messages(text.strip()):
            tell(line)


def print_file(text: str) -> None:
    """The text of a file, to the letter; on a terminal what steers it is spelled out. Raises UnicodeEncodeError."""
    if (heard := listener()) is not None:
        heard.lines.append(text)
        return
    sys.stdout.write(visible(text) if sys.stdout.isatty() else text)


def answer(kind: str, body: Mapping[str, Any], code: int) -> int:
    """The JSON document of a verb that ends in an exit code, with that code; returns it."""
    print_json(kind, {**body, "exit_code": code})
    return code


def print_json(kind: str, body: Any) -> None:
    """One JSON document with its kind and the version of its form."""
    print_plain({"trimtab": JSON_VERSION, "kind": kind, **body})


def print_plain(value: Any) -> None:
    """A value as JSON, over as many lines as it has."""
    if (heard := listener()) is not None:
        heard.documents.append(json.dumps(value, sort_keys=True, allow_nan=False, default=str))
        return
    _write(json.dumps(value, indent=2, sort_keys=True, allow_nan=False, default=str))


def _unicode() -> bool:
    return (sys.stderr.encoding or "").lower().startswith("utf")
