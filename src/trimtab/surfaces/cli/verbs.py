"""Every verb, its options and an example that the tests run. No heavy import: `trimtab --help` answers at once."""

from __future__ import annotations

import argparse
from functools import cache
from typing import Any

import trimtab
from trimtab.core.visible import in_line
from trimtab.surfaces.cli.advice_verbs import add_advice
from trimtab.surfaces.cli.book_verbs import Adding, add_book, place_of_book, reading_book
from trimtab.surfaces.cli.bundle_verbs import add_bundles
from trimtab.surfaces.cli.commitment_verbs import add_commitment
from trimtab.surfaces.cli.committee_verbs import add_committee
from trimtab.surfaces.cli.economics_verbs import add_economics
from trimtab.surfaces.cli.expect_verbs import add_expect
from trimtab.surfaces.cli.masking import masked
from trimtab.surfaces.cli.mcp_verbs import add_mcp
from trimtab.surfaces.cli.month_verbs import add_month
from trimtab.surfaces.cli.order_verbs import accounts, add_orders
from trimtab.surfaces.cli.overriding_verbs import add_overriding
from trimtab.surfaces.cli.review_verbs import add_review
from trimtab.surfaces.cli.seeds import seed
from trimtab.surfaces.cli.serve_verbs import add_serve
from trimtab.surfaces.cli.shadow_verbs import add_shadow

EXIT_CODES = "exit codes: 0 done, 1 error, 2 usage or policy, 3 policy breach, 4 data, 5 approval required, 6 halted"

POLICY = "a policy file, or the name of one in the gallery"


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> Any:
        """One line on stderr, exit 2."""
        self.exit(2, f"error TT-USE-002  {self.prog}: {masked(in_line(message))}. See: {self.prog} --help  [exit 2]\n")


