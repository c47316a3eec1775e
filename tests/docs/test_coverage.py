"""Everything that a user can write or read is documented: keys, components, commands, names, codes and figures."""

import argparse
import inspect
import re
from collections.abc import Iterator
from dataclasses import fields, replace
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

import trimtab
from tests.docs.pages import ROOT, Page, missing
from trimtab.accounting.database import refusals
from trimtab.accounting.database.coding import ENTRY_KINDS
from trimtab.accounting.imports import columns, formats
from trimtab.accounting.imports.rows import Kind
from trimtab.accounting.taxes.uk import Band
from trimtab.accounting.taxes.us import UsFederal
from trimtab.construction.bands import To
from trimtab.construction.factor_tilt import Sized
from trimtab.construction.hierarchical import Distance
from trimtab.construction.limits import Of
from trimtab.construction.mixes import Risk
from trimtab.construction.overlay import Neutral
from trimtab.construction.rotation import Weigh
from trimtab.construction.scored import Negative
from trimtab.construction.turnover import Period
from trimtab.construction.volatility_target import Deleverage
from trimtab.core.calendar import Frequency
from trimtab.core.controls import Outcome
from trimtab.core.entries import Payout
from trimtab.core.errors import TrimtabError
from trimtab.core.frictions import Billing, FeeValue, LimitKind
from trimtab.core.households import Contract
from trimtab.core.orders import Cause, OrderKind, Status, TimeInForce, TradingState
from trimtab.core.rules import Rule, Severity
from trimtab.core.schedule import Dividends, Execution, Rounding, Schedule, TradeAt, Units
from trimtab.core.taxes import LotMethod, Wrapper
from trimtab.costs.adviser import Adviser, Tier
from trimtab.costs.financing import Cash
from trimtab.data.sample_catalogue import recipes
from trimtab.data.synthetic import Synthetic
from trimtab.desk import gallery, locating
from trimtab.desk.config import BOUND
from trimtab.desk.dealing import Liquidity
from trimtab.desk.exporting import FORMATS
from trimtab.desk.load import KEYS
from trimtab.desk.policy import Approval, Averages
from trimtab.desk.prepare import load_market
from trimtab.desk.registry import BUILT_IN, find
from trimtab.desk.tax_reading import OWN
from trimtab.desk.taxation import Taxation
from trimtab.desk.venues import SETTINGS
from trimtab.execution.checks import ALWAYS
from trimtab.execution.controls import DEFAULTS
from trimtab.execution.exports.column_map import _COLUMN_KEYS, _MAP_KEYS, ENCODINGS, Allocations
from trimtab.execution.exports.fields import EVERY
from trimtab.execution.fill_files.columns import COLUMNS as FILL_COLUMNS
from trimtab.execution.netting import Crossing
from trimtab.governance.changes import Terms
from trimtab.governance.overrides import Bounds
from trimtab.governance.review_plan import ReviewPlan
from trimtab.numerics.definitions import DEFINITIONS
from trimtab.numerics.linkage import Linkage
from trimtab.signals.volatility_managed import Power
from trimtab.surfaces.cli import order_verbs
from trimtab.surfaces.cli.verbs import parser

POLICY, COMMANDS = Page.of("docs/policy-file.md"), Page.of("docs/command-line.md")
SOURCES = {
    "folder": "Your own folder",
    "samples": "Samples",
    "synthetic": "Generated series",
    "store": "A market store",
}
ROLES = {  # where the components of a role stand, and under which heading
    "sources": ("docs/data.md", SOURCES),
    "vendors": ("docs/sources.md", {}),
    "signals": ("docs/signals.md", {}),
    "combiners": ("docs/signals.md", {}),
    "allocators": ("docs/construction.md", {}),
    "sleeves": ("docs/blends.md", {}),
    "mixes": ("docs/blends.md", {}),
    "reachers": ("docs/reachers.md", {}),
    "limits": ("docs/limits.md", {}),
    "costs": ("docs/costs.md", {}),
    "holding": ("docs/costs.md", {"sum": "`holding: sum`"}),
    "fees": ("docs/fees.md", {}),
    "taxes": ("docs/taxes.md", {}),
    "regimes": ("docs/regimes.md", {}),
    "forecasters": ("docs/forecasts.md", {}),
    "controls": ("docs/gate.md", {}),
}
RISK, TILTS, BLENDS = "docs/risk-parity.md", "docs/factor-tilts.md", "docs/blends.md"
FRAMEWORKS = {  # allocators that stand on another page than the rest
    "inverse_volatility": RISK,
    "risk_parity": RISK,
    "hierarchical_risk_parity": RISK,
    "volatility_target": RISK,
    "factor_tilt": TILTS,
    "exposure_tilt": TILTS,
    "blend": BLENDS,
}
COMPONENTS = [(role, name) for role, known in BUILT_IN.items() for name in known]


