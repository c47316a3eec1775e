"""Mandates on the desk: compared with a policy, written into one, signed in the journal.

What a mandate bounds, a policy must bound at least as tightly; it may be tighter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from trimtab.accounting.database.events import Note
from trimtab.accounting.database.notes import notes
from trimtab.accounting.database.store import BookStore
from trimtab.core.errors import PolicyError, UsageError
from trimtab.core.frictions import LimitKind
from trimtab.core.persons import same_person
from trimtab.core.rules import Rule
from trimtab.desk.books import Signature
from trimtab.desk.config import Binding, Builder, canonical
from trimtab.desk.load import read_policy
from trimtab.desk.policy import Policy
from trimtab.desk.policy_sheet import Sheet, flow
from trimtab.desk.process_notes import MANDATE_SIGNED
from trimtab.desk.yaml12 import parse
from trimtab.governance.changes import Terms
from trimtab.governance.constraints import Constraint, percent
from trimtab.governance.mandate import Mandate
from trimtab.governance.mandate_words import duration
from trimtab.governance.overrides import Bounds
from trimtab.governance.review_plan import ReviewPlan
from trimtab.governance.tightness import Finding, Held, Verdict, compare

_HAIR = 1e-9  # what writing weights as decimals may lose


def check_mandate(mandate: Mandate, policy: Policy) -> tuple[Finding, ...]:
    """What a policy makes of each constraint of a mandate, then of benchmark, reviews, overrides, changes and approval."""
    classes = {asset.id: asset.asset_class for asset in policy.universe}
    held = [_held(rule) for rule in policy.rules.rules]
    found = [_one(mandate, one, held, classes, policy) for one in mandate.constraints]
    return (*found, _benchmark(mandate, policy), *_process(mandate, policy))


def _held(rule: Rule) -> Held:
    limit = canonical("limits", rule.limit)
    return Held(limit, rule.effective_from, rule.severity, rule.limit.kind is LimitKind.LEVERAGE)


def _one(mandate: Mandate, one: Constraint, held: list[Held], classes: Mapping[str, str], policy: Policy) -> Finding:
    """A constraint that speaks of assets or classes which the policy does not hold is another policy's."""
    build = Builder(parse("{}", one.id))
    try:
        rule = one.rule(mandate.effective_from)
        build.component("limits", rule["limit"], (), Binding(policy.universe, tuple(policy.benchmark.tolist())))
    except PolicyError as error:
        return Finding(one.section, one.words, Verdict.DIFFERENT, error.what)
    return compare(one, held, classes, mandate.effective_from)


def _benchmark(mandate: Mandate, policy: Policy) -> Finding:
    wanted = {name: weight for name, weight in mandate.objectives.benchmark.items() if weight}
    said = {asset.id: float(weight) for asset, weight in zip(policy.universe, policy.benchmark, strict=True) if weight}
    names = wanted.keys() | said.keys()
    same = all(abs(wanted.get(name, 0.0) - said.get(name, 0.0)) <= _HAIR for name in names)
    return Finding("benchmark", _weights(wanted), Verdict.KEPT if same else Verdict.DIFFERENT, _weights(said))


