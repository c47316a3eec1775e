"""`sweep`: every variant of a policy over a grid, over as many workers as wanted; ended at any moment, it goes on later."""

from __future__ import annotations

import math
import re
import shutil
import sys
from argparse import Namespace
from functools import partial
from pathlib import Path

from trimtab.core.errors import DataError, UsageError
from trimtab.core.visible import in_line
from trimtab.desk.crew import Backend, Crew
from trimtab.desk.grid import Grid
from trimtab.desk.sweep_review import review_sweep
from trimtab.desk.sweeping import SweepPlan, carry_out_sweep, plan
from trimtab.desk.workers import Progress
from trimtab.surfaces.cli.heard import listener
from trimtab.surfaces.cli.markets import market_of
from trimtab.surfaces.cli.options import counted, hint, opened, print_json, say, workspace
from trimtab.surfaces.cli.outputs import Output, require_free, require_no_data
from trimtab.surfaces.cli.sweep_screen import before, lasting, results
from trimtab.surfaces.cli.wrapping import tell
from trimtab.surfaces.sweeps import require_used

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)i?B?", re.IGNORECASE)
_TIME = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|h|d)?", re.IGNORECASE)
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def sweep(options: Namespace) -> int:
    """Say what is coming, run it, keep it, and show the best beside their number."""
    crew = _crew(options)
    planned = _planned(options, crew)
    if not options.json:
        for line in before(planned, crew):
            say(line)
    try:
        result = carry_out_sweep(planned, crew, data_at=options.data_at or "", progress=_bar(options, planned))
    except KeyboardInterrupt:
        return _stopped(options, planned)
    review = review_sweep(planned, result)
    if options.out and len(result):
        _copied(result.place, Path(options.out))
    if options.json:
        print_json("sweep", review.document(options.top))
    else:
        for line in results(review, options.top):
            say(line)
        if len(result):
            say(f" results: {options.out or result.place}")
        hint(f" next: trimtab trials list --workspace {options.workspace}", options)
    return DataError.exit_code if result.gaps or result.idle else 0


def _planned(options: Namespace, crew: Crew) -> SweepPlan:
    """The sweep that the options ask for; nothing is run or written. Raises UsageError for an option that cannot be."""
    grid = Grid.parse(options.grid)
    if options.top < 0:
        raise UsageError(f"--top {options.top} is below 0", remedy="Write how many of the best to show.")
    if options.data_at is not None:
        require_used(options.data_at, crew, "--data-at")
    folder = workspace(options).folder
    out = require_free(options.out, Output.RESULTS) if options.out else ""
    policy = opened(options.policy, options)
    require_no_data(out, policy)
    return plan(policy, grid, folder, load=lambda one: market_of(one, options))


def _crew(options: Namespace) -> Crew:
    """Who does the work. Raises UsageError for an option that cannot be."""
    workers = 1 if options.workers is None and options.backend == "loky" else options.workers or 0
    memory = _bytes(options.memory) if options.memory else 0
    return Crew(Backend(options.backend), workers, options.address, memory, _patience(options.patience))


def _bytes(text: str) -> int:
    """A size: `2GB`, `500MB`."""
    match = _SIZE.fullmatch(text.strip())
    if match is None or not float(match[1]):
        raise UsageError(f"--memory {text!r} is no size", remedy="Write for example --memory 2GB.")
    return int(float(match[1]) * 1024 ** ("KMGT".index(match[2].upper()) + 1 if match[2] else 0))


def _patience(text: str) -> float:
    """Seconds: `90s`, `10m`, `1h`."""
    match = _TIME.fullmatch(text.strip())
    if match is None or not float(match[1]):
        raise UsageError(f"--patience {text!r} is no time", remedy="Write for example --patience 90s, 10m or 1h.")
    return float(match[1]) * _SECONDS[(match[2] or "s").lower()]


def _bar(options: Namespace, planned: SweepPlan) -> Progress | None:
    """Parts done, and the time that is left, on stderr; none when quiet. A listener hears it in any case."""
    if (heard := listener()) is not None:
        return partial(heard.come, in_line(planned.policy.name))
    if options.quiet:
        return None
    from tqdm import tqdm

    form = "{desc}: {percentage:3.0f}%|{bar}| {n_fmt} of {total_fmt} parts{postfix}"
    plainly = not (sys.stderr.encoding or "").lower().startswith("utf")
    bar = tqdm(desc=in_line(planned.policy.name), delay=1.0, leave=False, ascii=plainly, bar_format=form, file=sys.stderr)
    options.bars = [*getattr(options, "bars", ()), bar]  # an error must find a clean line

    def step(done: int, total: int, left: float) -> None:
        bar.total = total
        bar.set_postfix_str("" if math.isnan(left) else f"about {lasting(left)} left", refresh=False)
        bar.update(done - bar.n)
        if done == total:
            bar.close()

    return step


def _stopped(options: Namespace, planned: SweepPlan) -> int:
    """Ctrl-C: what is kept, and how to go on."""
    for bar in getattr(options, "bars", ()):
        bar.close()
    kept = counted(planned.kept, "part")
    tell(f"stopped: {kept} of {len(planned.parts)} kept and counted; the same command goes on from there")
    return 1


def _copied(place: Path, out: Path) -> None:
    """The results under a name of one's own."""
    out.parent.mkdir(parents=True, exist_ok=True)
    draft = out.with_name(f".{out.name}.draft")
    try:
        shutil.copyfile(place, draft)
        draft.replace(out)
    except BaseException as error:
        draft.unlink(missing_ok=True)
        if isinstance(error, OSError):
            remedy = f"The results are in {place}."
            raise UsageError(f"the results cannot be copied: {error.strerror}", where=str(out), remedy=remedy) from error
        raise
