"""`advise`: six answers in, an approach with its reasons out, and a policy to begin with."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

from trimtab.core.errors import BreachError, UsageError
from trimtab.desk import gallery
from trimtab.desk.advice_answers import NUMBERS, Said, read_said
from trimtab.desk.advising import Plan, name_of_file, require_series, source_written, written_policy
from trimtab.desk.economising import Economised
from trimtab.desk.load import read_policy
from trimtab.desk.policy import Policy
from trimtab.desk.writing import write_text
from trimtab.desk.yaml12 import parse
from trimtab.governance.answers import QUESTIONS, answer
from trimtab.governance.checklist import Advice, advise
from trimtab.governance.decision_table import Approach
from trimtab.surfaces.advice import document
from trimtab.surfaces.cli.advise_dialogue import ask
from trimtab.surfaces.cli.advise_screen import lines, next_steps
from trimtab.surfaces.cli.advise_worth import downgraded, require_size, worth, worth_document
from trimtab.surfaces.cli.book_options import pairs
from trimtab.surfaces.cli.options import hint, print_json, say
from trimtab.surfaces.cli.wrapping import wrapped

POLICY = "my-policy.yaml"


def advise_verb(options: Namespace) -> int:
    """Say what fits and why, and write the policy. Where success is not defined nothing is written, and the exit code is 3."""
    _require_new(options)
    require_size(options)
    said = _flags(options).over(read_said(options.file) if options.file else Said())
    if said.missing and sys.stdin is not None and sys.stdin.isatty():
        said = ask(said)
    wanted = None if options.wanted is None else Approach[options.wanted.replace("-", "_").upper()]
    advice = advise(said.answered(), wanted=wanted, marginal=options.marginal)
    yardstick = said.yardstick()
    place = Path(options.policy or POLICY)
    plan = Plan(advice, yardstick, name_of_file(place), source_written(options.data, place), options.law)
    plan, text, found = _worked_out(plan, options)
    kept = bool(text) and not options.policy and place.exists()
    if options.save:
        write_text(Path(options.save), said.text())
    if text and not kept:
        write_text(place, text)
    _show(plan, "" if not text or kept else str(place), found, options)
    if kept:
        hint(f"{place} is there already and was kept: give the new one a name, --policy NAME.yaml.", options)
    return BreachError.exit_code if advice.blocked else 0


def _require_new(options: Namespace) -> None:
    """Nothing that is there already is written over."""
    for name, option in ((options.policy, "--policy"), (options.save, "--save")):
        if name and Path(name).exists():
            raise UsageError(f"{name} exists already", remedy=f"Give another name: {option} NAME.yaml.")


def _worked_out(plan: Plan, options: Namespace) -> tuple[Plan, str, Economised | None]:
    """The text of the policy, of a static one where `--aum` shows it to be marginal; no text where nothing may start."""
    if plan.advice.blocked:
        return plan, "", None
    text, policy = _ready(plan, options)
    if not options.aum:
        return plan, text, None
    found = worth(policy, options)
    if found.economics.marginal:
        plan = downgraded(plan)
        text, _ = _ready(plan, options)
    return plan, text, found


def _ready(plan: Plan, options: Namespace) -> tuple[str, Policy]:
    """The text of the policy, read again before it is written: what cannot be loaded is never handed out."""
    if options.data:
        require_series(plan, options.data)
    text = written_policy(plan)
    place = Path(options.policy or POLICY)
    return text, read_policy(parse(text, str(place)), source=text, folder=place.parent)


def _flags(options: Namespace) -> Said:
    """What the flags say."""
    answers = {name: word for name in QUESTIONS if (word := getattr(options, name))}
    for name, word in answers.items():
        answers[name] = answer(name, word).value
    numbers = {name: value for name in NUMBERS if (value := getattr(options, name)) is not None}
    return Said(answers, _benchmark(options.benchmark), numbers)


def _benchmark(written: str) -> dict[str, float] | str:
    if not written or ("=" not in written and written in gallery.names()):
        return written
    if "=" not in written:
        known = f"Write US_EQ=0.6,CORP=0.4, or one of {', '.join(gallery.names())}."
        raise UsageError(f"--benchmark {written!r} is no policy of the gallery", remedy=known)
    found = pairs(written.split(","), "--benchmark", "US_EQ=0.6")
    try:
        return {name: float(weight) for name, weight in found.items()}
    except ValueError:
        raise UsageError(f"--benchmark {written} holds what is no number", remedy="Write US_EQ=0.6,CORP=0.4.") from None


def _show(plan: Plan, policy: str, found: Economised | None, options: Namespace) -> None:
    advice: Advice = plan.advice
    if options.json:
        print_json("advice", document(plan) | {"policy": policy or None, "economics": worth_document(found, options)})
        return
    for line in lines(plan):
        say(line)
    if found is not None:
        for line in wrapped(f"At {options.aum}: {found.verdict}"):
            say(line)
    if policy:
        say(f" wrote {policy}    {plan.beginning.title}")
        hint("next, one after the other:", options)
        for step in next_steps(policy, plan):
            hint(step, options)
    elif advice.blocked:
        hint("Nothing was written. Answer again with --success defined once it is written down.", options)