def _weights(weights: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {percent(weight)}" for name, weight in weights.items())


def _process(mandate: Mandate, policy: Policy) -> Iterator[Finding]:
    """Reviews as often and cycles as long, overrides no larger, terms no laxer, and four eyes where they are asked for."""
    managed = mandate.risk_management
    plan, terms = policy.review or ReviewPlan(), policy.changes or Terms()
    review = managed.review
    kept = plan.every.count <= review.every.count and plan.full_cycle.count >= review.full_cycle.count
    yield _found("review", _calendar(review), _calendar(plan), kept=kept)
    bounds, own = managed.overrides, policy.overrides
    kept = own is None or (bounds is not None and own.size <= bounds.size and own.days <= bounds.days)
    yield _found("overrides", _bounds(bounds), _bounds(own), kept=kept)
    changes = managed.changes
    kept = terms.cooling_off >= changes.cooling_off and terms.extreme <= changes.extreme
    yield _found("changes", _terms(changes), _terms(terms), kept=kept)
    wanted, said = mandate.responsibilities.four_eyes, policy.approval.four_eyes
    yield _found("approval", _eyes(wanted), _eyes(said), kept=said or not wanted)


def _found(name: str, wanted: str, said: str, *, kept: bool) -> Finding:
    return Finding(name, wanted, Verdict.KEPT if kept else Verdict.LOOSER, said)


def _calendar(plan: ReviewPlan) -> str:
    return f"the process every {duration(plan.every)}, parameters every {duration(plan.full_cycle)}"


def _bounds(bounds: Bounds | None) -> str:
    return "none" if bounds is None else f"at most {percent(float(bounds.size))} for {bounds.days} days"


def _terms(terms: Terms) -> str:
    return f"{terms.cooling_off} days of cooling-off, two people beyond {percent(terms.extreme)}"


def _eyes(four: bool) -> str:
    return "nobody approves what he asked for" if four else "anybody approves"


def sign_mandate(book: BookStore, mandate: Mandate, by: Signature) -> tuple[str, ...]:
    """Sign this very mandate; who still has to. Raises UsageError for who has signed it, or is not among the signatures."""
    named = [one.name for one in mandate.signatures]
    if named and not any(same_person(by.author, one) for one in named):
        raise UsageError(f"{by.author} is not among those who sign", remedy=f"They are {', '.join(named)}: --by {named[0]}.")
    if any(same_person(by.author, one) for one in signed_by(book, mandate)):
        raise UsageError(f"{by.author} has signed this mandate already", remedy="Another version has another hash.")
    body = {"sha256": mandate.sha256, "name": mandate.name, "version": mandate.version}
    book.append([Note(MANDATE_SIGNED, body)], recorded=by.at, author=by.author)
    done = signed_by(book, mandate)
    return tuple(one for one in named if not any(same_person(one, other) for other in done))


def signed_by(book: BookStore, mandate: Mandate) -> tuple[str, ...]:
    """Who has signed this very mandate, in order."""
    return tuple(note.author for note in notes(book, MANDATE_SIGNED) if note.body["sha256"] == mandate.sha256)


def rule_lines(rules: tuple[dict[str, Any], ...] | list[dict[str, Any]]) -> Iterator[str]:
    """Entries under `rules:` as lines of a policy file."""
    for rule in rules:
        yield f"  - limit: {flow(rule['limit'])}"
        yield from (f"    {key}: {part}" for key, part in rule.items() if key != "limit")


def governed(text: str, mandate: Mandate, source: str = "policy") -> str:
    """The text of a policy with what it lacks of the mandate; what it keeps already, and all else, stays to the letter.

    Raises UsageError where the policy is one for another benchmark: that is no matter of rules.
    """
    policy = read_policy(parse(text, source), source=text)
    found = check_mandate(mandate, policy)
    broken = {one.section for one in found if one.verdict is not Verdict.KEPT}
    if "benchmark" in broken:
        raise UsageError(
            "the policy has another benchmark than the mandate", remedy="See: trimtab mandate check MANDATE POLICY."
        )
    if foreign := [one for one in found if one.verdict is Verdict.DIFFERENT]:
        raise UsageError(
            f"section {foreign[0].section} does not fit the policy: {foreign[0].said}", remedy="Change one of them."
        )
    sheet, note = Sheet.of(text, source), f"mandate {mandate.name}, version {mandate.version}"
    lacking = [one.rule(mandate.effective_from) for one in mandate.constraints if one.section in broken]
    if lacking:
        kept = _kept_rules(sheet.blocks.get("rules", ""), {rule["id"] for rule in lacking})
        sheet = sheet.put_text("rules", "\n".join(["rules:", *kept, f"  # {note}", *rule_lines(lacking)]) + "\n")
    for key in ("approval", "overrides", "review", "changes"):
        if key in broken:
            wanted = mandate.entries.get(key)
            sheet = sheet.without(key) if wanted is None else sheet.put(key, wanted, note)
    return sheet.text


def _kept_rules(block: str, replaced: set[str]) -> list[str]:
    """The lines of the rules that stay, with their comments; those of the sections that are replaced go."""
    document = parse(block or "rules: []", "rules")
    entries = document.values["rules"]
    if not entries:
        return []
    lines = block.rstrip("\n").splitlines()
    starts = [document.places[("rules", k)][0] - 1 for k in range(len(entries))]
    if 0 in starts or len(set(starts)) < len(starts):  # written in one line
        return [f"  - {flow(one)}" for one in entries if one.get("id") not in replaced]
    ends = [*starts[1:], len(lines)]
    kept = lines[1 : starts[0]]
    for one, start, end in zip(entries, starts, ends, strict=True):
        kept += [] if one.get("id") in replaced else lines[start:end]
    return kept
