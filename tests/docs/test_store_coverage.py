"""Everything about a market store that a user can meet is documented: tables, columns, checks, thresholds, keys, kinds."""

from __future__ import annotations

import argparse
import inspect
import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from tests.docs.pages import Page, missing
from trimtab.core.errors import PolicyError
from trimtab.data.delisting import DelistingReturns
from trimtab.data.history import ActionKind, Kind
from trimtab.data.quality.detector import Detector
from trimtab.data.quality.findings import Outcome
from trimtab.data.quality.settings import DETECTORS
from trimtab.data.sources.folder import ENDINGS
from trimtab.data.sources.keys import VARIABLES
from trimtab.data.sources.release_lags import LAG_DAYS
from trimtab.data.sources.shiller import SERIES
from trimtab.data.sources.wire import Patience
from trimtab.data.store.fact_cells import REASONS
from trimtab.data.store.facts import FACTS
from trimtab.data.store.query import LATEST, answer
from trimtab.data.store.store import Store
from trimtab.data.store.tables import KEYS, OBSERVATIONS, TABLES
from trimtab.data.store.verdicts import QUARANTINE, RELEASE, REPAIR
from trimtab.desk.feeds import Feed, chosen
from trimtab.desk.registry import BUILT_IN
from trimtab.surfaces.cli.verbs import parser

STORE, SOURCES, QUALITY = Page.of("docs/store.md"), Page.of("docs/sources.md"), Page.of("docs/quality.md")
CODES = [f"A{number}" for number in range(1, 18)]


def columns(folder: Path, table: str) -> list[str]:
    """The columns of a table as SQL shows them."""
    store = Store.create(folder / "market")
    return answer(store.root, store.manifest(), f"SELECT * FROM {table}")[0]  # noqa: S608 - our own names


@pytest.mark.parametrize("table", [OBSERVATIONS, *TABLES])
def test_every_table_and_column(table: str, tmp_path: Path):
    part = STORE.section(f"`{table}`")
    assert part.text, f"docs/store.md has no heading for {table}"
    known = columns(tmp_path, table)
    assert known == list(TABLES.get(table, known))
    assert not missing(known, part.rows)
    assert not missing(part.rows, known), "the page has columns that do not exist"


@pytest.mark.parametrize("table", KEYS)
def test_the_key_of_a_table(table: str):
    said = re.search(r"Key: ([^.]*)\.", STORE.section(f"`{table}`").text)
    assert said is not None
    assert tuple(re.findall(r"`(\w+)`", said[1])) == KEYS[table]


def test_the_view_of_what_holds_is_named():
    assert LATEST in STORE.section("Ask in SQL").words


def test_every_fact_and_verdict():
    assert not missing(FACTS, Page.of("docs/command-line.md").section("`data add`").words)
    assert not missing((QUARANTINE, REPAIR, RELEASE), STORE.section("Quarantine, repair, release").rows)


@pytest.mark.parametrize("detector", DETECTORS, ids=[detector.name for detector in DETECTORS])
def test_every_detector_and_threshold(detector: Detector):
    part = QUALITY.section(f"`{detector.name}`")
    assert part.text, f"docs/quality.md has no heading for {detector.name}"
    assert shown(part) == {field.name: getattr(detector, field.name) for field in fields(detector)}  # type: ignore[arg-type]


def shown(part: Page) -> Mapping[str, float]:
    """Thresholds and their defaults as the table of a detector has them."""
    rows = re.findall(r"^\| `(\w+)` \|.*\| `([\d./]+)` \|$", part.text, re.MULTILINE)
    return {name: number(value) for name, value in rows}


def number(text: str) -> float:
    """`2/3` and `0.25` as numbers."""
    over, _, under = text.partition("/")
    return float(over) / float(under or 1)


def test_detectors_stand_in_the_order_in_which_they_run():
    named = [head.strip("`") for head in QUALITY.section("Detectors").headings]
    assert named == [detector.name for detector in DETECTORS]


