"""The checklist for Python: six answers in, the recommendation and a policy to begin with out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trimtab.core.errors import UsageError
from trimtab.desk.advice_answers import KEYS, NUMBERS, Said
from trimtab.desk.advising import Plan, name_of_file, require_series, source_written, standing, written_policy
from trimtab.desk.load import read_policy
from trimtab.desk.policy import Policy
from trimtab.desk.writing import write_text
from trimtab.desk.yaml12 import parse
from trimtab.governance.answers import QUESTIONS, answer
from trimtab.governance.checklist import advise as checklist
from trimtab.governance.decision_table import ORDER, Approach

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False)
class Advised:
    """What fits some answers, and why; `policy()` is one to begin with, `write(path)` puts its file there."""

    plan: Plan
    data: str = ""

    @property
    def approach(self) -> str:
        """The approach that fits, or the one that was wanted."""
        return self.plan.advice.approach.value

    @property
    def satellite(self) -> str | None:
        """Another within a point of it, for a part of 30 %; None where there is none."""
        other = self.plan.advice.satellite
        return None if other is None else other.value

    @property
    def blocked(self) -> str:
        """Why nothing may start yet; empty where it may."""
        return self.plan.advice.blocked

    @property
    def scores(self) -> pd.Series:
        """Points of each approach, in the order of the table."""
        import pandas as pd

        return pd.Series({one.value: self.plan.advice.scores[one] for one in ORDER}, name="points")

    @property
    def settings(self) -> dict[str, Any]:
        """The hard settings: bounds as floats (None: none), and what is open or asked for as true or false."""
        return settings_of(self.plan)

    @property
    def reasons(self) -> pd.DataFrame:
        """A row a question: the answer, its points for the approach, what it sets, and whether that is our own choice."""
        import pandas as pd

        return pd.DataFrame(reasons_of(self.plan)).set_index("question")

    @property
    def conflicts(self) -> tuple[str, ...]:
        """What in the answers speaks against each other, or against the approach, in sentences."""
        return self.plan.advice.conflicts

    @property
    def text(self) -> str:
        """The policy file. Raises BreachError where nothing may start yet."""
        if self.data:
            require_series(self.plan, self.data)
        return written_policy(self.plan)

    def policy(self) -> Policy:
        """The policy itself. Raises BreachError where nothing may start yet."""
        text = self.text
        return read_policy(parse(text, self.plan.name), source=text)

    def write(self, path: str | Path) -> Path:
        """Write the policy file. Raises UsageError where a file stands there, BreachError where nothing may start yet."""
        place = Path(path)
        if place.exists():
            raise UsageError(f"{place} exists already", remedy="Give another name.")
        plan = replace(self.plan, name=name_of_file(place), data=source_written(self.data, place))
        write_text(place, replace(self, plan=plan).text)
        return place


def advise(
    answers: Mapping[str, Any], *, wanted: str | None = None, marginal: bool = False, data: str | Path = "", law: str = ""
) -> Advised:
    """What fits six answers, such as `{"horizon": "long", "tolerance": "medium", ...}`.

    `answers` may also say what success is: `benchmark` (weights, or the name of a policy of the gallery), `volatility`,
    `tracking_error`, `max_drawdown`. `wanted` is an approach of one's own choice, `marginal` the verdict of `economics`,
    `data` a folder of prices (default: the sample data), `law` a tax law for the policy. Raises UsageError for what is
    missing or unknown.
    """
    if unknown := sorted(answers.keys() - set(KEYS)):
        raise UsageError(f"{unknown[0]!r} is no question", remedy=f"Known: {', '.join(KEYS)}.")
    words = {name: str(answer(name, str(answers[name])).value) for name in QUESTIONS if name in answers}
    numbers = {name: float(answers[name]) for name in NUMBERS if name in answers}
    said = Said(words, answers.get("benchmark", {}), numbers)
    found = checklist(said.answered(), wanted=None if wanted is None else approach_of(wanted), marginal=marginal)
    return Advised(Plan(found, said.yardstick(), data=source_written(str(data), Path("policy.yaml")), law=law), str(data))


def approach_of(name: str) -> Approach:
    """An approach by its words or by its short name, `risk-parity`. Raises UsageError for another."""
    short = {one.name.lower().replace("_", "-"): one for one in Approach}
    found = short.get(name.lower()) or next((one for one in Approach if one.value == name), None)
    if found is None:
        raise UsageError(f"{name!r} is no approach", remedy=f"There are: {', '.join(short)}.")
    return found


def document(plan: Plan) -> dict[str, Any]:
    """The advice in plain values."""
    advice = plan.advice
    return {
        "answers": advice.answers.plain(),
        "approach": advice.approach.value,
        "scores": {one.value: advice.scores[one] for one in ORDER},
        "settings": settings_of(plan),
        "standing": list(standing(advice)),
        "reasons": reasons_of(plan),
        "conflicts": list(advice.conflicts),
        "core": float(advice.core),
        "satellite": None if advice.satellite is None else advice.satellite.value,
        "blocked": advice.blocked,
        "success": {
            "benchmark": dict(plan.yardstick.benchmark),
            **{name: getattr(plan.yardstick, name) for name in NUMBERS},
            "missing": list(plan.yardstick.missing),
        },
    }


def settings_of(plan: Plan) -> dict[str, Any]:
    """The hard settings in plain values."""
    settings = plan.advice.settings
    return {
        "tilt": float(settings.tilt),
        "wider_tilt": settings.wider_tilt,
        "leverage": None if settings.leverage is None else float(settings.leverage),
        "volatility_target": settings.volatility_target,
        "turnover": float(settings.turnover),
        "signals": settings.signals,
        "funds_only": settings.funds_only,
        "harvest": settings.harvest,
        "shelter": settings.shelter,
        "overrides": settings.overrides,
    }


def reasons_of(plan: Plan) -> list[dict[str, Any]]:
    """The reasons in plain values."""
    return [
        {
            "question": one.question,
            "answer": one.answer.value,
            "points": one.points,
            "setting": one.setting,
            "ours": one.ours,
        }
        for one in plan.advice.reasons
    ]
