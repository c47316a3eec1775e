"""A verb of the command line as a function: its name and values in, its document and exit code out.

So every surface says the same words and takes the same path to the gate. A verb runs in the folder of the workspace, by the
name of whoever asks, and prints nothing.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from trimtab.core.errors import TrimtabError, UsageError
from trimtab.surfaces.cli.heard import Progress, listening
from trimtab.surfaces.cli.masking import masked
from trimtab.surfaces.cli.present import require_present
from trimtab.surfaces.cli.verbs import parser


@dataclass(frozen=True, slots=True)
class Served:
    """The desk that is served: its workspace (the folder that the process stands in), book, store and other data."""

    book: str = ""
    store: str = "market"
    data: str | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What a verb said: its document as JSON text (empty: it has none), lines and messages, its exit code."""

    text: str
    exit_code: int
    lines: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()

    @property
    def document(self) -> dict[str, Any]:
        """The document in plain values."""
        found: dict[str, Any] = json.loads(self.text or "{}")
        return found


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a verb did nothing: the error's stable code, its words, and the exit code that it would have on a command line."""

    code: str
    what: str
    where: str
    remedy: str
    exit_code: int
    ours: bool = False  # nobody raised it on purpose

    @classmethod
    def of(cls, error: Exception) -> Refusal:
        """The refusal that an error is; of what nobody foresaw only its kind is told, for its words may hold anything."""
        if isinstance(error, TrimtabError):
            what, where, remedy = (homely(masked(part)) for part in (error.what, error.where, error.remedy))
            return cls(error.code, what, where, remedy, error.exit_code)
        what = f"something went wrong that nobody foresaw ({type(error).__name__})"
        return cls(
            "TT-ERR-001", what, "", "The log of the server has the whole of it, under the id of this request.", 1, ours=True
        )

    @property
    def line(self) -> str:
        """One line: place, what, remedy."""
        return str(TrimtabError(self.what, where=self.where, remedy=self.remedy, code=self.code))


def run(served: Served, verb: str, values: Mapping[str, Any], by: str, progress: Progress | None = None) -> Said:
    """Run a verb (`orders approve`) with `values` by the names of its options. Raises what the verb raises."""
    options = namespace(served, verb, values, by)
    require_present(options)
    module, _, function = options.run.partition(":")
    with listening(progress) as heard:
        code = int(getattr(import_module(f"trimtab.surfaces.cli.{module}"), function)(options))
    text = heard.documents[-1] if heard.documents else ""
    return Said(homely(text), code, tuple(map(homely, heard.lines)), tuple(map(homely, heard.messages)))


def homely(text: str) -> str:
    """A text that names files as they lie in the workspace: where that lies on the machine is nobody's business."""
    here = str(Path.cwd())
    return text.replace(f"{here}/", "").replace(f'"{here}"', '"."') if len(here) > 1 else text


def tried(served: Served, verb: str, values: Mapping[str, Any], by: str) -> Said | Refusal:
    """The same for a worker process: an error comes back as a refusal; one of our own making goes to the log whole."""
    try:
        return run(served, verb, values, by)
    except TrimtabError as error:
        return Refusal.of(error)


def namespace(served: Served, verb: str, values: Mapping[str, Any], by: str) -> argparse.Namespace:
    """The options of a verb, as its parser would have made them. Raises UsageError for an option that it does not have."""
    made = verb_parser(verb)
    actions = {action.dest: action for action in made._actions if action.dest != "help"}
    found = {name: action.default for name, action in actions.items()}
    found |= {"run": made.get_default("run"), "json": True, "quiet": True, "workspace": ".", "debug": False}
    unknown = set(values) - set(found)
    if unknown:
        raise UsageError(f"{verb} has no option {min(unknown)!r}", remedy="See the description of the API.")
    found |= {name: list(value) if isinstance(value, tuple | list) else value for name, value in values.items()}
    for name, value in (("book", served.book), ("by", by), ("store", served.store), ("data", served.data)):
        if name in actions and actions[name].choices is None:  # `by` is what a table is cut by, where it has choices
            found[name] = value
    return argparse.Namespace(**found)


def verb_parser(verb: str) -> argparse.ArgumentParser:
    """The parser of one verb. Raises UsageError where there is none."""
    known = dict(every_verb())
    if verb not in known:
        raise UsageError(f"there is no verb {verb!r}", remedy="See trimtab --help.")
    return known[verb]


@cache
def _verbs() -> tuple[tuple[str, argparse.ArgumentParser], ...]:
    return tuple(_below(parser(), ()))


def every_verb() -> tuple[tuple[str, argparse.ArgumentParser], ...]:
    """Every verb of the command line with its parser: `orders approve`."""
    return _verbs()


def _below(made: argparse.ArgumentParser, path: tuple[str, ...]) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    groups = [action for action in made._actions if isinstance(action, argparse._SubParsersAction)]
    if not groups:
        yield " ".join(path), made
    for group in groups:
        for name, inner in group.choices.items():
            yield from _below(inner, (*path, name))
