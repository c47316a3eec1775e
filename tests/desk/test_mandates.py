"""A mandate read, compared with policies, written into them, and signed: what is bounded stays bounded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.accounting.database.store import BookStore
from trimtab.construction.limits import MaxLeverage
from trimtab.core.errors import PolicyError, UsageError
from trimtab.desk import gallery
from trimtab.desk.advice_answers import Said
from trimtab.desk.advising import Plan, policy_of
from trimtab.desk.books import Signature
from trimtab.desk.canonical import canonical_form
from trimtab.desk.load import policy_from, read_policy
from trimtab.desk.mandate_reading import load_mandate, mandate_from, read_mandate
from trimtab.desk.mandate_template import template
from trimtab.desk.mandates import check_mandate, governed, rule_lines, sign_mandate, signed_by
from trimtab.desk.policy_sheet import flow
from trimtab.desk.yaml12 import parse
from trimtab.governance.checklist import advise
from trimtab.governance.mandate import Mandate
from trimtab.governance.tightness import Verdict

TODAY = date(2026, 1, 1)
BY = Signature("anna", np.datetime64("2026-01-02T09:00:00", "s"))
VALUES: dict[str, Any] = {
    "mandate": 1,
    "name": "family",
    "version": "1",
    "effective_from": "2026-01-01",
    "scope": {"who": "The family", "purpose": "Retirement", "accounts": ["A07"]},
    "responsibilities": {"decides": "anna", "approves": "ben", "reviews": "carl", "four_eyes": False},
    "objectives": {"benchmark": {"US_EQ": 0.6, "CORP": 0.4}, "volatility": 0.1, "max_drawdown": 0.3},
    "constraints": [
        {"section": "4.1", "limit": "tilt", "at_most": 0.1},
        {"section": "4.3", "limit": "weight", "of": "class", "at_most": 0.75},
        {"section": "5.1", "limit": "turnover", "at_most": 0.2},
    ],
    "risk_management": {"overrides": {"size": 0.05, "days": 60}},
    "signatures": [{"name": "anna", "role": "owner"}, {"name": "ben"}],
}
PERCENT = st.integers(1, 100).map(lambda number: number / 100)


def changed(**parts: Any) -> dict[str, Any]:
    return {**VALUES, **parts}


def broken(mandate: Mandate, policy: Any) -> dict[str, Verdict]:
    return {one.section: one.verdict for one in check_mandate(mandate, policy) if one.verdict is not Verdict.KEPT}


def test_the_document_is_read_as_it_is_written() -> None:
    mandate = mandate_from(VALUES)
    again = mandate_from(mandate.canonical)
    assert again == mandate
    assert again.sha256 == mandate.sha256
    text = "\n".join(f"{key}: {flow(value)}" for key, value in reversed(mandate.canonical.items()))
    assert read_mandate(parse(text + "\n# a comment\n", "x")).sha256 == mandate.sha256


@given(PERCENT, PERCENT, PERCENT, st.sampled_from(["month", "quarter", "year"]), st.text("ab c:#'\"{}-", max_size=12))
def test_any_document_is_read_as_it_is_written(tilt: float, cap: float, turnover: float, per: str, words: str) -> None:
    constraints = [
        {"section": "1", "limit": "tilt", "at_most": tilt, "of": "class", "says": words},
        {"section": "2", "limit": "weight", "at_most": cap, "only": ["US_EQ"], "severity": "warn"},
        {"section": "3", "limit": "turnover", "at_most": turnover, "per": per, "effective_from": "2027-01-01"},
        {"section": "4", "limit": "cash", "at_least": 0.0},
    ]
    mandate = mandate_from(changed(constraints=constraints, scope={"who": words, "purpose": words}))
    assert mandate_from(mandate.canonical) == mandate


def test_every_part_counts_in_the_hash() -> None:
    first = mandate_from(VALUES).sha256
    others = [
        changed(version="2"),
        changed(effective_from="2026-01-02"),
        changed(scope={**VALUES["scope"], "who": "Others"}),
        changed(responsibilities={**VALUES["responsibilities"], "four_eyes": True}),
        changed(objectives={**VALUES["objectives"], "volatility": 0.11}),
        changed(constraints=VALUES["constraints"][:2]),
        changed(risk_management={}),
        changed(signatures=[]),
        changed(title="Another"),
    ]
    hashes = {mandate_from(values).sha256 for values in others}
    assert len(hashes) == len(others)
    assert first not in hashes


# Compile, load, compare.


@given(PERCENT, PERCENT, PERCENT, st.integers(100, 200).map(lambda number: number / 100))
def test_what_it_comes_to_loads_as_a_policy_with_exactly_those_limits(
    tilt: float, cap: float, turnover: float, leverage: float
) -> None:
    constraints = [
        {"section": "4.1", "limit": "tilt", "at_most": tilt},
        {"section": "4.2", "limit": "leverage", "at_most": leverage},
        {"section": "4.3", "limit": "weight", "of": "class", "at_most": cap},
        {"section": "5.1", "limit": "turnover", "at_most": turnover, "per": "year"},
    ]
    mandate = mandate_from(changed(constraints=constraints))
    policy = policy_from({**BARE, **mandate.entries})
    form = canonical_form(policy, {"use": "samples"})
    found = {rule["id"]: rule for rule in form["rules"]}
    assert {name: rule["limit"]["at_most"] for name, rule in found.items()} == {
        "IPS-4.1": tilt,
        "IPS-4.2": leverage,
        "IPS-4.3": cap,
        "IPS-5.1": turnover,
    }
    for name, rule in found.items():
        assert rule["source"] == f"Investment Policy Statement, section {name.removeprefix('IPS-')}"
        assert (rule["effective_from"], rule["severity"]) == ("2026-01-01", "block")
    assert form["overrides"] == {"size": "0.05", "days": 60}
    assert broken(mandate, policy) == {}


BARE: dict[str, Any] = {
    "trimtab": 1,
    "name": "bare",
    "universe": {"US_EQ": {"series": "us_equity", "class": "equity"}, "CORP": {"series": "long_corporate", "class": "bonds"}},
    "averages": "allowed",
}


def test_the_sample_keeps_this_mandate_and_a_bare_policy_does_not() -> None:
    mandate = mandate_from(VALUES)
    assert broken(mandate, gallery.named("trend-overlay")) == {}
    bare = policy_from({**BARE, "benchmark": {"US_EQ": 0.6, "CORP": 0.4}})
    assert broken(mandate, bare) == dict.fromkeys(("4.1", "4.3", "5.1"), Verdict.MISSING)


@pytest.mark.parametrize(
    ("key", "value", "part", "verdict"),
    [
        ("benchmark", {"US_EQ": 0.61, "CORP": 0.39}, "benchmark", Verdict.DIFFERENT),
        ("overrides", {"size": 0.06, "days": 60}, "overrides", Verdict.LOOSER),
        ("overrides", {"size": 0.05, "days": 61}, "overrides", Verdict.LOOSER),
        ("review", {"every": "4M", "full_cycle": "3Y"}, "review", Verdict.LOOSER),
        ("changes", {"cooling_off": 9, "extreme": 0.05}, "changes", Verdict.LOOSER),
        ("changes", {"cooling_off": 10, "extreme": 0.06}, "changes", Verdict.LOOSER),
    ],
)
def test_the_process_is_compared_part_by_part(key: str, value: dict[str, Any], part: str, verdict: Verdict) -> None:
    mandate = mandate_from(VALUES)
    assert broken(mandate, policy_from({**BARE, **mandate.entries, key: value})) == {part: verdict}


def test_four_eyes_and_overrides_that_a_mandate_forbids() -> None:
    strict = mandate_from(changed(responsibilities={**VALUES["responsibilities"], "four_eyes": True}, risk_management={}))
    lax = policy_from({**BARE, **mandate_from(VALUES).entries})
    assert broken(strict, lax) == {"overrides": Verdict.LOOSER, "approval": Verdict.LOOSER}
    assert broken(mandate_from(VALUES), policy_from({**BARE, **strict.entries})) == {}
    longer = mandate_from(changed(risk_management={"overrides": {"size": 0.05, "days": 60}, "review": {"full_cycle": "5Y"}}))
    assert broken(longer, lax) == {"review": Verdict.LOOSER}


def test_a_constraint_on_what_a_policy_does_not_hold_is_said_to_be_another_ones() -> None:
    mandate = mandate_from(changed(constraints=[{"section": "9", "limit": "weight", "only": ["GOLD"], "at_most": 0.1}]))
    (first, *_) = check_mandate(mandate, gallery.named("trend-overlay"))
    assert first.verdict is Verdict.DIFFERENT
    assert "'GOLD' is no asset of the universe" in first.said
    with pytest.raises(UsageError, match="section 9 does not fit the policy"):
        governed(gallery.text("trend-overlay"), mandate)


class Loans(MaxLeverage):
    """A limit of somebody's own that opens loans."""


