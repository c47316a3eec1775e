"""`mcp`: the desk as tools of an assistant, until its program ends. Nothing but the protocol is written to standard output."""

from __future__ import annotations

import os
import signal
import sys
from argparse import Namespace
from pathlib import Path

from trimtab.core.errors import UsageError
from trimtab.surfaces.cli.options import hint, workspace
from trimtab.surfaces.cli.present import refuse_as_of

_WAITS = "this waits for the program of an assistant, which starts it by itself: see docs/assistants.md. Ctrl-C ends it."


def serve_tools(options: Namespace) -> int:
    """Serve the workspace, which has to be there. Raises UsageError where the package is not installed."""
    if options.as_of:
        refuse_as_of()
    _require_installed()
    import asyncio

    from trimtab.surfaces.mcp.offered import offered
    from trimtab.surfaces.mcp.server import Desk, serve
    from trimtab.surfaces.serving.asking import Asking
    from trimtab.surfaces.serving.logbook import begin_log
    from trimtab.surfaces.serving.verbs import Served

    folder = workspace(options).folder
    if not folder.is_dir():
        raise UsageError("there is no such workspace", where=str(folder), remedy="Name the folder of a desk: --workspace DIR.")
    book = str(Path(options.book).resolve()) if options.book and "://" not in options.book else options.book
    served = Served(book, options.store, str(Path(options.data).resolve()) if options.data else None)
    begin_log("")
    os.chdir(folder)  # verbs name files as they stand in the workspace
    asking = Asking(served, Path(), os.environ)
    if sys.stdin.isatty():
        hint(_WAITS, options)
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)  # whoever waits for a line is not woken by an exception
    try:
        asyncio.run(serve(Desk(asking, offered(propose=options.propose))))
    finally:
        signal.signal(signal.SIGINT, before)
        asking.close()
    return 0


def _require_installed() -> None:
    from importlib.util import find_spec

    if find_spec("mcp") is None:
        raise UsageError("the package mcp is not installed", remedy="Install it: pip install 'trimtab[mcp]'.")