def parameters(kind: Any) -> list[str]:
    return [field.name for field in fields(kind) if field.init and field.name not in BOUND]


def test_every_policy_key():
    assert not missing(KEYS, POLICY.section("Keys").rows)


@pytest.mark.parametrize(("role", "name"), COMPONENTS, ids=["-".join(pair) for pair in COMPONENTS])
def test_every_component_and_parameter(role: str, name: str):
    page, titles = ROLES[role]
    page = FRAMEWORKS.get(name, page) if role == "allocators" else page
    part = Page.of(page).section(titles.get(name, f"`{name}`"))
    assert part.text, f"{page} has no heading for {name}"
    assert not missing(parameters(find(role, name)), part.rows)


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        (Cash, "`cash`"),
        (Liquidity, "`liquidity`"),
        (Schedule, "`schedule`"),
        (Execution, "`execution`"),
        (Rule, "How it is decided"),
        (Approval, "`approval`"),
        (Bounds, "`overrides`"),
        (ReviewPlan, "`review`"),
        (Terms, "`changes`"),
    ],
)
def test_every_part_of_a_policy(kind: type, title: str):
    assert not missing(parameters(kind), POLICY.section(title).rows)


@pytest.mark.parametrize("choices", [Frequency, TradeAt, Units, Dividends, Rounding, Averages, Severity])
def test_every_choice_in_a_policy(choices: type[Enum]):
    assert not missing((choice.value for choice in choices), POLICY.words)


@pytest.mark.parametrize("choices", [Of, Period])
def test_every_choice_in_a_limit(choices: type[Enum]):
    assert not missing((choice.value for choice in choices), Page.of("docs/limits.md").words)


def test_every_end_of_a_trade_and_every_kind_of_limit():
    assert not missing((choice.value for choice in To), Page.of("docs/reachers.md").section("`pace`").words)
    kinds = Page.of("docs/limits.md").section("Which one for what").text
    assert not [kind.value for kind in LimitKind if kind.value not in kinds]


def test_every_part_of_the_key_tax_and_of_a_tier():
    for page, title in ((POLICY, "`tax`"), (Page.of("docs/taxes.md"), "The key `tax`")):
        assert not missing(OWN, page.section(title).rows)
    assert not missing(parameters(Tier), Page.of("docs/fees.md").section("`adviser`").words)


def test_every_part_of_the_deleveraging_rule():
    assert not missing(parameters(Deleverage), Page.of(RISK).section("`volatility_target`").rows)


@pytest.mark.parametrize(
    ("page", "choices"),
    [
        ("docs/construction.md", (Neutral, Weigh, Negative)),
        (RISK, (Distance, Linkage)),
        (TILTS, (Sized,)),
        (BLENDS, (Risk,)),
        ("docs/signals.md", (Power,)),
        ("docs/taxes.md", (Payout, Wrapper, LotMethod, Band)),
        ("docs/fees.md", (FeeValue, Billing)),
        ("docs/policy-file.md", (Payout, Wrapper, LotMethod)),
    ],
)
def test_every_choice_of_one_kind(page: str, choices: tuple[type[Enum], ...]):
    assert not missing((one.value for choice in choices for one in choice), Page.of(page).words)


def commands(tree: argparse.ArgumentParser, path: tuple[str, ...] = ()) -> Iterator[tuple[str, list[str]]]:
    """Each command with its options."""
    inner = [action for action in tree._actions if isinstance(action, argparse._SubParsersAction)]
    if not inner:
        yield " ".join(path), [action.option_strings[-1] for action in tree._actions if action.option_strings]
    for action in inner:
        for name, branch in action.choices.items():
            yield from commands(branch, (*path, name))