@pytest.mark.parametrize(
    ("rule", "verdict"),
    [
        ({"limit": {"use": "net_exposure", "at_most": 1.6}}, Verdict.LOOSER),
        ({"limit": {"use": "max_leverage", "at_most": 1.6}, "severity": "warn"}, Verdict.LOOSER),
        ({"limit": {"use": f"{__name__}:Loans", "at_most": 1.6}}, Verdict.MISSING),
    ],
)
def test_a_policy_that_may_borrow_by_any_rule_does_not_keep_a_mandate_without_loans(
    rule: dict[str, Any], verdict: Verdict
) -> None:
    mandate = mandate_from(changed(constraints=[{"section": "4.3", "limit": "leverage", "at_most": 1.0}]))
    bare = {**BARE, **mandate.entries}
    assert broken(mandate, policy_from({**bare, "rules": []})) == {}
    assert broken(mandate, policy_from({**bare, "rules": [rule]})) == {"4.3": verdict}


@pytest.mark.parametrize(
    ("key", "value", "part", "said"),
    [
        ("benchmark", {"US_EQ": 0.60000001, "CORP": 0.39999999}, "benchmark", "US_EQ 60.000001 %, CORP 39.999999 %"),
        ("overrides", {"size": 0.0500000001, "days": 60}, "overrides", "at most 5.00000001 % for 60 days"),
        ("changes", {"cooling_off": 10, "extreme": 0.0500000001}, "changes", "two people beyond 5.00000001 %"),
    ],
)
def test_a_hair_that_breaks_a_part_is_seen_in_it(key: str, value: dict[str, Any], part: str, said: str) -> None:
    mandate = mandate_from(VALUES)
    policy = policy_from({**BARE, **mandate.entries, key: value})
    (found,) = (one for one in check_mandate(mandate, policy) if one.verdict is not Verdict.KEPT)
    assert found.section == part
    assert said in found.said


