"""`attribute --by factor`: a run, or any return series, explained by a file of factor returns."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from trimtab.core.errors import DataError, UsageError
from trimtab.desk.result import Result
from trimtab.surfaces.cli.options import hint, print_json, say
from trimtab.surfaces.cli.tables import clipped, percent
from trimtab.surfaces.cli.wrapping import wrapped
from trimtab.surfaces.factors import REMEDY, Explained, factor_attribution, factor_words, track_of
from trimtab.surfaces.series import Track


def by_factor(result: Result, name: str, options: Namespace, window: tuple[np.datetime64, np.datetime64]) -> int:
    """Print the regression of a run on `--factors`, of the returns that lie within a window."""
    if not options.factors:
        raise UsageError("--by factor needs the factors", remedy=f"Write --factors FILE. {REMEDY}")
    one = factor_attribution(_within(track_of(result), *window), options.factors)
    if options.json:
        print_json("attribute", {"run": name, "by": "factor", **factor_document(one)})
        return 0
    for line in lines(result.policy.title, one):
        say(line)
    for note in one.notes:
        hint(note, options)
    return 0


def _within(track: Track, first: np.datetime64, last: np.datetime64) -> Track:
    starts = np.concatenate([[track.start], track.dates[:-1]])
    keep = np.flatnonzero((starts >= first) & (track.dates <= last))
    if not len(keep):
        remedy = f"They run from {track.start} to {track.dates[-1]}."
        raise DataError(f"no return of {track.name} lies between {first} and {last}", remedy=remedy)
    return replace(track, dates=track.dates[keep], returns=track.returns[keep], start=starts[keep[0]])


def factor_document(one: Explained) -> dict[str, object]:
    """The regression as plain values; None for what a row does not have."""
    rows = one.table.reset_index().to_dict("records")
    plain = [{key: None if value != value else value for key, value in row.items()} for row in rows]
    return {
        "from": str(one.dates[0]),
        "to": str(one.dates[-1]),
        "periods": len(one.dates),
        "per_year": one.per_year,
        "r_squared": float(one.found.share),
        "lag": one.found.lag,
        "factors": plain,
        "words": list(factor_words(one)),
    }


def lines(title: str, one: Explained) -> Iterator[str]:
    """Head, a row a factor, their sum, and what it comes to."""
    yield f" {title}    {one.dates[0]} to {one.dates[-1]}, {len(one.dates):,} periods, {one.per_year} a year"
    yield ""
    yield f" {'factor':<24}{'beta':>9}{'error':>9}{'t':>8}{'% a year':>11}{'risk, %':>10}"
    for name, beta, error, t, _, a_year, risk in one.table.itertuples():
        figures = "".join(
            f"{value:>{width}.{digits}f}" if value == value else " " * width
            for value, width, digits in ((beta, 9, 2), (error, 9, 3), (t, 8, 1))
        )
        yield f" {clipped(name, 24)}{figures}{percent(a_year, 11, 2, signed=True)}{percent(risk, 10, 2)}"
    yield ""
    for sentence in factor_words(one):
        yield from wrapped(sentence)