def options(page: Page) -> set[str]:
    return {row.split()[0] for row in page.rows}


@pytest.mark.parametrize(("verb", "known"), [pytest.param(*found, id=found[0]) for found in commands(parser())])
def test_every_command_and_option(verb: str, known: list[str]):
    part = COMMANDS.section(f"`{verb}`")
    assert part.text, f"docs/command-line.md has no heading for {verb}"
    assert not missing(known, options(part) | options(COMMANDS.section("Options of every command")))
    assert verb.split()[-1] in " ".join(Page.of("README.md").section("Commands").words)


def test_every_public_name():
    page = Page.of("docs/python-api.md")
    heads = {re.split(r"[(`]", head.removeprefix("`trimtab."))[0] for head in page.headings}
    assert not missing(trimtab.__all__, heads)
    for name in (
        *("Backtest", "Book", "Capacity", "Commitments", "Orders", "Overrides", "Reviews", "Store", "TearSheet"),
        "Workspace",
    ):
        kind = getattr(trimtab, name)
        public = [attribute for attribute in dir(kind) if not attribute.startswith("_")]
        part = next(page.section(head) for head in page.headings if head.startswith(f"`trimtab.{name}"))
        assert not missing(public, {row.split("(")[0] for row in part.rows})
    for name in ("backtest", "capacity"):
        part = next(page.section(head) for head in page.headings if head.startswith(f"`trimtab.{name}("))
        assert not missing(inspect.signature(getattr(trimtab, name)).parameters, part.rows)


def test_the_readme_counts_what_there_is():
    spelled = {4: "four", 7: "seven", 9: "nine", 14: "Fourteen", 17: "Seventeen", 19: "Nineteen", 25: "Twenty-five"}
    text = " ".join(Page.of("README.md").text.split())
    silent = {"regimes", "forecasters"}  # `none` is no regime, and no forecast
    for role, words in (
        ("signals", "signals"),
        ("combiners", "ways to combine them"),
        ("regimes", "regimes"),
        ("forecasters", "forecasters"),
        ("allocators", "allocators"),
        ("limits", "limits"),
    ):
        assert f"{spelled[len(BUILT_IN[role]) - (role in silent)]} {words}" in text, role
    assert f"{spelled[len(gallery.shelf())]} policies known by name" in text


def test_every_error_and_exit_code():
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    assert not missing(re.findall(r"TT-[A-Z]{3}-\d{3}", source), COMMANDS.section("Errors").rows)
    for page in (COMMANDS.section("Exit codes"), Page.of("README.md").section("Commands")):
        assert re.findall(r"^\| (\d) \|", page.text, re.MULTILINE) == list("0123456")


def test_every_way_to_import():
    page = Page.of("docs/importing.md")
    names = [one.name for one in formats.FORMATS]
    assert not missing(names, page.section("Formats").rows)
    assert not [name for name in names if not page.section(f"`{name}`").text]
    kinds = [kind.value for kind in Kind if kind not in (Kind.ADJUSTMENT, Kind.CANCEL, Kind.NOTE)]  # our own export alone
    assert not missing([*columns.COLUMNS, *kinds], page.section("Fields").rows)


def test_every_word_of_the_book():
    page = Page.of("docs/book.md")
    assert not missing(ENTRY_KINDS, page.section("Entries").rows)
    assert not missing((method.value for method in LotMethod), page.section("Holdings, lots, gains").rows)
    assert not missing((wrapper.value for wrapper in Wrapper), page.section("Households, accounts, sleeves").rows)
    assert not missing((kind.value for kind in Contract), COMMANDS.section("`book instrument`").words)
    assert not missing((*locating._KEYS, *locating._SLEEVE, *locating._PLACE), page.words)


def test_every_word_of_an_order():
    page = Page.of("docs/orders.md")
    assert not missing((status.value for status in Status), page.section("Statuses").rows)
    assert not missing((one.value for kind in (OrderKind, TimeInForce) for one in kind), page.section("Orders by hand").words)
    halted = page.section("Halted accounts")
    assert not missing((one.value for kind in (TradingState, Cause) for one in kind), halted.rows)
    assert not missing((one.value for one in Crossing), COMMANDS.section("`orders block`").words)
    written = " ".join(COMMANDS.section("`orders list`").text.split() + page.text.split())
    assert not [name for name in order_verbs.BROKERS if name not in written + COMMANDS.section("`orders send`").text]


