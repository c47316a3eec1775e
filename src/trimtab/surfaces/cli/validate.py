"""`validate`: is a policy's result to be believed? Every check with its light, the ruling, and the report."""

from __future__ import annotations

import math
import shutil
import textwrap
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from trimtab.core.errors import UsageError
from trimtab.desk import gallery
from trimtab.desk.backtest import backtest
from trimtab.desk.counting_variants import counted_once
from trimtab.desk.damaged_sweeps import damage_words
from trimtab.desk.grid import Grid
from trimtab.desk.result import Result
from trimtab.desk.swept_before import swept_before
from trimtab.desk.validating import validate as run
from trimtab.desk.validation import Validation, keep
from trimtab.desk.workspace import Workspace
from trimtab.surfaces.cli.decide import replayed
from trimtab.surfaces.cli.markets import market_of
from trimtab.surfaces.cli.options import answer, hint, opened, progress, say, workspace
from trimtab.surfaces.cli.outputs import Output, require_free, require_no_data
from trimtab.surfaces.cli.research import rivals
from trimtab.surfaces.cli.screen import head
from trimtab.surfaces.cli.wrapping import LEAST, MOST, wrapped
from trimtab.surfaces.report.page import write_report
from trimtab.surfaces.report.study import study
from trimtab.validation.checks import Check, Light

SIGNS = {Light.PASS: "+", Light.WARN: "!", Light.FAIL: "x", Light.UNKNOWN: "?"}
NAME, WIDE = 26, 100  # columns of a name, and of a terminal that shows value and bar too
FAILED = 1


def validate(options: Namespace) -> int:
    """Validate a policy or a run; keep the result beside the run. Exit code 1 where a check fails."""
    grid = Grid.parse(options.grid) if options.grid else None
    folder = workspace(options)
    if options.out:
        require_free(options.out, Output.REPORT)
    result, name = _subject(folder, options)
    bar = progress(options, f"validating {result.policy.name}", unit="step")
    around = grid or swept_before(folder.folder, result)
    damaged = () if grid else damage_words(folder.folder, result)
    found = run(result, around=around, registry=folder.registry, seed=options.seed, progress=bar)
    result = folder.counted(result)
    folder.note(result, name)
    keep(found, folder.path(name))
    report = _report(result, found, options) if options.out else None
    code = FAILED if found.failed else 0
    if options.json:
        body = {"run": name, "execution": result.execution_words, "notes": [*result.notes, *damaged], **found.to_dict()}
        return answer("validate", {**body, "report": None if report is None else str(report)}, code)
    for line in (*head(result), "", *lines(found)):
        say(line)
    for line in (line for words in damaged for line in wrapped(f"! {words}")):
        say(line)
    say(f" run {name}{f'    report: {report}' if report else ''}")
    hint(f" next: trimtab report {name}    trimtab trials list", options)
    return code


def _subject(folder: Workspace, options: Namespace) -> tuple[Result, str]:
    """The backtest of a policy file, of one of the gallery, or of a run; and its hash. A run of before counts no trial."""
    target = options.target
    if Path(target).is_file() or target in gallery.names():
        policy = opened(target, options)
        require_no_data(options.out, policy)
        result = backtest(policy, market_of(policy, options), progress=progress(options, policy.name))
        return counted_once(folder, result)
    if Path(target).suffix:
        raise UsageError(
            "there is no such file", where=target, remedy="Give a policy file, one of the gallery, or a run's hash."
        )
    if options.data or options.as_of:
        remedy = "Give the policy instead: a run has its data and its last date."
        raise UsageError("--data and --as-of do not go with a run", where=target, remedy=remedy)
    run = folder.meta(target)["run"]
    require_no_data(options.out, folder.policy(run))
    return replayed(folder, run, options), run


def _report(result: Result, found: Validation, options: Namespace) -> Path:
    """The report with its section on validation, beside the policy's benchmark."""
    options.vs = "saa"
    made = study(result, tuple(rivals(result.policy, result, options)))
    return write_report(replace(made, validation=found), options.out)


def lines(found: Validation) -> Iterator[str]:
    """The table of lights, the trials, and the ruling."""
    width = max(LEAST, min(shutil.get_terminal_size((MOST, 24)).columns, MOST))
    if width >= WIDE:
        yield f"   {'':<8}{'check':<{NAME}} {'value':>8} {'bar':>8}  what it means"
    for check in found.checks:
        yield from _row(check, width)
    yield ""
    worth = f", worth {found.effective:,.1f} independent ones"
    many = found.ground.tried
    seen = f"{many:,} variants looked at: the policy and {found.ground.around}" if many > 1 else "no variant but the policy"
    yield from wrapped(f"trials: {found.trials:,} different ones in this workspace{worth}; {seen}")
    if found.ground.left_out:
        yield from wrapped(found.ground.left_words)
    yield from wrapped(found.words)


def _row(check: Check, width: int) -> Iterator[str]:
    """One check: sign and word of its light, name, value and bar where there is room, and the words beside them."""
    figures = f" {_figure(check.value):>8} {_figure(check.threshold):>8}" if width >= WIDE else ""
    first = f" {SIGNS[check.light]} {check.light.value:<8}{check.name:<{NAME}}{figures}  "
    text = textwrap.wrap(check.words, width - len(first), break_on_hyphens=False) if width >= WIDE else []
    if text:
        yield first + text[0]
        yield from (" " * len(first) + line for line in text[1:])
    else:
        yield first.rstrip()
        yield from (f"     {line}" for line in textwrap.wrap(check.words, width - 5, break_on_hyphens=False))


def _figure(value: float) -> str:
    """Three digits; whole numbers from a hundred on; a dash where there is none."""
    return "-" if math.isnan(value) else f"{value:,.0f}" if abs(value) >= 100.0 else f"{round(value, 3) + 0.0:.3f}"
