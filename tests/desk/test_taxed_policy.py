"""The keys `tax:`, `fees:` and `execution: {lots}`: what is read, what is refused and where, the hash, the sentences."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.desk import worlds
from tests.desk.json_schema import faults
from trimtab.core.entries import Dividend, Fee, Payout, Tax
from trimtab.core.errors import PolicyError, TrimtabError
from trimtab.core.taxes import LotMethod, Wrapper
from trimtab.core.terms import DIVIDEND
from trimtab.desk.backtest import backtest
from trimtab.desk.counterparts import UNTAXED, counterparts
from trimtab.desk.fee_review import review_fees
from trimtab.desk.load import load_policy, policy_from
from trimtab.desk.policy import Policy
from trimtab.desk.result import Result
from trimtab.desk.schema import schema
from trimtab.desk.workspace import run_id

SCHEMA = schema()
HEAD = """trimtab: 1
name: taxed
universe: {A: {class: equity}, B: {class: equity}, C: {class: bonds}}
benchmark: {A: 0.5, B: 0.2, C: 0.3}
"""
RATES = """brackets:
  low: {2001-01-01: {short: 0.10, long: 0.05, ordinary: 0.10, qualified: 0.0}}
  high: {2001-01-01: {short: 0.40, long: 0.20, ordinary: 0.40, qualified: 0.20}}
