"""A policy file, read or refused: every fault is one line with file:line:col, what is wrong and what to do."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trimtab.core.errors import PolicyError, UsageError
from trimtab.core.rules import Severity
from trimtab.core.terms import Span, Step
from trimtab.desk.load import load_policy, policy_from
from trimtab.desk.yaml12 import LIMIT_BYTES

TEXT = """\
trimtab: 1
name: mine
base_currency: USD
since: 2001-01-02
data: {use: folder, path: prices}
universe:
  US_EQ: {series: us, class: equity}
  BONDS: {series: bd, class: bonds}
benchmark: {US_EQ: 0.60, BONDS: 0.40}
signals:
  trend: {use: trend, window: 10M, band: 0.02}
  move: {use: momentum, lookback: 12M, assets: [US_EQ]}
combine: {use: vote}
allocator: {use: overlay, tilt: 0.10, funding: [BONDS]}
reacher: {use: pace, band: 0.01}
rules:
  - limit: {use: max_tilt, at_most: 0.10}
    id: IPS-4.1
    effective_from: 2020-01-01
    severity: warn
  - {use: max_turnover, at_most: 0.20}
costs: {use: linear, bps: 5}
schedule: {decide: month-end, trade: next_open}
execution: {minimum: 200 USD, units: whole}
capital: 1_000_000 USD
"""

FAULTS = [
    # top level
    ("trimtab: 1", "trimtab: 2", "1:10 the format version is missing or unknown. Begin the file with `trimtab: 1`."),
    ("name: mine", "name:", "2:6 the policy has no name. Add for example `name: my-policy`."),
    ("name: mine", "nam: mine", "2:1 unknown key nam. Did you mean name?"),
    ("since: 2001-01-02", "sinc: 2001-01-02", "4:1 unknown key sinc. Did you mean since?"),
    ("since: 2001-01-02", "since: 02/01/2001", "4:8 since is '02/01/2001', not a date. Write it as 1990-01-31."),
    ("since: 2001-01-02", "since: 2001-02-30", "4:8 since is '2001-02-30', not a date."),
    ("since: 2001-01-02", "since: 2001", "4:8 since is 2001, not a date."),
    ("since: 2001-01-02\n", "", "1:1 trend remembers its past, and the policy has no `since`."),
    ("since: 2001-01-02", "since: 2001-01-02\nend: 2000-01-01", "5:6 end 2000-01-01 is not after since 2001-01-02."),
    ("since: 2001-01-02", "start: 2001-01-02\nend: 2001-01-02\nsince: 2000-01-01", "5:6 end 2001-01-02 is not after start"),
    ("base_currency: USD", "base_currency: usd", "3:16 'usd' is not a currency. Use an ISO code such as USD or EUR."),
    ("base_currency: USD", "base_currency: EUR", "25:10 capital is 1000000 USD. Give an amount above 0 in EUR."),
    ("capital: 1_000_000 USD", "capital: 0 USD", "25:10 capital is 0 USD. Give an amount above 0 in USD."),
    ("capital: 1_000_000 USD", "capital: 1000000", "25:10 1000000 is not an amount of money. Money has a currency"),
    ("capital: 1_000_000 USD", "stale_days: 1.5", "25:13 stale_days is 1.5. Give a whole number of business days"),
    ("capital: 1_000_000 USD", "stale_days: true", "25:13 stale_days is True."),
    ("capital: 1_000_000 USD", "averages: yes", "25:11 averages is 'yes'. Use one of 'refused' or 'allowed'."),
    ("capital: 1_000_000 USD", "title: [a]", "25:8 title is ['a']. Write it as text."),
    # universe and benchmark
    (
        "  US_EQ: {series: us, class: equity}",
        "  US_EQ: {serie: us}",
        "7:11 unknown key universe.US_EQ.serie. Did you mean",
    ),
    ("  US_EQ: {series: us, class: equity}", "  US_EQ: {series: 7}", "7:19 universe.US_EQ.series is 7. Write it as text."),
    ("  US_EQ: {series: us, class: equity}", "  US_EQ: us", "7:10 universe.US_EQ must be a mapping."),
    ("  BONDS: {series: bd, class: bonds}", "  cash: {series: bd}", "8:3 cash is not an asset: it is what the weights leave."),
    ("US_EQ: 0.60,", "US_EQ: 60,", "9:20 benchmark.US_EQ is 60, above 1.0. Weights are fractions: did you mean 0.60?"),
    ("US_EQ: 0.60,", "US_EQ: 2.5,", "9:20 benchmark.US_EQ is 2.5, above 1.0. Weights are fractions: did you mean 0.025?"),
    ("US_EQ: 0.60,", "US_EQ: 60%,", "9:20 benchmark.US_EQ is '60%', not a number."),
    ("US_EQ: 0.60,", "US_EQ: true,", "9:20 benchmark.US_EQ is True, not a number."),
    ("US_EQ: 0.60,", "US_EQ: .nan,", "9:20 benchmark.US_EQ is '.nan', not a number."),
    ("US_EQ: 0.60,", "US_EQ: -0.1,", "9:20 benchmark.US_EQ is -0.1, below 0."),
    (
        "US_EQ: 0.60,",
        "US_EQ: 1.0,",
        "9:12 the benchmark weights sum to 1.4. Weights may sum to 1 at most",
    ),
    ("US_EQ: 0.60,", "US_EC: 0.60,", "9:13 unknown key benchmark.US_EC. Did you mean US_EQ?"),
    ("{US_EQ: 0.60, BONDS: 0.40}", "{}", "9:12 the benchmark is missing. Add the strategic weights"),
    # components
    ("window: 10M", "windw: 10M", "11:23 unknown key signals.trend.windw. Did you mean window?"),
    ("window: 10M", "window: 10", "11:31 10 is not a duration. Durations carry units: 10M (months)"),
    ("window: 10M", "window: 1M", "11:31 signals.trend.window 1M is the price itself. Give a window of at least two rows"),
    ("band: 0.02", "band: 2", "11:42 signals.trend.band is 2, above 1.0. Weights are fractions: did you mean 0.02?"),
    ("band: 0.02", "band: '0.02'", "11:42 signals.trend.band is '0.02', not a number. Write a plain number, such as 0.40."),
    ("band: 0.02", "band: on", "11:42 signals.trend.band is 'on', not a number."),
    ("band: 0.02", "band: true", "11:42 signals.trend.band is True, not a number."),
    ("use: trend", "use: trnd", "11:16 'trnd' is none of the signals. Did you mean trend?"),
    ("use: trend", "use: xyz", "11:16 'xyz' is none of the signals. Known: carry, crossover"),
    ("use: trend", "use: os:getcwd", "11:16 'os:getcwd' is no dataclass. A component is a frozen dataclass"),
    ("{use: trend,", "{", "11:10 signals.trend names no component. Write for example {use: trend, window: 10M}."),
    ("trend: {use: trend, window: 10M, band: 0.02}", "trend: trend", "11:10 signals.trend must be a mapping."),
    ("assets: [US_EQ]", "assets: [US]", "12:49 'US' is not in the universe. Known: US_EQ, BONDS."),
    ("assets: [US_EQ]", "assets: US_EQ", "12:48 signals.move.assets is 'US_EQ': input should be a valid tuple. Write a list"),
    ("tilt: 0.10", "tilt: 10", "14:33 allocator.tilt is 10, above 1.0. Weights are fractions: did you mean 0.10?"),
    ("funding: [BONDS]", "funding: [BOND]", "14:48 allocator.funding: 'BOND' is no asset or class of the universe."),
    ("use: pace", "use: pase", "15:16 'pase' is none of the reachers. Did you mean pace?"),
    ("bps: 5", "bps: 5000", "22:27 costs.bps is 5000, above 1000.0. Give a value at most 1000.0."),
    ("bps: 5", "bps: -1", "22:27 costs.bps is -1, below 0.0. Give a value at least 0.0."),
    ("bps: 5", "minimum_ticket: 5 EUR", "22:38 costs.minimum_ticket is 5 EUR, the account is in USD. Give an amount in USD."),
    # rules
    (
        "at_most: 0.10",
        "at_most: 10",
        "17:37 rules[0].limit.at_most is 10, above 1.0. Weights are fractions: did you mean",
    ),
    (", at_most: 0.10", "", "17:12 rules[0].limit.at_most is missing. Add at_most: ... to rules[0].limit."),
    ("severity: warn", "severity: wran", "20:15 rules[0].severity is 'wran'. Use one of 'warn' or 'block'. Did you mean warn?"),
    ("severity: warn", "sevrity: warn", "20:5 unknown key rules[0].sevrity. Did you mean severity?"),
    ("effective_from: 2020-01-01", "effective_from: 1.1.2020", "19:21 rules[0].effective_from is '1.1.2020'"),
    ("id: IPS-4.1", "id: 4.1", "18:9 rules[0].id is 4.1: input should be a valid string. Put it in quotes."),
    (
        "  - {use: max_turnover, at_most: 0.20}",
        "  - {use: min_weight, at_least: 0.60}",
        "21:5 the rules cannot all be met: Each asset at least 60 % leaves no portfolio.",
    ),
    # sections
    ("decide: month-end", "decide: monthly", "23:20 schedule.decide is 'monthly'. Use one of"),
    ("trade: next_open", "trade: next-open", "23:38 schedule.trade is 'next-open'."),
    ("trade: next_open", "trade: next_open, cut_off: 48h", "23:58 a cut-off of 48h after the close is out of range."),
    ("trade: next_open", "trade: next_open, offset: 21", "23:57 schedule.offset is 21, above 20. Give a value at most 20"),
    ("trade: next_open", "trade: next_open, offset: 2.5", "23:57 schedule.offset is 2.5: input should be a valid integer"),
    ("trade: next_open", "trade: next_observation, lag: 1", "23:61 schedule.lag is 1 with trade: next_observation. Leave"),
    ("decide: month-end", "decide: daily, offset: 1", "23:35 schedule.offset is 1, and every day has a decision of its own."),
    ("minimum: 200 USD", "minimum: 200", "24:22 200 is not an amount of money."),
    ("minimum: 200 USD", "minimum: 200 CHF", "24:22 execution.minimum is 200 CHF, the account is in USD."),
    ("minimum: 200 USD", "minimum: -5 USD", "24:22 execution.minimum is -5 USD, below 0."),
    ("minimum: 200 USD", "digits: 13", "24:21 execution.digits is 13, outside 0 to 12."),
    ("minimum: 200 USD", "digits: 1.5", "24:21 execution.digits is 1.5: input should be a valid integer"),
    ("units: whole", "units: half", "24:38 execution.units is 'half'. Use one of 'fractional' or 'whole'."),
    ("path: prices", "pth: prices", "5:21 unknown key data.pth. Did you mean path?"),
    (", path: prices", "", "5:7 data.path is missing. Add path: ... to data."),
]


@pytest.mark.parametrize(("old", "new", "said"), FAULTS, ids=[new.strip()[:40] or old[:40] for old, new, _ in FAULTS])
def test_a_fault_is_one_line_with_its_place_and_remedy(old: str, new: str, said: str, tmp_path: Path) -> None:
    assert TEXT.count(old) == 1
    file = tmp_path / "mine.yaml"
    file.write_text(TEXT.replace(old, new), encoding="utf-8")
    with pytest.raises(PolicyError) as caught:
        load_policy(file)
    line = str(caught.value).removeprefix(f"{file}:")
    assert line.startswith(said)
    assert caught.value.remedy
    assert caught.value.exit_code == 2
    assert len(line.splitlines()) == 1


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("window: 10M", "windw: 10M", "TT-POL-012"),
        ("use: trend", "use: trnd", "TT-POL-011"),
        ("US_EQ: 0.60,", "US_EQ: 1.0,", "TT-POL-013"),
        ("US_EQ: 0.60,", "US_EQ: 60,", "TT-POL-010"),
        ("trimtab: 1", "trimtab: 1\ntrimtab: 1", "TT-POL-002"),
    ],
)
def test_codes_are_stable(old: str, new: str, code: str) -> None:
    from trimtab.desk.load import read_policy
    from trimtab.desk.yaml12 import parse

    with pytest.raises(PolicyError) as caught:
        read_policy(parse(TEXT.replace(old, new), "p.yaml"))
    assert caught.value.code == code


def test_the_file_as_it_stands_is_the_policy_it_says(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(TEXT, encoding="utf-8")
    policy = load_policy(file)
    assert policy.name == policy.title == "mine"
    assert [(a.id, a.series, a.asset_class) for a in policy.universe] == [("US_EQ", "us", "equity"), ("BONDS", "bd", "bonds")]
    assert policy.benchmark.tolist() == [0.6, 0.4]
    assert list(policy.signals) == ["trend", "move"]
    assert policy.signals["trend"].window == Span(10, Step.MONTH)  # type: ignore[attr-defined]
    assert policy.allocator.benchmark == (0.6, 0.4)  # type: ignore[attr-defined]  # bound by the policy
    assert [(rule.id, rule.severity) for rule in policy.rules.rules] == [("IPS-4.1", Severity.WARN), ("", Severity.BLOCK)]
    assert policy.lotting.minimum == Decimal(200)
    assert (policy.digits, policy.currency.code) == (0, "USD")
    assert policy.data.path == str(tmp_path / "prices")  # relative to the file, wherever the command runs
    assert policy.identity.source == TEXT


def test_marks_of_other_editors_are_no_fault(tmp_path: Path) -> None:
    plain, marked = tmp_path / "plain.yaml", tmp_path / "marked.yaml"
    plain.write_text(TEXT, encoding="utf-8")
    marked.write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())
    assert load_policy(marked).sha256 == load_policy(plain).sha256


def test_files_that_cannot_be_read_are_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot read the policy .*: No such file or directory\. Check the name"):
        load_policy(tmp_path / "none.yaml")
    with pytest.raises(UsageError, match=r"cannot read the policy"):
        load_policy(tmp_path)
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(PolicyError, match="the file is not UTF-8 text") as caught:
        load_policy(binary)
    assert caught.value.where == str(binary)
    huge = tmp_path / "huge.yaml"
    huge.write_bytes(b"#" * (LIMIT_BYTES + 10))
    with pytest.raises(PolicyError, match="more than 1000000 bytes"):
        load_policy(huge)
    for text in ("", "# nothing\n", "- a\n", "just text\n"):
        huge.write_text(text, encoding="utf-8")
        with pytest.raises(PolicyError, match="this file holds no policy"):
            load_policy(huge)


MINIMAL: dict[str, Any] = {"trimtab": 1, "name": "p", "universe": {"A": None}, "benchmark": {"A": 1.0}}


def test_what_a_file_may_leave_out() -> None:
    policy = policy_from(MINIMAL)
    assert policy.universe[0].series == "A"
    assert type(policy.allocator).__name__ == "Static"
    assert policy.horizon.capital.amount == 1_000_000
    assert policy.lotting.minimum == 0


def test_plain_values_speak_every_language() -> None:
    """Regression: escaped surrogates of JSON are no YAML."""
    policy = policy_from(MINIMAL | {"title": "Zürich \U0001f600 日本"})
    assert policy.title == "Zürich \U0001f600 日本"
    assert np.isfinite(policy.benchmark).all()


def test_a_signal_without_memory_needs_no_since() -> None:
    excess = {"use": "momentum", "excess_of": "x"}
    with pytest.raises(PolicyError, match="combine remembers its past"):
        policy_from(MINIMAL | {"signals": {"s": excess}, "combine": {"use": "vote"}})
    assert policy_from(MINIMAL | {"signals": {"s": excess}, "combine": {"use": "vote"}, "since": "2000-01-01"}).series == ("x",)


def test_a_module_beside_the_policy_is_found_and_the_path_left_as_it_was(tmp_path: Path) -> None:
    """`use: module:Class` in a policy of one's own: the file lies beside it, whatever folder the command runs in."""
    import sys

    (tmp_path / "steady_rise.py").write_text(
        "from dataclasses import dataclass\nimport numpy as np\nfrom trimtab.core.values import Scores\n\n\n"
        "@dataclass(frozen=True, slots=True)\nclass SteadyRise:\n    def __call__(self, view):\n"
        "        return Scores(view.assets, np.ones((len(view.days), len(view.assets))))\n\n"
        "    def sentence(self, view, asset):\n        return 'always up'\n",
        encoding="utf-8",
    )
    file = tmp_path / "mine.yaml"
    lines = ["trimtab: 1", "name: mine", "since: 2000-01-31", "universe: {A: {series: us_equity}}", "benchmark: {A: 1}"]
    file.write_text("\n".join([*lines, "signals: {up: {use: 'steady_rise:SteadyRise'}}", ""]), encoding="utf-8")
    before = list(sys.path)
    try:
        assert type(load_policy(file).signals["up"]).__name__ == "SteadyRise"
        assert sys.path == before
    finally:
        sys.modules.pop("steady_rise", None)
