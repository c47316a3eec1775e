"""`status`: do I need to act today? One screen for all accounts, the first line of it the answer."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from typing import Any

from trimtab.core.errors import UsageError
from trimtab.desk.reviewing import wanted
from trimtab.desk.status import DeskStatus, Item, status
from trimtab.surfaces.cli.month import setting_of
from trimtab.surfaces.cli.options import answer, say, warn
from trimtab.surfaces.cli.rebalance import order_book
from trimtab.surfaces.cli.wrapping import wrapped
from trimtab.surfaces.notifying import notify

SHOWN = 40  # lines


def show_status(options: Namespace) -> int:
    """Say whether somebody has to act today, and on what first. Nothing is written."""
    if options.account and options.household:
        raise UsageError("both --account and --household are given", remedy="Give one of them, or none for all.")
    with order_book(options) as orders:
        setting = setting_of(orders, options)
        found = status(setting, wanted(orders.store, options.account or options.household, None, setting.prepare))
    lines = [f"{one.account}: {one.what}" for one in found.urgent]
    said = notify(options, f"Trimtab: {_verdict(found)}", lines, found.exit_code)
    if options.json:
        return answer("status", document(found) | {"notified": list(said)}, found.exit_code)
    for line in screen(found):
        say(line)
    for line in said:
        warn(line)
    return found.exit_code


def _verdict(found: DeskStatus) -> str:
    return "YES, act today" if found.exit_code else "NO, nothing waits for you"


def screen(found: DeskStatus) -> Iterator[str]:
    """The answer, what is to be done first, then everything by urgency."""
    first = found.urgent[0] if found.urgent else None
    yield f" {_verdict(found)}    {found.when}"
    if first is not None:
        yield from wrapped(f"first: {first.command or f'{first.account}: {first.what}'}")
    yield ""
    for item in found.items[:SHOWN]:
        yield from _item(item)
    if len(found.items) > SHOWN:
        yield f" and {len(found.items) - SHOWN} more: --json lists them all"
    for one in found.skipped:
        yield from wrapped(f"{'!' if one.exit_code else ' '} {one.account}: {one.why}", indent=4)
    for when, name in found.coming[:1]:
        others = f" and {len(found.coming) - 1} more" if len(found.coming) > 1 else ""
        yield f"   next decision on {when}: {name}{others}"


def _item(item: Item) -> Iterator[str]:
    yield from wrapped(f"{'!' if item.acts else ' '} {item.account}: {item.what}", indent=4)
    if item.acts and item.command:
        yield f"     {item.command}"


def document(found: DeskStatus) -> dict[str, Any]:
    """The status in plain values."""
    return {
        "act": bool(found.exit_code),
        "when": str(found.when),
        "first": found.urgent[0].command if found.urgent else "",
        "items": [
            {"account": one.account, "what": one.what, "command": one.command, "exit_code": one.code} for one in found.items
        ],
        "coming": [{"account": name, "on": str(when)} for when, name in found.coming],
        "skipped": [one._asdict() for one in found.skipped],
    }
