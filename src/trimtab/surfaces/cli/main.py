"""The command line: parse, call the desk, render. Heavy imports wait until a verb needs them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

from trimtab.core.errors import TrimtabError
from trimtab.surfaces.cli.verbs import parser


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
    module, _, function = options.run.partition(":")
    try:
        return int(getattr(import_module(f"trimtab.surfaces.cli.{module}"), function)(options))
    except TrimtabError as error:
        if options.debug:
            raise
        print(f"error {error.code}  {error}  [exit {error.exit_code}]", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("stopped; nothing half-written was kept", file=sys.stderr)
        return 1
    except BrokenPipeError:  # the reader of our output went away
        sys.stderr.close()
        return 0