# Written into a policy.


@pytest.mark.parametrize("name", ["trend-overlay", "static-60-40"])
def test_a_policy_that_is_held_to_a_mandate_keeps_it_and_all_else(name: str) -> None:
    mandate = mandate_from(
        changed(
            constraints=[{"section": "4.1", "limit": "tilt", "at_most": 0.04}, *VALUES["constraints"][1:]],
            responsibilities={**VALUES["responsibilities"], "four_eyes": True},
        )
    )
    text = gallery.text(name)
    made = governed(text, mandate)
    policy = read_policy(parse(made, name), source=made)
    assert broken(mandate, policy) == {}
    assert set(broken(mandate, gallery.named(name))) >= {"4.1", "approval"}
    untouched = [line for line in text.splitlines() if "0.10" not in line and line.strip()]
    assert [line for line in untouched if line not in made.splitlines()] == []
    assert governed(made, mandate) == made
    assert len({rule.id for rule in policy.rules.rules}) == len(policy.rules.rules)


RULES = ("rules: [{use: long_only}]\n", "rules:\n  # why\n  - {use: long_only}   # so\n", "rules: []\n", "rules:\n", "")


@pytest.mark.parametrize("rules", RULES)
def test_rules_in_any_form_stay(rules: str) -> None:
    body = {**BARE, "benchmark": {"US_EQ": 0.6, "CORP": 0.4}}
    text = "".join(f"{key}: {flow(value)}\n" for key, value in body.items()) + rules
    made = governed(text, mandate_from(VALUES))
    values = parse(made, "x").values
    assert ({"use": "long_only"} in values["rules"]) == ("long_only" in rules)
    assert len(values["rules"]) == 3 + ("long_only" in rules)
    assert ("# why" in made, "# so" in made) == ("# why" in rules, "# so" in rules)


def test_another_benchmark_is_no_matter_of_rules() -> None:
    with pytest.raises(UsageError, match="another benchmark"):
        governed(gallery.text("ten-month-timing"), mandate_from(VALUES))


def test_lines_of_rules_are_read_as_those_rules() -> None:
    mandate = mandate_from(VALUES)
    assert parse("rules:\n" + "\n".join(rule_lines(mandate.rules)), "x").values["rules"] == list(mandate.rules)


# Templates.


