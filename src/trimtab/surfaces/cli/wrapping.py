"""Sentences in the width of the terminal, and output whose reader went away.

Imports nothing heavy: errors are wrapped before anything else is loaded.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import textwrap
from collections.abc import Iterator

from trimtab.core.visible import visible
from trimtab.surfaces.cli.heard import listener

LEAST, MOST = 40, 120  # columns
_COMMAND = re.compile(r"trimtab(?: [^\s,;()]+){1,8}")
_JOINT = "\0"  # no space to break at


def wrapped(text: str, *, indent: int = 2) -> Iterator[str]:
    """A sentence in the width of the terminal, its further lines indented; a date, an option or a batch stays in one piece."""
    width = max(LEAST, min(shutil.get_terminal_size((MOST, 24)).columns, MOST))
    shown = visible(text)  # before it is measured
    lines = textwrap.wrap(shown, width - 2, subsequent_indent=" " * indent, break_on_hyphens=False) or [""]
    return (f" {line}" for line in lines)


def messages(text: str) -> Iterator[str]:
    """A hint in the width of the terminal; the commands in it are not broken, so that they can be copied."""
    width = max(LEAST, min(shutil.get_terminal_size((MOST, 24)).columns, MOST))
    return (f" {line}" for line in _with_whole_commands(text, width - 2))


def fitted(message: str) -> str:
    """A message as standard error shows it: wrapped on a terminal; one line in a pipe or a log, where it is searched for."""
    try:
        width = os.get_terminal_size(sys.stderr.fileno()).columns if sys.stderr.isatty() else 0
    except (OSError, ValueError):  # no terminal after all
        width = 0
    return "\n".join(_with_whole_commands(message, max(LEAST, width - 1))) if width else message


def _with_whole_commands(text: str, width: int) -> list[str]:
    held = _COMMAND.sub(lambda found: found.group().replace(" ", _JOINT), text)
    lines = textwrap.wrap(held, width, subsequent_indent="  ", break_on_hyphens=False, break_long_words=False)
    return [line.replace(_JOINT, " ") for line in lines]


def tell(text: str, end: str = "\n") -> None:
    """A line of message on standard error, with nothing in it that steers a terminal."""
    if (heard := listener()) is not None:
        heard.messages.append(visible(text))
        return
    print(visible(text), end=end, file=sys.stderr, flush=True)


def unread() -> None:
    """The reader of standard output went away: what is still buffered, and all that follows, goes nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
