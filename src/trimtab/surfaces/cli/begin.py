"""`demo`, `init`, `samples list`, `doctor`: the first five minutes."""

from __future__ import annotations

import sys
from argparse import Namespace
from importlib.util import find_spec
from pathlib import Path

from trimtab.core.errors import UsageError
from trimtab.data.samples import Samples
from trimtab.desk import gallery
from trimtab.desk.backtest import backtest
from trimtab.desk.load import read_policy
from trimtab.desk.policy import Policy
from trimtab.desk.prepare import load_market
from trimtab.desk.rivals import later, static
from trimtab.desk.starter import starter
from trimtab.desk.version import code_version
from trimtab.desk.workspace import Workspace
from trimtab.desk.writing import write_text
from trimtab.desk.yaml12 import parse
from trimtab.surfaces.cli.delivery import deliver
from trimtab.surfaces.cli.markets import say_whole
from trimtab.surfaces.cli.options import ended, hint, print_json, progress, say
from trimtab.surfaces.cli.outputs import Output, require_free

MAIN = "trend-overlay"


def demo(options: Namespace) -> int:
    """The main job on real data: one screen, and out/demo/report.html."""
    place = Path(options.out)
    require_free(place / "report.html", Output.REPORT)
    policy = ended(_demo_policy(options), options)
    say_whole(options)
    market = load_market(policy)
    result = backtest(policy, market, progress=progress(options, policy.name))
    start = result.dates[0].item()
    rivals = tuple(backtest(other.with_horizon(start=start), market) for other in (static(policy), later(policy)))
    _, report = deliver(result, rivals, Workspace(place), options, str(place / "report.html"))
    if not options.json:
        say(f" report: {report}")
        why = f'trimtab why "US equity" --workspace {options.out}'
        hint(f" next: {why}    trimtab init    trimtab backtest policy.yaml", options)
    return 0


def _demo_policy(options: Namespace) -> Policy:
    """The sample; on generated data it is another policy, with a title and a hash of its own."""
    if not options.synthetic:
        return gallery.named(MAIN)
    text = gallery.text(MAIN).replace("data: {use: samples}", "data: {use: synthetic}")
    text = text.replace("with a trend overlay\n", "with a trend overlay on GENERATED data\n")
    return read_policy(parse(text, f"{MAIN}.yaml"), source=text)


def init(options: Namespace) -> int:
    """Write a policy file, and the schema beside it for editors. Nothing is overwritten."""
    import json

    from trimtab.desk.schema import schema

    place = Path(options.out)
    if place.exists():
        raise UsageError(f"{place} exists already", remedy="Give another name: trimtab init --out NAME.yaml.")
    text = starter(options.data, place) if options.data else gallery.text(options.origin or MAIN)
    line = f"# yaml-language-server: $schema={SCHEMA}\n"
    write_text(place, line + text)
    write_text(place.parent / SCHEMA, json.dumps(schema(), indent=1, sort_keys=True) + "\n")
    if options.json:
        print_json("init", {"policy": str(place), "schema": str(place.parent / SCHEMA)})
    else:
        say(f" wrote {place} (and {SCHEMA} for your editor)")
        hint(f" next: trimtab policy show {place}    trimtab backtest {place}", options)
    return 0


SCHEMA = "trimtab-policy.schema.json"


def samples(options: Namespace) -> int:
    """Each sample series: what it is, its span, whether it is total return, where it comes from."""
    source = Samples()
    histories = source.load(source.names())
    rows = [
        {
            "name": h.about.name,
            "title": h.about.title,
            "kind": h.about.kind.value,
            "frequency": h.about.frequency,
            "average": h.about.is_average,
            "first": str(h.span[0]),
            "last": str(h.span[1]),
            "provenance": h.about.provenance,
            "notes": list(h.about.notes),
        }
        for h in histories
    ]
    if options.json:
        print_json("samples", {"series": rows, "policies": list(gallery.samples())})
        return 0
    for line, h in zip(rows, histories, strict=True):
        flag = "  MONTHLY AVERAGE" if line["average"] else ""
        say(f" {line['name']:<22} {line['first']} to {line['last']}  {line['frequency']:<8} {line['kind']}{flag}")
        say(f" {'':<22} {line['title']}. {line['provenance']}")
        for note in h.about.notes:
            say(f" {'':<22} ! {note}")
    say(f" sample policies: {', '.join(gallery.samples())}")
    return 0


EXTRAS = {
    "arch": "samples",
    "linearmodels": "samples",
    "skfolio": "samples",
    "pyarrow": "parquet",
    "duckdb": "store",
    "exchange_calendars": "store",
    "filelock": "store",
    "urllib3": "vendors",
    "python_calamine": "sheets",
    "sqlalchemy": "sql",
    "yfinance": "yahoo",
    "xbbg": "bloomberg",
    "lseg": "lseg",
    "clarabel": "solver",
    "scipy": "solver",
    "cvxpy": "terms",
    "apprise": "notify",
    "numba": "fast",
    "alpaca": "alpaca",
    "ib_async": "ibkr",
    "simplefix": "fix",
    "plotly": "report",
}


def doctor(options: Namespace) -> int:
    """What is installed, what is missing, and the command that brings it."""
    found = {name: find_spec(name) is not None for name in EXTRAS}
    if options.json:
        print_json("doctor", {"python": sys.version.split()[0], "code": code_version(), "found": found})
        return 0
    say(f" Python {sys.version.split()[0]}    trimtab {code_version()}")
    for name, here in found.items():
        extra = EXTRAS[name]
        remedy = "" if here else f"    pip install 'trimtab[{extra}]'" if extra != "report" else "    pip install plotly"
        say(f" {'ok     ' if here else 'MISSING'} {name} ({extra}){remedy}")
    return 0
