"""`gallery`: the policies that come with the package, each with where it comes from and the data that it wants."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from trimtab.desk import gallery as kept
from trimtab.surfaces.cli.options import hint, print_json, say
from trimtab.surfaces.cli.wrapping import wrapped


def gallery(options: Namespace) -> int:
    """List them; with a name, the rules of one in words, generated from its parameters."""
    if options.name:
        return _one(options)
    entries = [kept.entry(name) for name in kept.names()]
    if options.json:
        print_json("gallery", {"policies": [_row(entry) for entry in entries]})
        return 0
    for sample, head in (
        (True, " on the sample data"),
        (False, " on funds: give prices with --data FOLDER, or a market store"),
    ):
        say(head)
        for entry in entries:
            if entry.sample is sample:
                say(f"  {entry.name:<22} {entry.title}")
    hint(" next: trimtab gallery NAME    trimtab init --from NAME", options)
    return 0


def _row(entry: kept.Entry) -> dict[str, Any]:
    """What is to be said of a policy, as plain values."""
    return {
        "name": entry.name,
        "title": entry.title,
        "source": entry.source,
        "series": list(entry.series),
        "sample": entry.sample,
    }


def _one(options: Namespace) -> int:
    entry, policy = kept.entry(options.name), kept.named(options.name)
    if options.json:
        print_json("gallery", _row(entry) | {"words": list(policy.words)})
        return 0
    say(f" {entry.title} ({entry.name})")
    for text in (entry.source, *policy.words, f"Series: {', '.join(entry.series)}."):
        for line in wrapped(text) if text else ():
            say(f"  {line}")
    data = "" if entry.sample else " --data FOLDER"
    hint(f" next: trimtab init --from {entry.name}    trimtab backtest {entry.name}{data}", options)
    return 0
