"""`gallery`: the policies that come with the package, each with where it comes from and the data that it wants."""

from __future__ import annotations

from argparse import Namespace

from trimtab.core.errors import UsageError
from trimtab.desk import gallery as kept
from trimtab.surfaces.cli.options import hint, print_json, say
from trimtab.surfaces.cli.screen import wrapped


def gallery(options: Namespace) -> int:
    """List them; with a name, the rules of one in words, generated from its parameters."""
    if options.name:
        return _one(options)
    entries = [kept.entry(name) for name in kept.names()]
    if options.json:
        rows = [{"name": e.name, "title": e.title, "source": e.source, "series": list(e.series)} for e in entries]
        print_json("gallery", {"policies": [row | {"sample": e.sample} for row, e in zip(rows, entries, strict=True)]})
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


def _one(options: Namespace) -> int:
    if options.name not in kept.names():
        raise UsageError(f"no policy {options.name!r} in the gallery", remedy=f"There are: {', '.join(kept.names())}.")
    entry, policy = kept.entry(options.name), kept.named(options.name)
    if options.json:
        print_json("gallery", {"name": entry.name, "title": entry.title, "source": entry.source, "words": list(policy.words)})
        return 0
    say(f" {entry.title} ({entry.name})")
    for text in (entry.source, *policy.words, f"Series: {', '.join(entry.series)}."):
        for line in wrapped(text) if text else ():
            say(f"  {line}")
    hint(f" next: trimtab init --from {entry.name}    trimtab backtest {entry.name} --data FOLDER", options)
    return 0
