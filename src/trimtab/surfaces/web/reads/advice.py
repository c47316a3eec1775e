"""The checklist: six answers in, the approach that fits with its reasons out; and the mandates that lie in the workspace.

Runs in a worker process, which stands in the workspace. Nothing is written, other than by the verb `advise` itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trimtab.core.errors import TrimtabError, UsageError
from trimtab.desk import gallery
from trimtab.desk.advice_answers import NUMBERS, Said
from trimtab.desk.advising import Plan, policy_of, written_policy
from trimtab.desk.mandate_reading import load_mandate
from trimtab.governance.answers import QUESTIONS, answer
from trimtab.governance.checklist import advise
from trimtab.surfaces.advice import approach_of, document
from trimtab.surfaces.cli.advise_screen import next_steps
from trimtab.surfaces.cli.book_options import pairs

HERE = Path()
Plain = dict[str, Any]
_LARGEST, _MOST = 200_000, 100  # bytes of a file, files that are looked at


def questions() -> list[Plain]:
    """The six questions with their choices, in the words in which they are asked."""
    return [
        {"name": name, "ask": (kind.__doc__ or "").strip(), "choices": [[one.value, one.words] for one in kind]}
        for name, kind in QUESTIONS.items()
    ]


def advised(given: Mapping[str, str], policy: str) -> Plain:
    """What fits the answers; `missing` names the questions that are still open, `line` says what does not read."""
    try:
        said = _said(given)
        if said.missing:
            return {"missing": list(said.missing), "line": "", "advice": None}
        wanted = approach_of(given["wanted"]) if given.get("wanted") else None
        plan = Plan(advise(said.answered(), wanted=wanted, marginal=bool(given.get("marginal"))), said.yardstick())
        return {"missing": [], "line": "", "advice": document(plan), **_policy(plan, policy)}
    except TrimtabError as error:
        return {"missing": [], "line": str(error), "advice": None}


def _policy(plan: Plan, policy: str) -> Plain:
    """The policy to begin with, and what to do with it; none where nothing may start yet."""
    if plan.advice.blocked:
        return {"text": "", "steps": [], "begins": ""}
    policy_of(plan)  # what could not be loaded is never shown
    return {"text": written_policy(plan), "steps": list(next_steps(policy, plan)), "begins": plan.beginning.title}


def _said(given: Mapping[str, str]) -> Said:
    answers = {name: str(answer(name, given[name]).value) for name in QUESTIONS if given.get(name)}
    numbers = {name: fraction(name, given[name]) for name in NUMBERS if given.get(name)}
    return Said(answers, _benchmark(given.get("benchmark", "")), numbers)


def fraction(name: str, text: str) -> float:
    """`0.10`, or `10%`."""
    plain = text.strip()
    try:
        return float(plain.rstrip("% ")) / 100.0 if plain.endswith("%") else float(plain)
    except ValueError:
        raise UsageError(f"{name.replace('_', ' ')} {text[:20]!r} is no number", remedy="Write 0.10, or 10%.") from None


def _benchmark(text: str) -> dict[str, float] | str:
    if "=" not in text:
        if text and text not in gallery.names():
            known = f"Write US_EQ=0.6,CORP=0.4, or one of {', '.join(gallery.names())}."
            raise UsageError(f"benchmark {text[:40]!r} is no policy of the gallery", remedy=known)
        return text or {}
    found = pairs(text.split(","), "benchmark", "US_EQ=0.6")
    return {name: fraction("benchmark", weight) for name, weight in found.items()}


def mandates() -> list[Plain]:
    """The statements that lie in the workspace, in its folder or one below: what each is, or why it does not read."""
    places = [one for pattern in ("*.yaml", "*/*.yaml") for one in sorted(HERE.glob(pattern))][: 10 * _MOST]
    found = [place for place in places if _begins(place)]
    return [_mandate(place) for place in found[:_MOST]]


def _begins(place: Path) -> bool:
    """Whether it says that it is a mandate. A link may lead anywhere, and is left alone."""
    if place.is_symlink() or place.parent.is_symlink() or not place.is_file() or place.stat().st_size > _LARGEST:
        return False
    text = place.read_text(encoding="utf-8", errors="replace")
    return any(line.startswith("mandate:") for line in text.splitlines())


def _mandate(place: Path) -> Plain:
    file = place.as_posix()
    try:
        found = load_mandate(place)
    except TrimtabError as error:
        return {"file": file, "valid": False, "why": str(error), "name": "", "version": "", "sha256": ""}
    return {"file": file, "valid": True, "why": "", "name": found.name, "version": str(found.version), "sha256": found.sha256}


def policies() -> list[str]:
    """The policy files that a mandate can be held against: those of the workspace, then the gallery."""
    own = [one.as_posix() for one in sorted(HERE.glob("policies/*.yaml")) if not one.is_symlink()]
    return [*own, *gallery.names()]