def test_the_template_holds_and_the_sample_keeps_it_but_for_four_eyes() -> None:
    mandate = read_mandate(parse(template(TODAY), "mandate.yaml"))
    assert mandate.effective_from == TODAY
    assert broken(mandate, gallery.named("trend-overlay")) == {"approval": Verdict.LOOSER}


@pytest.mark.parametrize("horizon", ["short", "long"])
@pytest.mark.parametrize("tolerance", ["low", "medium", "high"])
@pytest.mark.parametrize("view", ["conviction", "systematic"])
def test_the_policy_of_an_advice_keeps_the_mandate_of_that_advice(horizon: str, tolerance: str, view: str) -> None:
    words = {
        "horizon": horizon,
        "tolerance": tolerance,
        "capacity": "small",
        "tax": "taxable",
        "view": view,
        "success": "defined",
    }
    said = Said(words, {}, {"max_drawdown": 0.3})
    plan = Plan(advise(said.answered()), said.yardstick())
    text = template(TODAY, plan)
    mandate = read_mandate(parse(text, "mandate.yaml"))
    assert max(map(len, text.splitlines())) <= 128
    assert broken(mandate, policy_of(plan)) == {}
    assert mandate.objectives.max_drawdown == 0.3


# Faults.


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("mandate: 1\n", "mandate: 2\n", "the format version is missing or unknown"),
        ("scope:", "scopes:", "unknown key scopes. Did you mean scope?"),
        ('version: "1"', "version: 1", "version is 1, not text"),
        ('version: "1"', 'version: "1\\n#"', "version is not one line"),
        ("'5.1'", '"5.1\\n    severity: warn #"', "severity: warn #' is no section"),
        ("effective_from: 2026-01-01", "effective_from: soon", "effective_from is 'soon', not a date"),
        ("limit: tilt", "limit: tilts", "constraints[0].limit is 'tilts'"),
        ("limit: tilt, at_most: 0.1", "limit: tilt, at_most: 10", "at_most 10 is not from 0 to 1"),
        ("'5.1'", "'4.1'", "section 4.1 stands there twice"),
        ("US_EQ: 0.6,", "US_EQ: 60 %,", "objectives.benchmark.US_EQ is '60 %', not a number"),
        ("volatility: 0.12", "volatility: 12", "volatility is 12, not between 0 and 1"),
        ("full_cycle: 3Y", "full_cycle: 2Y", "full_cycle is 24 months, not 3 to 5 years"),
        ("signatures: []", "signatures: [{name: anna}, {name: ANNA}]", "one person signs twice"),
        ("signatures: []", "signatures: {}", "signatures must be a list"),
        ("signatures: []", "signatures: 7", "signatures must be a list"),
    ],
)
def test_a_fault_is_pointed_to(old: str, new: str, said: str, tmp_path: Path) -> None:
    text = template(TODAY)
    assert old in text
    (tmp_path / "m.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PolicyError) as error:
        load_mandate(tmp_path / "m.yaml")
    assert said in str(error.value)
    assert "m.yaml:" in str(error.value)


def test_a_file_that_is_none() -> None:
    with pytest.raises(PolicyError, match="holds no mandate"):
        read_mandate(parse("- 1", "x"))
    with pytest.raises(UsageError, match="trimtab mandate init"):
        load_mandate("nowhere.yaml")


# Signed.


@pytest.fixture
def book(tmp_path: Path) -> Iterator[BookStore]:
    with BookStore.create(str(tmp_path / "book.db"), recorded=BY.at, author="desk") as store:
        yield store


def test_it_is_signed_once_by_each_who_is_named(book: BookStore) -> None:
    mandate = mandate_from(VALUES)
    assert sign_mandate(book, mandate, BY) == ("ben",)
    with pytest.raises(UsageError, match="Anna has signed this mandate already"):
        sign_mandate(book, mandate, Signature("Anna", BY.at))
    with pytest.raises(UsageError, match="carl is not among those who sign"):
        sign_mandate(book, mandate, Signature("carl", BY.at))
    assert sign_mandate(book, mandate, Signature("ben", BY.at)) == ()
    assert signed_by(book, mandate) == ("anna", "ben")
    assert signed_by(book, mandate_from(changed(version="2"))) == ()


def test_without_names_anybody_signs(book: BookStore) -> None:
    mandate = mandate_from(changed(signatures=[]))
    assert sign_mandate(book, mandate, Signature("dora", BY.at)) == ()
    assert signed_by(book, mandate) == ("dora",)
