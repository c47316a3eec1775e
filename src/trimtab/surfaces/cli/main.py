"""The command line: parse, call the desk, render. Heavy imports wait until a verb needs them."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence
from importlib import import_module

from trimtab.core.errors import TrimtabError
from trimtab.surfaces.cli.masking import masked
from trimtab.surfaces.cli.present import require_present
from trimtab.surfaces.cli.verbs import parser
from trimtab.surfaces.cli.wrapping import fitted, tell, unread


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code (see core.errors). Results go to stdout, messages to stderr."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        options = parser().parse_args(words)
    except SystemExit as stop:  # argparse has said why
        return int(stop.code or 0)
    if not getattr(options, "run", ""):
        parser().print_help()
        return 0
    try:
        return _done(options)
    except KeyboardInterrupt:
        tell("stopped; nothing half-written was kept")
        return 1
    except BrokenPipeError:  # the reader of our output went away; what is still buffered goes nowhere
        unread()
        return 0
    except Exception as error:
        if options.debug:
            raise
        for bar in getattr(options, "bars", ()):
            bar.close()
        known = error if isinstance(error, TrimtabError) else _unforeseen(error)
        tell(fitted(f"error {known.code}  {masked(str(known))}  [exit {known.exit_code}]"))
        return known.exit_code


def _done(options: Namespace) -> int:
    """Do what was asked; the exit code."""
    require_present(options)
    module, _, function = options.run.partition(":")
    code = int(getattr(import_module(f"trimtab.surfaces.cli.{module}"), function)(options))
    try:
        sys.stdout.flush()  # so that a reader that went away shows here, not at the end of the process
    except BrokenPipeError:
        unread()
    return code


def _unforeseen(error: Exception) -> TrimtabError:
    """One line for what nobody raised on purpose: a full disk, a missing permission, a fault of ours."""
    what = f"{type(error).__name__}: {error}"
    if isinstance(error, OSError):
        return TrimtabError(what, remedy="Check the disk and that you may read and write there.")
    return TrimtabError(what, remedy="This is a fault of Trimtab: run it again with --debug and report what it prints.")
