"""Notifications through apprise (extra `notify`): what a month or the status came to, sent where somebody looks.

A notification holds the title and the first lines, never units or amounts unless `--notify-details` asks for them. It never
changes what a command ends with: one that fails is said. Addresses hold tokens, so that messages name their kind alone.
"""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from trimtab.core.visible import in_line
from trimtab.surfaces.cli.heard import listener

VARIABLE = "TRIMTAB_NOTIFY"  # addresses, separated by white space
LINES = 3


def notify(options: Namespace, title: str, lines: Sequence[str], code: int, *, details: Sequence[str] = ()) -> tuple[str, ...]:
    """Send to every address of `--notify` and TRIMTAB_NOTIFY; what is to be said of it: nothing where all went well.

    `details` hold units and amounts: they leave where they are asked for. A verb that a page asks notifies nobody: who looks
    would be told what they see.
    """
    if listener() is not None:
        return ()
    addresses = [*options.notify, *os.environ.get(VARIABLE, "").split()]
    if not addresses:
        return ()
    try:
        apprise: Any = import_module("apprise")
    except ImportError:
        return ("nobody was notified: apprise is not installed. pip install 'trimtab[notify]'",)
    sent = [*lines, *details] if options.notify_details else lines[:LINES]
    body = "\n".join(in_line(line.strip()) for line in sent) or "nothing to do"
    whole = f"{body}\n[exit {code}]"
    failed = [address for address in dict.fromkeys(addresses) if not _sent(apprise, address, title, whole)]
    return tuple(f"no notification left for {kind_of(one)}: check the address, and that the service answers" for one in failed)


def _sent(apprise: Any, address: str, title: str, body: str) -> bool:
    """Whether it left; whatever goes wrong there is no matter of the command."""
    try:
        sender = apprise.Apprise()
        return bool(sender.add(address) and sender.notify(body=body, title=title))
    except Exception:  # noqa: BLE001 - a notification must not take the command down, whatever a service does
        return False


def kind_of(address: str) -> str:
    """The kind of an address without what it holds: `slack://***`."""
    scheme, sign, _ = address.partition("://")
    return f"{scheme}://***" if sign and scheme.isalnum() else "***"