def test_every_check_and_control_that_comes_with_trimtab():
    page = Page.of("docs/gate.md")
    assert not missing((check.name for check in ALWAYS), page.section("What is always checked").rows)
    assert not missing((ruled.id for ruled in DEFAULTS), page.section("Controls").rows)
    assert not [one.name for one in Outcome if f"| {one.name} |" not in page.text]


def test_every_form_and_field_of_a_file_of_orders_or_fills():
    page = Page.of("docs/exports.md")
    assert not missing(FORMATS, page.rows)
    assert not missing(EVERY, page.words)
    assert not missing(_MAP_KEYS | _COLUMN_KEYS, page.section("A map of your own").rows)
    assert not missing((*ENCODINGS, *(one.value for one in Allocations)), page.section("A map of your own").words)
    assert not missing(FILL_COLUMNS, page.section("Fills come back").rows)


def test_every_setting_and_variable_of_a_broker():
    page = Page.of("docs/brokers.md")
    assert not missing(SETTINGS, page.section("The paper broker").rows)
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src/trimtab/execution/brokers").glob("*.py"))
    named = set(re.findall(r"TRIMTAB_[A-Z_]+[A-Z]", source))
    assert named <= page.section("Credentials").rows
    assert len(named) > 7


def test_every_refusal_of_a_book_with_its_exit_code():
    for kind in vars(refusals).values():
        if isinstance(kind, type) and issubclass(kind, TrimtabError) and kind.__module__ == refusals.__name__:
            row = next(line for line in COMMANDS.section("Errors").text.splitlines() if f"`{kind.code}`" in line)
            assert f"exit code {kind.exit_code} " in row or "exit code" not in row, kind.code


def test_every_sample():
    assert not missing(recipes(), Page.of("docs/data.md").section("Samples").rows)
    text = Page.of("README.md").text + Page.of("docs/quickstart.md").text + Page.of("docs/gallery.md").text
    assert not [name for name in gallery.samples() if name not in text]


def figure_table() -> str:
    """The table of figures as docs/report.md holds it."""
    rows = [f"| {d.name} | {d.sentence} | `{d.formula.replace('|', chr(92) + '|')}` |" for d in DEFINITIONS.values()]
    return "\n".join(["| figure | what it says | formula |", "|---|---|---|", *rows])


def test_every_figure_as_the_program_defines_it():
    assert figure_table() in Page.of("docs/report.md").text


@pytest.mark.parametrize("taken", [False, True], ids=["plain", "taxed and charged"])
def test_every_section_of_the_report(tmp_path: Path, taken: bool):
    policy = replace(gallery.named("trend-overlay"), data=Synthetic())
    if taken:
        law = UsFederal(short=0.4, long=0.2, ordinary=0.4, qualified=0.2)
        policy = replace(policy, tax=Taxation(law), fees=(Adviser((Tier(0.01),)),))
    page = trimtab.backtest(policy, load_market(policy)).report(tmp_path / "report.html").read_text(encoding="utf-8")
    shown = re.findall(r'<section[^>]*\bid="([a-z-]+)"', page)
    text = Page.of("docs/report.md").section("Sections").text.lower()
    assert len(shown) > 5
    assert {"taxes", "fees"} <= set(shown) if taken else not {"taxes", "fees"} & set(shown)
    assert not [name for name in shown if name not in text]


PAGES = sorted(str(path.relative_to(ROOT)) for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str):
    assert not [target for target in Page.of(page).links if not ((ROOT / page).parent / target).exists()]


def test_pictures_are_small():
    assert not [path for path in (ROOT / "docs").rglob("*.png") if path.stat().st_size > 300_000]


def test_a_missing_row_is_found():
    page = Page("# A\n\n## `one`\n\n| key | value |\n|---|---|\n| `x` | 1 |\n\n## `two`\n\n| `y`, `z` | 2 |\n")
    assert missing(["x", "y"], page.section("`one`").rows) == ["y"]
    assert not missing(["x", "y", "z"], page.rows)
    assert not page.section("`three`").text