def test_every_code_and_outcome():
    assert not missing(CODES, QUALITY.section("Kinds of failure").rows)
    assert not missing((outcome.value for outcome in Outcome), QUALITY.section("What happens to a finding").rows)
    told = " ".join(inspect.getsource(inspect.getmodule(type(one))) for one in DETECTORS)  # type: ignore[arg-type]
    assert not missing(re.findall(r'Verdict\("(A\d+)"', told), CODES)


@pytest.mark.parametrize(("vendor", "variable"), VARIABLES.items())
def test_every_key(vendor: str, variable: str):
    assert variable in SOURCES.section("Keys").rows
    assert variable in SOURCES.section(f"`{vendor}`").words


def test_every_vendor_stands_in_the_overview_with_a_command():
    assert not missing(BUILT_IN["vendors"], SOURCES.rows)
    text = (Path(__file__).parents[2] / "docs/sources.md").read_text(encoding="utf-8")
    assert not [name for name in BUILT_IN["vendors"] if f"trimtab data add {name} " not in text]


def test_the_commands_that_the_page_only_shows_can_be_typed():
    text = (Path(__file__).parents[2] / "docs/sources.md").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = re.findall(r"^trimtab (data [^#\n]*)", text, re.MULTILINE)
    assert len(lines) > 15
    for line in lines:
        options = parsed(parser(), line)
        if options.run == "market:add_feed":
            feed_of(options).component()


def parsed(tree: argparse.ArgumentParser, line: str) -> argparse.Namespace:
    return tree.parse_args(shlex.split(line))


def feed_of(options: argparse.Namespace) -> Feed:
    """The feed that `data add` makes of its options, from nowhere fetched."""
    source: dict[str, Any] = {"use": options.source}
    for key, _, value in (pair.partition("=") for pair in options.set):
        source[key] = json.loads(value) if value[:1] in "{t" and value[-1:] in "}e" else value
    return Feed("shown", source, chosen(options.series))


def test_a_command_that_cannot_be_typed_is_found(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(PolicyError, match="outputs"):
        feed_of(parsed(parser(), "data add alpha_vantage --series SPY --set outputs=compact")).component()
    with pytest.raises(SystemExit):
        parsed(parser(), "data add fred --serie DGS10 --sets x=1")
    assert "unrecognized" in capsys.readouterr().err


def test_every_part_of_patience_and_its_default():
    part = SOURCES.section("Vendors over HTTP")
    assert not missing((field.name for field in fields(Patience)), part.rows)
    for name in ("tries", "pause", "longest_pause", "connect", "silence", "answer"):
        said = re.search(rf"^\| `{name}` \|.*\| `([\d.]+)` \|$", part.text, re.MULTILINE)
        assert said is not None
        assert float(said[1]) == getattr(Patience(), name)


def test_every_publication_lag():
    text = SOURCES.section("When a value counts as known").text
    words = {1: "one", 5: "five", 12: "twelve"}
    for frequency, days in LAG_DAYS.items():
        assert re.search(rf"{frequency} \| {words.get(days, days)} business day", text), frequency


def test_every_series_of_shiller():
    assert not missing(SERIES, SOURCES.section("`shiller`").rows)


def test_every_corporate_action_and_reason():
    part = SOURCES.section("Corporate actions")
    assert not missing((kind.value for kind in ActionKind), part.rows)
    assert not missing(REASONS, part.rows)
    returns = DelistingReturns()
    for assumed in (returns.performance, returns.nasdaq, returns.unknown):
        assert f"{assumed:.0%}".replace("%", " %") in part.text


def test_every_kind_of_series_and_of_file():
    assert not missing((kind.value for kind in Kind), STORE.section("`series`").words)
    assert not missing(ENDINGS, Page.of("docs/data.md").section("Your own folder").words)


def test_a_missing_threshold_is_found():
    part = Page("| threshold | means | default |\n|---|---|---|\n| `sigmas` | usual moves | `8` |\n")
    assert shown(part) == {"sigmas": 8.0}
    assert shown(Page("| `share` | of peers | `2/3` |\n")) == {"share": 2.0 / 3.0}
    assert shown(Page("| `sigmas` | usual moves | 8 |\n")) == {}