@cache
def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line, made once: it keeps nothing of what it reads."""
    top = _Parser(prog="trimtab", description="Dynamic asset allocation, from signal to signed-off trade.", epilog=EXIT_CODES)
    top.add_argument("--version", action="version", version=f"trimtab {trimtab.__version__}")
    verbs = top.add_subparsers(title="verbs", metavar="VERB")
    common = _common()
    _begin(verbs, common)
    add_advice(verbs, common, Adding(_verb, _group))
    _data(verbs, common)
    _research(verbs, common)
    add_expect(verbs, common, Adding(_verb, _group))
    add_economics(verbs, common, Adding(_verb, _group))
    _validate(verbs, common)
    _sweep(verbs, common)
    _trials(verbs, common)
    _policy(verbs, common)
    _own(verbs, common)
    add_book(verbs, common, Adding(_verb, _group))
    add_orders(verbs, common, Adding(_verb, _group))
    add_overriding(verbs, common, Adding(_verb, _group))
    add_shadow(verbs, common, Adding(_verb, _group))
    add_review(verbs, common, Adding(_verb, _group))
    add_committee(verbs, common, Adding(_verb, _group))
    add_month(verbs, common, Adding(_verb, _group))
    add_serve(verbs, common, Adding(_verb, _group))
    add_mcp(verbs, common, Adding(_verb, _group))
    return top


def _common() -> argparse.ArgumentParser:
    """The options of every verb."""
    common = argparse.ArgumentParser(add_help=False)
    group = common.add_argument_group("common options")
    group.add_argument("--json", action="store_true", help="print one JSON document instead of text")
    group.add_argument("--as-of", metavar="DATE", help="look no further than this date (YYYY-MM-DD)")
    group.add_argument("--workspace", metavar="DIR", default=".", help="folder of runs and trials (default: here)")
    group.add_argument("--quiet", action="store_true", help="no progress, no hints")
    group.add_argument("--yes", action="store_true", help="do not ask back; never stands for an approval")
    group.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return common


def _verb(verbs: Any, common: argparse.ArgumentParser, name: str, run: str, words: tuple[str, str]) -> Any:
    """One verb: `words` are its help line and its example."""
    text, example = words
    made = verbs.add_parser(
        name, help=text, description=text[:1].upper() + text[1:] + ".", parents=[common], epilog=f"example: {example}"
    )
    made.set_defaults(run=run, example=example)
    return made


def _begin(verbs: Any, common: argparse.ArgumentParser) -> None:
    words = ("run the sample policies on real data and write a report", "trimtab demo --quiet")
    demo = _verb(verbs, common, "demo", "begin:demo", words)
    demo.add_argument("--synthetic", action="store_true", help="generated data, for a machine without the samples extra")
    demo.add_argument("--out", metavar="DIR", default="out/demo", help="where the report goes (default: out/demo)")
    words = ("write a policy file to edit", "trimtab init --from ten-month-timing")
    init = _verb(verbs, common, "init", "begin:init", words)
    init.add_argument(
        "--from", dest="origin", metavar="NAME", default="", help="a policy of the gallery (default: trend-overlay)"
    )
    init.add_argument("--data", metavar="DIR", help="a folder of your own prices: the policy is written for its series")
    init.add_argument("--out", metavar="FILE", default="policy.yaml", help="the file to write (default: policy.yaml)")
    words = ("the policies that come with Trimtab, and where each comes from", "trimtab gallery gtaa-5")
    shown = _verb(verbs, common, "gallery", "shelf:gallery", words)
    shown.add_argument("name", metavar="NAME", nargs="?", default="", help="say this one in words (default: list all)")
    inner = _group(verbs, "samples", "sample data that come with the samples extra")
    _verb(inner, common, "list", "begin:samples", ("say what each sample series is", "trimtab samples list"))
    _verb(verbs, common, "doctor", "begin:doctor", ("say what is installed and what is missing", "trimtab doctor"))


def _data(verbs: Any, common: argparse.ArgumentParser) -> None:
    inner = _group(verbs, "data", "the market store: what was known when, and where it comes from")
    place = argparse.ArgumentParser(add_help=False)
    place.add_argument("--store", metavar="DIR", default="market", help="folder of the store (default: market)")
    both = argparse.ArgumentParser(add_help=False, parents=[common, place])
    _verb(inner, both, "init", "market:init", ("make an empty store", "trimtab data init"))
    words = ("write down a source and its series, and fetch them", "trimtab data add samples")
    add = _verb(inner, both, "add", "market:add_feed", words)
    text = "what the series come from: samples, folder, fred, yahoo and so on; or facts: names, members, actions, rolls"
    add.add_argument("source", metavar="SOURCE", help=text)
    add.add_argument("--series", metavar="IDS", default="", help="ids, comma separated; ID=CODE where the vendor's differs")
    add.add_argument("--name", metavar="NAME", default="", help="name of the feed (default: that of the source)")
    add.add_argument("--currency", metavar="CODE", default="", help="of prices whose source does not say it (ISO 4217)")
    add.add_argument("--market", metavar="MIC", default="", help="on which they trade (ISO 10383, such as XTKS)")
    add.add_argument("--set", metavar="KEY=VALUE", action="append", default=[], help="a parameter of the source; never a key")
    words = ("fetch what is new, and say what changed", "trimtab data update")
    update = _verb(inner, both, "update", "market:update_feeds", words)
    update.add_argument("feeds", metavar="FEED", nargs="*", help="feeds to update (default: all)")
    update.add_argument("--full", action="store_true", help="ask for whole histories again, not only for what is new")
    _data_reading(inner, both)


def _data_reading(inner: Any, both: argparse.ArgumentParser) -> None:
    _verb(inner, both, "status", "market:status", ("what the store holds", "trimtab data status"))
    words = ("verify the files and list what is wrong with the data", "trimtab data check")
    check = _verb(inner, both, "check", "checking:check", words)
    check.add_argument("--waive", metavar="SERIES:DETECTOR", action="append", default=[], help="let findings stand for nothing")
    check.add_argument("--tune", metavar="SERIES:DETECTOR:K=N", action="append", default=[], help="another threshold")
    check.add_argument("--reason", metavar="TEXT", default="", help="why, for a waiver or a tuning")
    check.add_argument("--by", metavar="NAME", default="", help="who decided it (default: the user of this machine)")
    show = _verb(inner, both, "show", "looking:show", ("one series and its last rows", "trimtab data show us_equity"))
    show.add_argument("series", metavar="SERIES", help="id of a series or chain, a ticker (of the date), or a universe")
    show.add_argument("--members", action="store_true", help="the members of the universe SERIES (on the date)")
    show.add_argument("--rows", metavar="N", type=int, default=10, help="how many rows (default: 10)")
    show.add_argument("--recorded", metavar="WHEN", help="leave out what was written down later")
    words = ("every version of restated values", "trimtab data vintages us_equity --period 2008-09")
    versions = _verb(inner, both, "vintages", "looking:vintages", words)
    versions.add_argument("series", metavar="SERIES", help="id of a series")
    versions.add_argument("--period", metavar="DATE", default="", help="dates that begin so: 2008, 2008-09 or 2008-09-01")
    words = ("one SELECT over the store, answered", 'trimtab data sql "SELECT id, count(*) FROM observations GROUP BY id"')
    sql = _verb(inner, both, "sql", "looking:sql", words)
    sql.add_argument(
        "query", metavar="QUERY", help="over observations, latest, series, actions, names, members, rolls, settings"
    )
    sql.add_argument("--rows", metavar="N", type=int, default=1000, help="at most this many rows (default: 1000)")


def _research(verbs: Any, common: argparse.ArgumentParser) -> None:
    words = ("run a policy over past days", "trimtab backtest policy.yaml --vs saa")
    test = _verb(verbs, common, "backtest", "research:backtest", words)
    test.add_argument(
        "--vs", metavar="NAMES", default="saa", help="rivals, comma separated: saa, samples, files (default: saa)"
    )
    test.add_argument("--report", metavar="FILE", help="where the report goes (default: in the run's folder)")
    words = ("what the policy calls for today; on real accounts, the proposal", "trimtab decide policy.yaml")
    decide = _verb(verbs, place_of_book(common), "decide", "decide:decide", words)
    decide.add_argument("policy", metavar="POLICY", nargs="?", default="", help=f"{POLICY}; of accounts: the one they follow")
    accounts(decide)
    decide.add_argument("--if-due", action="store_true", help="only where the schedule calls for a decision")
    words = ("what each signal says, since when, and what flips it", "trimtab signals trend-overlay --as-of 2008-10-31")
    signals = _verb(verbs, common, "signals", "signals:signals", words)
    signals.add_argument("--history", metavar="FILE", help="write all of it, date by date: FILE.csv or FILE.parquet")
    for made in (test, signals):
        made.add_argument("policy", metavar="POLICY", help=POLICY)
    for made in (test, decide, signals):
        made.add_argument("--data", metavar="DIR", help="a folder of prices instead of the policy's own data")
    _capacity(verbs, common)
    _attribute(verbs, common)
    _why(verbs, place_of_book(common))
    _report(verbs, common)
    _metrics(verbs, common)
    compare = _verb(verbs, common, "compare", "research:compare", ("two runs side by side", "trimtab compare RUN1 RUN2"))
    compare.add_argument("runs", metavar="RUN", nargs=2, help="hash of a run; a few first letters are enough")


def _why(verbs: Any, common: argparse.ArgumentParser) -> None:
    words = ("why an asset has the weight it has; with --account down to its lots", "trimtab why US_EQ --since last-run")
    why = _verb(verbs, common, "why", "decide:why", words)
    why.add_argument("asset", metavar="ASSET", help="id or name of an asset of the policy")
    why.add_argument("--account", metavar="ACCOUNT", default="", help="of this account of the book, or ACCOUNT/SLEEVE")
    why.add_argument("--run", dest="of", metavar="RUN", help="hash of a run (default: the workspace's last)")
    why.add_argument("--since", choices=["last-run"], help="also say what changed since the decision before")


def _validate(verbs: Any, common: argparse.ArgumentParser) -> None:
    words = ("is a result to be believed: overfitting, luck, look-ahead", "trimtab validate policy.yaml")
    made = _verb(verbs, common, "validate", "validate:validate", words)
    made.add_argument("target", metavar="POLICY|RUN", help=f"{POLICY}; or the hash of a run")
    text = "a key and its values, such as signals.trend.window=6M,8M,10M (default: its numbers, 25 and 50 %% off)"
    made.add_argument("--grid", metavar="KEY=VALUES", action="append", default=[], help=text)
    made.add_argument("--seed", metavar="N", type=seed, default=1, help="of everything that is drawn (default: 1)")
    made.add_argument("--out", metavar="FILE", default="", help="write the report with its section on validation")
    made.add_argument("--data", metavar="DIR", help="a folder of prices instead of the policy's own data")


def _sweep(verbs: Any, common: argparse.ArgumentParser) -> None:
    words = ("every variant of a policy over a grid", "trimtab sweep trend-overlay --grid signals.average.window=8M,10M,12M")
    made = _verb(verbs, common, "sweep", "sweep:sweep", words)
    made.add_argument("policy", metavar="POLICY", help=POLICY)
    text = "a key of the policy and its values; as often as there are keys to vary"
    made.add_argument("--grid", metavar="KEY=V1,V2", action="append", default=[], required=True, help=text)
    made.add_argument("--backend", choices=["loky", "dask", "ray"], default="loky", help="who works (default: loky, here)")
    made.add_argument("--address", metavar="A", default="", help="of the Dask or Ray cluster (default: one of its own, here)")
    made.add_argument("--workers", metavar="N", type=int, help="how many (default: 1 here, all of a cluster); 0: all cores")
    made.add_argument("--memory", metavar="SIZE", default="", help="what a worker may hold, as 2GB (default: a fair share)")
    made.add_argument("--patience", metavar="TIME", default="1h", help="for one part, as 90s or 1h (default: 1h)")
    text = "a folder or store that every worker can read: s3://bucket/folder, az://container/folder"
    made.add_argument("--data-at", metavar="PLACE", help=text)
    made.add_argument("--data", metavar="DIR", help="a folder of prices instead of the policy's own data")
    made.add_argument("--out", metavar="FILE", default="", help="copy the results to this Parquet file")
    made.add_argument("--top", metavar="N", type=int, default=10, help="how many of the best to show (default: 10)")


def _trials(verbs: Any, common: argparse.ArgumentParser) -> None:
    inner = _group(verbs, "trials", "what was tried in this workspace: every backtest and every variant of a sweep")
    words = ("every trial, and the deflated Sharpe ratio of the best", "trimtab trials list --limit 20")
    shown = _verb(inner, common, "list", "trials:list_trials", words)
    shown.add_argument("--limit", metavar="N", type=int, default=0, help="the last N rows (default: 0, all)")
    words = ("own up to trials that are missing; they count for good", 'trimtab trials accept-loss --reason "disk broke"')
    lost = _verb(inner, common, "accept-loss", "trials:accept_loss", words)
    lost.add_argument("--reason", metavar="TEXT", default="", help="why they are missing; it will be read later")


def _attribute(verbs: Any, common: argparse.ArgumentParser) -> None:
    words = ("where the difference from the benchmark came from", "trimtab attribute value-when-stressed --by class")
    made = _verb(verbs, reading_book(common), "attribute", "attribute:attribute", words)
    made.add_argument("target", metavar="TARGET", help=f"{POLICY}; the hash of a run; or an account of the book")
    made.add_argument(
        "--by", choices=["signal", "class", "sleeve", "factor"], default="signal", help="of what (default: signal)"
    )
    made.add_argument("--factors", metavar="FILE", help="of --by factor: a CSV of factor returns, a column each; rf among them")
    made.add_argument("--from", dest="first", metavar="DATE", help="from the first decision on or after this date")
    made.add_argument("--to", dest="until", metavar="DATE", help="to the last decision on or before this date")
    choices, text = ["carino", "menchero", "grap", "frongello"], "how periods are brought together (default: carino)"
    made.add_argument("--linking", choices=choices, default="carino", help=text)
    made.add_argument("--data", metavar="DIR", help="a folder of prices instead of the policy's own data")


def _metrics(verbs: Any, common: argparse.ArgumentParser) -> None:
    words = ("every figure of a run, or of any file of returns or prices", "trimtab metrics returns.csv --benchmark index.csv")
    made = _verb(verbs, common, "metrics", "metrics:metrics", words)
    made.add_argument("subject", metavar="FILE|RUN", help="a CSV or Parquet file with dates, or the hash of a run")
    made.add_argument("--benchmark", metavar="FILE", default="", help="a file of returns or prices to compare it with")
    made.add_argument("--rf", metavar="RATE|FILE", default="0", help="riskless rate a year, or a file of what bills returned")
    text = "another convention, such as sharpe=geometric or package=quantstats"
    made.add_argument("--convention", metavar="KEY=NAME", action="append", default=[], help=text)
    made.add_argument("--explain", action="store_true", help="say what each figure is, by which convention and formula")
    made.add_argument("--rolling", metavar="N", type=int, default=0, help="the main figures of the last N returns, by date")
    made.add_argument("--by", choices=["year", "month", "all"], default="all", help="the main figures of each year or month")
    text = "money paid in (below 0: taken out) by date; FILE then holds values, and three returns are shown"
    made.add_argument("--flows", metavar="FILE2", default="", help=text)
    text = "from when a flow is at work on its day (default: end)"
    made.add_argument("--timing", choices=["end", "start"], default="end", help=text)
    made.add_argument("--intervals", action="store_true", help="95 %% intervals of the main figures, by bootstrap")
    made.add_argument("--column", metavar="NAME", default="", help="of a file with several columns")
    kind = made.add_mutually_exclusive_group()
    kind.add_argument("--prices", action="store_true", help="the numbers are prices (default: as their size says)")
    kind.add_argument("--returns", action="store_true", help="the numbers are returns")
    made.add_argument("--drop", action="store_true", help="leave out dates without a return, instead of refusing them")


def _report(verbs: Any, common: argparse.ArgumentParser) -> None:
    words = ("the tear sheet of a run, or of any file of returns or prices", "trimtab report returns.csv --benchmark index.csv")
    made = _verb(verbs, common, "report", "report:report", words)
    made.add_argument("subject", metavar="RUN|FILE", help="hash of a run, or a CSV or Parquet file with dates")
    made.add_argument("--benchmark", metavar="FILE", default="", help="a file of returns or prices to compare it with")
    made.add_argument("--out", metavar="FILE", default="", help="the file (default: NAME-report.html, or in the run's folder)")
    made.add_argument("--pdf", action="store_true", help="print it as PDF too, with an installed Chromium or Chrome")
    made.add_argument("--client", action="store_true", help="in plain words, without what only the desk needs")
    made.add_argument("--live-start", metavar="DATE", default="", help="the date from which on the returns are real")
    made.add_argument("--title", metavar="TEXT", default="", help="what it is called (default: the policy's title, the column)")
    made.add_argument("--column", metavar="NAME", default="", help="of a file with several columns")
    kind = made.add_mutually_exclusive_group()
    kind.add_argument("--prices", action="store_true", help="the numbers are prices (default: as their size says)")
    kind.add_argument("--returns", action="store_true", help="the numbers are returns")
    made.add_argument("--drop", action="store_true", help="leave out dates on which the return is unknown")


def _capacity(verbs: Any, common: argparse.ArgumentParser) -> None:
    words = ("how much money a policy can run, and what would lift that", "trimtab capacity sixty-forty --data prices")
    able = _verb(verbs, common, "capacity", "capacity:capacity", words)
    able.add_argument("--share", metavar="X", type=float, default=0.10, help="of what a market trades in a day (default: 0.10)")
    able.add_argument("--days", metavar="N", type=float, default=1.0, help="over how many days a trade is spread (default: 1)")
    able.add_argument("--sizes", metavar="LIST", default="", help="money at which to cost it (default: 1e6,1e7,1e8,1e9,1e10)")
    text = "what a fund's basket, or its futures, trade in a day besides: SPY=5e9"
    able.add_argument("--basket", metavar="ASSET=MONEY", action="append", default=[], help=text)
    able.add_argument("policy", metavar="POLICY", help=POLICY)
    able.add_argument("--data", metavar="DIR", help="a folder of prices instead of the policy's own data")


def _policy(verbs: Any, common: argparse.ArgumentParser) -> None:
    inner = _group(verbs, "policy", "check, show, compare policy files; commit to them, promote and change them")
    words = ("read a policy and say whether it holds", "trimtab policy check policy.yaml")
    check = _verb(inner, common, "check", "policies:check", words)
    words = ("a policy in words, and its SHA-256", "trimtab policy show policy.yaml")
    show = _verb(inner, common, "show", "policies:show", words)
    for made in (check, show):
        made.add_argument("policy", metavar="POLICY", help=POLICY)
    words = ("what changed between two policies", "trimtab policy diff policy.yaml static-60-40")
    diff = _verb(inner, common, "diff", "policies:diff", words)
    diff.add_argument("policies", metavar="POLICY", nargs=2, help="policy files or names of samples")
    words = ("the JSON Schema of policy files, for editors", "trimtab policy schema")
    _verb(inner, common, "schema", "policies:schema", words)
    add_bundles(inner, common, Adding(_verb, _group))
    add_commitment(inner, common, Adding(_verb, _group))


def _own(verbs: Any, common: argparse.ArgumentParser) -> None:
    inner = _group(verbs, "new", "write a component of your own")
    words = ("write one file with one signal, to edit", "trimtab new signal MyValue")
    new = _verb(inner, common, "signal", "plugins:new_signal", words)
    new.add_argument("name", metavar="NAME", help="of the class, as MyValue or my_value")
    new.add_argument("--out", metavar="FILE", default="", help="the file to write (default: the name, my_value.py)")
    words = ("audit a component: shape, unknowns, look-ahead at every date", "trimtab check-signal my_value:MyValue")
    check = _verb(verbs, common, "check-signal", "plugins:check_signal", words)
    check.add_argument("component", metavar="COMPONENT", help="module:Class, of this folder too, or a name: trend")
    check.add_argument("--set", metavar="KEY=VALUE", action="append", default=[], help="a parameter, as in a policy file")
    roles = ["signals", "regimes", "forecasters"]
    check.add_argument("--role", choices=roles, default="signals", help="what it is (default: signals)")
    inner = _group(verbs, "plugins", "the components that a policy can name")
    words = ("every component by role, and whether it loads", "trimtab plugins list")
    _verb(inner, common, "list", "plugins:list_plugins", words)


def _group(verbs: Any, name: str, text: str) -> Any:
    """Verbs under a noun."""
    made = verbs.add_parser(name, help=text, description=text[:1].upper() + text[1:] + ".")
    return made.add_subparsers(title="verbs", metavar="VERB", required=True)
