"""`report`: the tear sheet of a run of the workspace, or of any file with returns or prices, as HTML and as PDF."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np

from trimtab.core.errors import UsageError
from trimtab.desk.expected import with_other_code
from trimtab.desk.foreseen import seen_expected
from trimtab.desk.policy import Policy
from trimtab.desk.trial_code import code_of
from trimtab.desk.validation import kept
from trimtab.surfaces.cli.decide import replayed
from trimtab.surfaces.cli.options import as_of, hint, print_json, say, workspace
from trimtab.surfaces.cli.outputs import require_free_report, require_no_data
from trimtab.surfaces.cli.research import rivals
from trimtab.surfaces.cli.wrapping import wrapped
from trimtab.surfaces.report.figures import columns
from trimtab.surfaces.report.given import beside, given_study, went_live
from trimtab.surfaces.report.overview import headline
from trimtab.surfaces.report.page import write_report
from trimtab.surfaces.report.pdf import browser, print_pdf
from trimtab.surfaces.report.study import Study, study
from trimtab.surfaces.series import Track, read_series


def report(options: Namespace) -> int:
    """Write the report of a file or a run; print its first sentence and where it lies."""
    wanted = Path(options.out) if options.out else None
    printing = options.pdf or (wanted is not None and wanted.suffix == ".pdf")
    if printing:
        browser()  # said before the work is done, not after
    _require_place(options, printing=printing)
    shown, place = _of_file(options) if Path(options.subject).is_file() else _of_run(options)
    if options.benchmark:
        shown = beside(shown, _up_to(read_series(options.benchmark), options))
    if options.live_start:
        shown = went_live(shown, _live(options.live_start))
    shown = replace(shown, client=options.client)
    target = wanted or place
    page = write_report(shown, target.with_suffix(".html") if target.suffix == ".pdf" else target)
    printed = print_pdf(page, page.with_suffix(".pdf")) if printing else None
    if options.json:
        print_json("report", {"report": str(page), "pdf": None if printed is None else str(printed), "notes": _notes(shown)})
        return 0
    for line in wrapped(f"{shown.subject.title}: {headline(shown, columns(shown))}"):
        say(line)
    for note in _notes(shown):
        hint(note, options)
    say(f" report: {page}{f'    pdf: {printed}' if printed else ''}")
    return 0


def _require_place(options: Namespace, *, printing: bool) -> None:
    """Raises UsageError where the report would replace another's file, or lie among the data of the run's policy."""
    of_file = Path(options.subject).is_file()
    if not options.out and not of_file:
        return
    place = Path(options.out) if options.out else _place_of_file(options)
    page = place.with_suffix(".html") if place.suffix == ".pdf" else place
    require_free_report(page, pdf=printing, option="--out" if options.out else "the report")
    if not of_file and not Path(options.subject).suffix:
        folder = workspace(options)
        require_no_data(page, folder.policy(folder.meta(options.subject)["run"]))


def _place_of_file(options: Namespace) -> Path:
    return Path(f"{Path(options.subject).stem}-report.html")


def _notes(shown: Study) -> list[str]:
    return [*(shown.origin.notes if shown.origin else ()), *shown.notes]


def _of_file(options: Namespace) -> tuple[Study, Path]:
    """The study of a file, and where its report goes: beside nothing, into this folder."""
    path = Path(options.subject)
    told = True if options.prices else False if options.returns else None
    track = read_series(path, name=options.title, prices=told, column=options.column, drop=options.drop)
    return given_study(_up_to(track, options), source=f"File {path.name}"), _place_of_file(options)


def _of_run(options: Namespace) -> tuple[Study, Path]:
    """The study of a run, computed again from the policy and the data that it saw, and the report in its folder."""
    folder = workspace(options)
    if Path(options.subject).suffix:
        raise UsageError("there is no such file", where=options.subject, remedy="Give a CSV or Parquet file, or a run's hash.")
    run = folder.meta(options.subject)["run"]
    result = folder.counted(replayed(folder, run, options))
    options.vs = "saa"
    made = replace(study(result, tuple(rivals(result.policy, result, options))), validation=kept(folder.path(run)))
    made = _with_expected(made, folder.folder, result.policy)
    named = replace(made, subject=replace(made.subject, title=options.title)) if options.title else made
    return named, folder.path(run) / ("client.html" if options.client else "report.html")


def _with_expected(made: Study, folder: Path, policy: Policy) -> Study:
    """The study with what was expected of its policy and of its owner's code; a note names what was of other code."""
    own = code_of(policy)
    others = ", ".join(place.name for place in with_other_code(folder, policy.sha256, own))
    expected, unseen = seen_expected(folder, policy)
    notes = (f"Expectations of other code of one's own are not shown: {others}.",) if others else ()
    hidden = (f"What was expected is not shown: {unseen}.",) if unseen else ()
    return replace(made, expected=expected, notes=(*made.notes, *notes, *hidden))


def _up_to(track: Track, options: Namespace) -> Track:
    """The series up to `--as-of`."""
    day = as_of(options)
    if day is None:
        return track
    known = int(np.searchsorted(track.dates, np.datetime64(day), side="right"))
    return replace(track, dates=track.dates[:known], returns=track.returns[:known])


def _live(text: str) -> np.datetime64:
    """The date of `--live-start`. Raises UsageError where it is none."""
    try:
        return np.datetime64(date.fromisoformat(text), "D")
    except ValueError:
        raise UsageError(f"--live-start {text!r} is not a date", remedy="Write it as 2018-11-30.") from None
