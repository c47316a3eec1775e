"""From an advice to a ready policy: one of the gallery, begun small, with the hard settings as rules.

Every line that comes from the advice says so in a comment. The policy says what the answers call for; it is a beginning
to be tried on paper, and no investment advice.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from textwrap import wrap
from typing import Any

from trimtab.core.errors import BreachError, UsageError
from trimtab.desk import gallery
from trimtab.desk.advice_policies import CORE, MOST, NOTES, ON_FUNDS, ON_SAMPLES, PART, TARGET, TARGETS, TILT, Beginning
from trimtab.desk.load import read_policy
from trimtab.desk.policy import Policy
from trimtab.desk.policy_sheet import WIDTH, Sheet
from trimtab.desk.prepare import source_in
from trimtab.desk.registry import name_of
from trimtab.desk.starter import market_of
from trimtab.desk.yaml12 import parse
from trimtab.governance.answers import Capacity, TaxStatus, Tolerance
from trimtab.governance.checklist import WATCH, Advice
from trimtab.governance.decision_table import TABLE, Approach
from trimtab.governance.yardstick import Yardstick

NO_ADVICE = "What the answers call for by a checklist, not what a person should buy: this is no investment advice."
CALENDAR = (
    "The six months are those on paper: `trimtab policy promote` counts them from the day the policy goes on paper, and opens "
    "it for real money no sooner."
)
SOURCE = "Investment Policy Statement, section"
TILTS, LEVERAGE, TURNOVER = "4.1", "4.2", "5.1"  # sections of the statement that the rules stand in
DAYS = 90  # that an override may stand


@dataclass(frozen=True, slots=True)
class Plan:
    """What a policy is written for: the advice, what success is, the data (None: samples), and the tax law if one is asked for.

    `data` is a source as a policy file writes it, such as `{"use": "folder", "path": "prices"}`.
    """

    advice: Advice
    yardstick: Yardstick = field(default_factory=Yardstick)
    name: str = "my-policy"
    data: Mapping[str, Any] | None = None
    law: str = ""

    @property
    def beginning(self) -> Beginning:
        """The row of the table."""
        return (ON_SAMPLES if self.data is None else ON_FUNDS)[self.advice.approach]


def written_policy(plan: Plan) -> str:
    """The text of the policy. Raises BreachError where nothing may start yet, UsageError where the benchmark does not fit."""
    if plan.advice.blocked:
        remedy = "Write down a benchmark, a risk target and the fall that is tolerated, and answer --success defined."
        raise BreachError(plan.advice.blocked, remedy=remedy)
    begun = plan.beginning
    sheet = _identity(plan)
    if plan.data is not None:
        sheet = sheet.put("data", dict(plan.data), "prices of your own", before="universe")
    weights = weights_of(plan)
    if plan.yardstick.benchmark:
        cash = f"; {100 * plan.yardstick.cash:.4g}% are cash" if plan.yardstick.cash else ""
        sheet = sheet.put("benchmark", weights, f"advice: as success was defined{cash}", before="cash")
    for key, value in _blocks(plan, max(weights.values())).items():
        sheet = sheet.put(key, value, NOTES.get(key, ""), before="universe" if key == "since" else "costs")
    return _held_to(sheet.without(*begun.drops), plan).text


def policy_of(plan: Plan) -> Policy:
    """The policy that is written, as it is read again: its relative names start in the current folder."""
    text = written_policy(plan)
    return read_policy(parse(text, plan.name), source=text)


def weights_of(plan: Plan) -> dict[str, float]:
    """The benchmark by asset. Raises UsageError where it names an asset that the policy does not hold."""
    held = _held(plan.beginning.origin)
    if unknown := [name for name in plan.yardstick.benchmark if name not in held]:
        what = f"the benchmark holds {unknown[0]}, which is no asset of {plan.beginning.origin}"
        raise UsageError(what, remedy=f"Its assets are {', '.join(held)}: --benchmark {next(iter(held))}=1.")
    if plan.yardstick.benchmark:
        return dict(plan.yardstick.benchmark)
    return {name: weight for name, weight in held.items() if weight}


@lru_cache(maxsize=32)
def _held(origin: str) -> Mapping[str, float]:
    """The assets of a policy of the gallery with their benchmark weights."""
    policy = gallery.named(origin)
    return {asset.id: float(weight) for asset, weight in zip(policy.universe, policy.benchmark, strict=True)}


@lru_cache(maxsize=32)
def _taken_apart(origin: str) -> tuple[Sheet, str]:
    """A policy of the gallery by its keys, and where it comes from."""
    return Sheet.of(gallery.text(origin), origin), gallery.entry(origin).source


def target_of(plan: Plan) -> float:
    """The volatility target: as success was defined, else that of the tolerance."""
    return plan.yardstick.volatility or TARGETS[plan.advice.answers.tolerance.value]


def standing(advice: Advice) -> tuple[str, ...]:
    """What the answers call for that no rule of a policy can hold: sentences for people to keep."""
    answers = advice.answers
    kept = (
        (answers.capacity is Capacity.SMALL, "low-cost funds, and no second signal before the first one is understood"),
        (
            answers.tax is TaxStatus.TAXABLE,
            "long-term gains first, losses harvested (trimtab tax harvest), gains put off to the year's end",
        ),
        (answers.tax is TaxStatus.MIXED, "the part that trades belongs in the sheltered account (trimtab tax locate)"),
        (advice.settings.wider_tilt, "tilts of more than 10 % are open to this horizon; begin without them"),
        (answers.tolerance is Tolerance.HIGH, "aggressive positions are open to this tolerance; begin without them"),
    )
    return tuple(words for holds, words in kept if holds)


def _identity(plan: Plan) -> Sheet:
    """The policy of the gallery under another name and head."""
    begun, answers, approach = plan.beginning, plan.advice.answers.plain(), plan.advice.approach
    said = ", ".join(f"{question} {answer}" for question, answer in answers.items())
    lines = [
        f"{begun.title}: {begun.says}.",
        "",
        f"Written by `trimtab advise` for {approach.value}, from the policy {begun.origin} of the gallery. {NO_ADVICE}",
        f"Answers: {said}. Lines marked `advice:` come from them.",
        *(f"advice: {one}." for one in standing(plan.advice)),
        *(f"NOT WRITTEN DOWN YET: {one}." for one in plan.yardstick.missing),
        *(f"! {one}." for one in plan.advice.conflicts),
        "",
        f"{WATCH} {CALENDAR}",
    ]
    sheet, source = _taken_apart(begun.origin)
    sheet = sheet.under(*(part for line in lines for part in (wrap(line, WIDTH - 2) or [""])))
    success = f" Success: {'; '.join(plan.yardstick.words)}." if plan.yardstick.words else ""
    about = f"{f'{source} ' if source else ''}Begun by checklist: {said}.{success}"
    place = "base_currency" if "base_currency" in sheet.blocks else "data"
    return sheet.put("name", plan.name).put("title", begun.title, before=place).put("description", about, before=place)


def _blocks(plan: Plan, heaviest: float) -> dict[str, Any]:
    """The keys that the table writes anew, with their numbers; a volatility target around the allocator where one is set."""
    begun, settings = plan.beginning, plan.advice.settings
    tilt, target = float(settings.tilt), target_of(plan)
    part = min(MOST, int(100 * tilt / heaviest) / 100)  # what the part alone can move stays within the tilt
    numbers = {TILT: tilt, TARGET: target, PART: part, CORE: round(1 - part, 2)}
    blocks = {key: _filled(value, numbers) for key, value in begun.blocks.items()}
    if settings.volatility_target and plan.advice.approach is not Approach.VOLATILITY_TARGET:
        inner = blocks.get("allocator", {"use": "static"})
        blocks["allocator"] = {"use": "volatility_target", "target": target, "most": 1.0, "of": inner}
    if "volatility_target" in str(blocks.get("allocator")):
        blocks = {"forecast": begun.risk, **blocks}
    return blocks


def _filled(value: Any, numbers: Mapping[str, float]) -> Any:
    if isinstance(value, Mapping):
        return {key: _filled(part, numbers) for key, part in value.items()}
    return numbers.get(value, value) if isinstance(value, str) else value


def _held_to(sheet: Sheet, plan: Plan) -> Sheet:
    """The rules, the calendar of reviews, bounds of overrides, and the tax law or a note on it."""
    advice, settings = plan.advice, plan.advice.settings
    rules = "\n".join(["rules:", *_rules(plan)]) + "\n"
    gap = "" if "rules" in sheet.blocks else "\n"
    sheet = sheet.put_text("rules", rules + gap)
    review = {"every": "3M", "full_cycle": "3Y"}
    sheet = sheet.put("review", review, "advice: process each quarter, parameters once a cycle")
    if settings.overrides:
        bounds = {"size": float(settings.tilt), "days": DAYS}
        sheet = sheet.put("overrides", bounds, f"advice: {TABLE[advice.answers.view].setting}")
    if plan.law:
        sheet = sheet.put("tax", {"use": plan.law}, f"advice: {TABLE[advice.answers.tax].setting}")
    return sheet


def _rules(plan: Plan) -> Iterator[str]:
    advice, settings = plan.advice, plan.advice.settings
    answers = advice.answers
    yield from _rule(TILTS, f"{{use: max_tilt, at_most: {float(settings.tilt)}}}", TABLE[answers.horizon].setting)
    if settings.leverage is not None:
        yield from _rule(LEVERAGE, "{use: max_leverage, at_most: 1.0}", _leverage(advice))
    limit = f"{{use: max_turnover, at_most: {float(settings.turnover)}, per: quarter}}"
    yield from _rule(TURNOVER, limit, TABLE[answers.tax].setting)


def _leverage(advice: Advice) -> str:
    """Why nothing is borrowed: by the tolerance, for a small office that runs risk parity, or to begin with."""
    words = TABLE[advice.answers.tolerance].setting
    if advice.answers.tolerance is Tolerance.LOW:
        return words
    return "risk parity without leverage, on funds" if advice.settings.leverage == 1 else f"{words}; begun without"


def _rule(section: str, limit: str, why: str) -> Iterator[str]:
    yield from (f"  # {line}" for line in wrap(f"advice: {why}", WIDTH - 4))
    yield f"  - limit: {limit}"
    yield f"    id: IPS-{section}"
    yield f"    source: {SOURCE} {section}"
    yield "    severity: block"


def name_of_file(place: Path) -> str:
    """The name of a policy by that of its file."""
    return place.stem.strip() or "my-policy"


def source_written(data: str | None, place: Path) -> dict[str, Any] | None:
    """A folder of prices, or a market store, as a policy at `place` names it; None for the sample data."""
    if not data:
        return None
    source = source_in(data)
    use, path = name_of("sources", source), Path(os.path.relpath(data, place.parent)).as_posix()
    market = market_of([one for one in source.load(source.names()) if one.about.holdable]) if use == "folder" else ""
    return {"use": use, "path": path, **({"market": market} if market else {})}


def require_series(plan: Plan, data: str) -> None:
    """Raises UsageError where the prices do not hold what the policy of the gallery holds and reads."""
    wanted, held = gallery.entry(plan.beginning.origin).series, set(source_in(data).names())
    if missing := [name for name in wanted if name not in held]:
        what = f"{data} has no prices of {', '.join(missing)}, which {plan.beginning.origin} holds or reads"
        other = f"Put their prices there, begin on the sample data (without --data), or write: trimtab init --data {data}."
        raise UsageError(what, remedy=other)