"""
ROW = "{short: 0.4, long: 0.2, ordinary: 0.4, qualified: 0.2}"
DEFER = {"use": "defer_gains", "waiting": 0.01, "at_most": "30D", "aversion": 2.0}
GBP = "base_currency: GBP\ncapital: 100000 GBP\n"


def written(folder: Path, text: str, **files: str) -> Policy:
    """The policy of a file, with other files beside it."""
    for name, content in files.items():
        (folder / f"{name}.yaml").write_text(content, encoding="utf-8")
    (folder / "p.yaml").write_text(HEAD + text + "\n", encoding="utf-8")
    return load_policy(folder / "p.yaml")


# What is read.


def test_a_tax_is_read_with_account_payouts_and_lots(tmp_path: Path) -> None:
    text = "tax: {use: us_federal, state: 0.05, account: deferred, payouts: {bonds: ordinary, A: gain, B: exempt}}"
    policy = written(tmp_path, text + "\nexecution: {lots: min_tax}")
    assert policy.tax is not None
    assert policy.tax.wrapper is Wrapper.DEFERRED
    assert not policy.tax.bites
    assert [policy.tax.payout(asset) for asset in policy.universe] == [Payout.GAIN, Payout.EXEMPT, Payout.ORDINARY]
    assert policy.execution.lots is LotMethod.MIN_TAX


def test_rates_lie_beside_the_policy_and_brackets_choose_among_them(tmp_path: Path) -> None:
    for bracket, short in (("", "0.10"), ("low", "0.10"), ("high", "0.40")):
        policy = written(tmp_path, f"tax: {{use: us_federal, bracket: '{bracket}', rates: own.yaml}}", own=RATES)
        assert policy.tax is not None
        assert policy.tax.regime.rates(worlds.dates(1)[0].item()).short == Decimal(short)
    moved = tmp_path / "other"
    moved.mkdir()
    with pytest.raises(PolicyError, match=r"p\.yaml:5:\d+ cannot read the rates"):
        written(moved, "tax: {use: us_federal, rates: own.yaml}")


# What is refused.

REFUSED = {
    "tax: {use: us_federal, short: 1.4}": "5:31 tax.short is 1.4",
    "tax: {use: nowhere}": "5:12 'nowhere' is none of the tax regimes",
    "tax: us_federal": "5:6 tax must be a mapping",
    "tax: {use: us_federal, shrt: 0.4}": "5:24 unknown key tax.shrt. Did you mean short?",
    "tax: {use: us_federal, account: shed}": "5:33 tax.account is 'shed'",
    "tax: {use: us_federal, payouts: {X: ordinary}}": "5:34 unknown key tax.payouts.X",
    "tax: {use: us_federal, payouts: {A: often}}": "5:37 tax.payouts.A is 'often'",
    "tax: {use: us_federal, payouts: [A]}": "5:33 tax.payouts must be a mapping",
    "tax: {use: us_federal, rates: 7}": "5:31 tax.rates is 7",
    "tax: {use: us_federal, rates: none.yaml}": "5:31 cannot read the rates",
    "tax: {use: us_federal, bracket: rich}": "5:33 tax.bracket 'rich' has no rates",
    "tax: {use: us_federal, loss_limit: 3000 EUR}": "5:36 tax.loss_limit is 3000 EUR",
    "tax: {use: none, rates: r.yaml}": "5:25 none reads no rates",
    "tax: {use: uk}": "5:6 the tax is worked out in GBP",
    f"tax: {{use: us_federal}}\n{GBP}": "5:6 the tax is worked out in USD",
    f"tax: {{use: uk}}\nexecution: {{lots: hifo}}\n{GBP}": "6:19 execution.lots is hifo",
    "execution: {lots: newest}": "5:19 execution.lots is 'newest'",
    "tax: {use: us_federal}\nrules: [{use: defer_gains, aversion: 2}]": "6:9 a limit on risk needs a covariance",
    "tax: {use: us_federal, state: 0.8}": "5:31 tax.state is 0.8, which makes more than all of it",
    "rules: [{use: defer_gains}]": "5:9 the rule minds taxes",
    "tax: {use: none}\nrules: [{use: defer_gains}]": "6:9 the rule minds taxes",
    "tax: {use: us_federal, account: exempt}\nrules: [{use: defer_gains}]": "6:9 the rule minds taxes",
    "tax: {use: us_federal}\nexecution: {lots: average}\nrules: [{use: defer_gains}]": "7:9 the rule chooses which lots",
    "fees: {use: adviser}": "5:7 fees must be a list",
    "fees: [{use: nix}]": "5:14 'nix' is none of the fees",
    "fees: [{use: adviser, tiers: [{rate: 1.5}]}]": "5:38 fees[0].tiers[0].rate is 1.5",
    "fees: [{use: adviser, tiers: [{rate: 0.01, upto: 5 USD}]}]": "5:50 fees[0].tiers[0].upto",
    "fees: [{use: adviser, tiers: [{rate: 0.01, up_to: 5 EUR}, {rate: 0.005}]}]": "5:51 fees[0].tiers[0].up_to is 5 EUR",
    "fees: [{use: data, per_year: 10 EUR}]": "5:30 fees[0].per_year is 10 EUR",
    "fees: [{use: data, per_year: -10 USD}]": "5:30 fees[0].per_year is -10 USD",
}


@pytest.mark.parametrize("text", REFUSED)
def test_faults_are_told_in_one_line_with_their_place(tmp_path: Path, text: str) -> None:
    with pytest.raises(PolicyError) as error:
        written(tmp_path, text)
    said = str(error.value)
    assert f"p.yaml:{REFUSED[text]}" in said
    assert "\n" not in said


BAD_RATES = {
    f"brackets: {{a: {{2001-01-01: {ROW.replace('0.2', '1.2')}}}}}": "own.yaml: brackets.a.2001-01-01.long is 1.2, above 1",
    "brackets: {}": "own.yaml: brackets must be a mapping",
    "nothing": "own.yaml: the rates must be a mapping",
    f"brackets: {{a: {{2001-13-01: {ROW}}}}}": "own.yaml: brackets.a has '2001-13-01', which is no date",
    "brackets: {a: {2001-01-01: {short: 0.4}}}": "own.yaml: brackets.a.2001-01-01.long is missing",
    f"currency: EURO\nbrackets: {{a: {{2001-01-01: {ROW}}}}}": "own.yaml: 'EURO' is not a currency",
    "a: [": "own.yaml:2:1 not valid YAML",
}


@pytest.mark.parametrize("text", BAD_RATES)
def test_faults_of_the_rates_are_told_with_the_name_of_their_file(tmp_path: Path, text: str) -> None:
    with pytest.raises(TrimtabError) as error:
        written(tmp_path, "tax: {use: us_federal, rates: own.yaml}", own=text)
    assert BAD_RATES[text] in str(error.value)
    assert "\n" not in str(error.value)


# The schema takes what the loader takes.

TAKEN: tuple[dict[str, Any], ...] = (
    {
        "tax": {
            "use": "us_federal",
            "state": 0.05,
            "account": "deferred",
            "payouts": {"bonds": "ordinary"},
            "bracket": "highest",
        }
    },
    {"tax": {"use": "us_federal", "short": 0.4, "loss_limit": "1500 USD", "other_income": "50000 USD"}},
    {"tax": {"use": "none"}, "execution": {"lots": "hifo"}},
    {"tax": {"use": "uk", "band": "basic"}, "base_currency": "GBP", "capital": "1000 GBP", "costs": {"use": "linear"}},
    {"fees": [{"use": "adviser", "tiers": [{"up_to": "1000000 USD", "rate": 0.01}, {"rate": 0.005}], "every": "3M"}]},
    {"fees": [{"use": "data", "per_year": "24000 USD"}], "execution": {"lots": "min_tax"}},
    {
        "tax": {"use": "us_federal"},
        "forecast": {"use": "ewma", "window": "60D"},
        "rules": [{"use": "defer_gains", "waiting": 0.01, "at_most": "30D", "aversion": 2.0}],
    },
)


@pytest.mark.parametrize("changes", TAKEN)
def test_the_schema_takes_what_the_loader_takes(changes: dict[str, Any]) -> None:
    form = json.loads(json.dumps(worlds.policy(**changes).identity.canonical))
    plain = {key: part for key, part in form.items() if part is not None}
    for rule in plain["rules"]:
        rule.pop("effective_from")
    assert list(faults(plain | changes, SCHEMA, SCHEMA)) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"tax": {"use": "nowhere"}},
        {"tax": {"use": "us_federal", "shrt": 0.4}},
        {"tax": {"use": "us_federal", "account": "shed"}},
        {"tax": {"use": "us_federal", "payouts": {"A": "often"}}},
        {"fees": {"use": "adviser"}},
        {"fees": [{"use": "adviser"}]},
        {"execution": {"lots": "newest"}},
    ],
)
def test_the_schema_refuses_what_the_loader_refuses(changes: dict[str, Any]) -> None:
    plain = {"trimtab": 1, "name": "n", "universe": {"A": None}, "benchmark": {"A": 1.0}}
    assert list(faults(plain, SCHEMA, SCHEMA)) == []
    assert list(faults(plain | changes, SCHEMA, SCHEMA))
    with pytest.raises(PolicyError):
        policy_from(plain | changes)


# The hash.


def test_policies_without_the_new_keys_keep_their_hash() -> None:
    """Nothing of taxes, fees or lots is in the form of a policy that has none of them."""
    form = worlds.policy().identity.canonical
    assert not {"tax", "fees"} & form.keys()
    assert "lots" not in form["execution"]
    assert worlds.policy(execution={"lots": "fifo"}).sha256 == worlds.policy().sha256


@pytest.mark.parametrize("changes", [*TAKEN, {"execution": {"lots": "lifo"}}])
def test_every_new_key_changes_the_hash_and_the_form_is_itself_a_policy(changes: dict[str, Any]) -> None:
    policy = worlds.policy(**changes)
    assert policy.sha256 != worlds.policy().sha256
    assert policy_from(policy.identity.canonical).sha256 == policy.sha256


def test_spelled_out_defaults_change_no_hash() -> None:
    short = worlds.policy(tax={"use": "us_federal"})
    long = worlds.policy(tax={"use": "us_federal", "account": "taxable", "payouts": {}, "state": 0.0, "rates": ""})
    assert short.sha256 == long.sha256
    one = worlds.policy(tax={"use": "us_federal", "payouts": {"A": "gain", "bonds": "ordinary"}})
    two = worlds.policy(tax={"payouts": {"bonds": "ordinary", "A": "gain"}, "use": "us_federal"})
    assert one.sha256 == two.sha256 != short.sha256


# Sentences.


def test_taxes_fees_and_lots_are_said(tmp_path: Path) -> None:
    policy = written(
        tmp_path,
        "tax: {use: us_federal, state: 0.05, payouts: {bonds: ordinary}}\nexecution: {lots: hifo}\n"
        "fees: [{use: adviser, tiers: [{up_to: 1000000 USD, rate: 0.01}, {rate: 0.005}]}, {use: data, per_year: 600 USD}]",
    )
    said = "\n".join(policy.words)
    assert "Taxes: US federal tax and a state tax of 0.05; dividends are qualified (but bonds ordinary)." in said
    assert re.search(r"Fee: the adviser takes 1 % up to 1000000 USD, 0\.5 % above a year of the value, .*\.", said)
    assert "Fee: data cost 600 USD a year" in said
    assert "sales take lots by hifo" in said
    assert "the account is exempt: nothing is taxed inside it" in "\n".join(
        written(tmp_path, "tax: {use: us_federal, account: exempt}").words
    )
    assert not any(line.startswith(("Taxes:", "Fee:")) for line in written(tmp_path, "").words)


def test_a_taxed_policy_is_set_beside_itself_untaxed_and_others_are_not() -> None:
    taxed = worlds.policy(tax={"use": "us_federal"})
    assert [one.title for one in counterparts(taxed)] == [UNTAXED]
    for tax in (None, {"use": "none"}, {"use": "us_federal", "account": "exempt"}):
        assert counterparts(worlds.policy(tax=tax)) == ()


# Regimes end to end.


def ran(seed: int = 0, *, count: int = 420, **changes: Any) -> Result:
    policy = worlds.policy(**changes)
    return backtest(policy, worlds.market(policy, seed, count=count))


def test_payouts_decide_what_dividends_are_taxed() -> None:
    """Nothing is exempt but what is said to be; qualified at 20 %, ordinary at 40 %, on the entries themselves."""
    rates = {"use": "us_federal", "short": 0.0, "long": 0.0, "ordinary": 0.4, "qualified": 0.2}
    paid: dict[str, Decimal] = {}
    for kind in ("qualified", "ordinary", "exempt"):
        result = ran(tax=rates | {"payouts": {"equity": kind, "bonds": kind}}, cash=None)
        income = sum(e.amount for e in result.entries if isinstance(e, Dividend) and e.when.year == 2001)
        paid[kind] = next((e.amount for e in result.entries if isinstance(e, Tax)), Decimal(0)) / income
    assert float(paid["qualified"]) == pytest.approx(0.2, abs=1e-6)
    assert float(paid["ordinary"]) == pytest.approx(0.4, abs=0.05)  # less what a loss of the year meets
    assert paid["exempt"] == 0


def test_a_state_tax_and_a_bracket_raise_the_tax(tmp_path: Path) -> None:
    market = worlds.market(worlds.policy(), 0, count=420)
    taxes = {}
    for name, more in (("low", ""), ("high", ""), ("high", ", state: 0.05")):
        text = f"tax: {{use: us_federal, bracket: {name}{more}, rates: own.yaml}}\ncosts: {{use: linear}}"
        policy = written(tmp_path, text, own=RATES)
        taxes[name + more] = backtest(policy, market).taxes.assessments[0].tax
    assert 0 < taxes["low"] < taxes["high"] < taxes["high, state: 0.05"]


def test_the_united_kingdom_taxes_a_policy_end_to_end() -> None:
    result = ran(
        tax={"use": "uk", "gains": 0.24, "dividends": 0.3375, "interest": 0.4, "exempt": "3000 GBP", "allowance": "500 GBP"},
        base_currency="GBP", capital="1000000 GBP", costs={"use": "linear", "bps": 10}, count=700,
    )  # fmt: skip
    paid = [entry for entry in result.entries if isinstance(entry, Tax)]
    assert [entry.year for entry in paid] == [2001, 2002]
    assert all((entry.when.month, entry.when.day) >= (1, 31) for entry in paid)
    assert result.account.residual == 0
    assert result.taxes.disallowed == 0


def test_rates_that_begin_too_late_are_refused_with_their_date(tmp_path: Path) -> None:
    policy = written(tmp_path, "tax: {use: us_federal, rates: own.yaml}", own=RATES.replace("2001", "2005"))
    with pytest.raises(TrimtabError, match="no tax rates are known") as error:
        backtest(policy, worlds.market(policy, 0, count=420))
    assert "\n" not in str(error.value)


# Fees end to end.

FEES: list[dict[str, Any]] = [
    {"use": "adviser", "tiers": [{"up_to": "500000 USD", "rate": 0.012}, {"rate": 0.006}]},
    {"use": "data", "per_year": "1200 USD"},
]


@given(seed=st.integers(0, 2**32 - 1), billed=st.sampled_from(["arrears", "advance"]))
@settings(max_examples=4, deadline=None)
def test_gross_is_at_least_net_and_fees_add_up(seed: int, billed: str) -> None:
    fees = [fee | {"billed": billed} for fee in FEES]
    result = ran(seed, fees=fees, tax={"use": "us_federal", "short": 0.4, "long": 0.2, "ordinary": 0.4, "qualified": 0.2})
    review = review_fees(result)
    assert review is not None
    assert (review.returns.gross >= review.returns.net - 1e-12).all()
    assert review.gross > review.net
    charged = [entry for entry in result.entries if isinstance(entry, Fee)]
    assert {entry.why for entry in charged} == {"adviser", "data"}
    assert sum(review.charged.values()) == sum(entry.amount for entry in charged) == result.account.fees
    assert result.account.residual == 0


def test_the_adviser_is_paid_by_tier_each_quarter() -> None:
    """On a million that stands still: half at 1.2 %, half at .6 %, 9,000 a year, 2,250 a quarter; a first one by its days."""
    policy = worlds.policy(
        fees=FEES[:1], signals=None, combine=None, allocator={"use": "static"}, rules=None, cash=None,
        costs={"use": "linear"}, reacher={"use": "pace"}, schedule={"decide": "month-end", "trade": "same_close"},
    )  # fmt: skip
    market = worlds.market(policy, 0, count=420)
    flat = {name: values * 0.0 + (0.0 if name is DIVIDEND else 1.0) for name, values in market.fields.items()}
    result = backtest(policy, replace(market, fields=flat))
    charged = [entry for entry in result.entries if isinstance(entry, Fee)]
    months = [entry.when.month for entry in charged]
    assert months == [3, 6, 9, 12, 3, 6][: len(months)]
    worth = Decimal(1_000_000)
    for number, entry in enumerate(charged):
        quarter = (Decimal(500_000) * Decimal("0.012") + (worth - 500_000) * Decimal("0.006")) / 4
        assert entry.amount == quarter.quantize(Decimal("0.01")) if number else entry.amount < quarter
        worth -= entry.amount
    assert result.wealth[-1] == pytest.approx(float(worth), abs=0.05)
    assert any("adviser takes" in line for line in policy.words)


def test_other_rates_in_the_same_file_are_another_run_and_another_trial(tmp_path: Path) -> None:
    found = []
    for rates in (RATES, RATES.replace("0.10", "0.11")):
        policy = written(tmp_path, "tax: {use: us_federal, rates: own.yaml}", own=rates)
        plain = worlds.policy()
        result = replace(backtest(plain, worlds.market(plain, 3, count=120)), policy=policy)
        found.append((policy.sha256, run_id(result), result.seen_digest))
    (one, first, seen), (two, second, other) = found
    assert one == two  # the policy commits to a file, not to what stands in it
    assert (first, seen) != (second, other)
    assert seen != result.data_digest
