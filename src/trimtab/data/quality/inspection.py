"""All detectors over all histories. Each detector sees what the repairs and quarantines before it have left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from trimtab.core.arrays import Dates
from trimtab.data.history import History
from trimtab.data.quality.clearing import applied
from trimtab.data.quality.detector import Context
from trimtab.data.quality.findings import Finding, Outcome
from trimtab.data.quality.pulse import Pulse, pulse
from trimtab.data.quality.settings import Settings
from trimtab.data.quality.track import Track, track

_PEERS = 3  # fewer say nothing of a market


def inspect(
    histories: Sequence[History],
    *,
    sessions: Mapping[str, Dates] | None = None,
    settings: Settings | None = None,
    earlier: Mapping[str, History] | None = None,
) -> tuple[Finding, ...]:
    """What is wrong with `histories`, series by series in their order. They are each other's peers.

    `sessions` maps the name of a series, or the code of its market, to the dates on which it should have a row.
    `earlier` are the same series as they were handed over before. Nothing is changed; see `clearing`.
    """
    settings = settings or Settings()
    paths = [_path(history, settings) for history in histories]
    pulses = _pulses(histories, paths)
    found: list[Finding] = []
    for number, history in enumerate(histories):
        name = history.about.name
        days = (sessions or {}).get(name, (sessions or {}).get(history.about.market))
        adjusted = name in settings.split_adjusted
        context = Context(paths[number], pulses.get(number), days, adjusted, (earlier or {}).get(name))
        found += _inspected(history, context, settings)
    return tuple(found)


def _inspected(history: History, context: Context, settings: Settings) -> list[Finding]:
    found: list[Finding] = []
    if len(history.dates) == 0:
        return found
    for detector, waiver in settings.plan(history.about.name):
        made = list(detector(history, context))
        if waiver is not None:
            made = [finding.waive(waiver.words) for finding in made]
        found += made
        if any(finding.changes for finding in made):
            history = applied(history, made)
            context = replace(context, path=_path(history, settings))
    return found


def _path(history: History, settings: Settings) -> Track:
    return track(history, split_adjusted=history.about.name in settings.split_adjusted)


def _pulses(histories: Sequence[History], paths: Sequence[Track]) -> dict[int, Pulse]:
    """The pulse of the peers of each history by its number: holdable series of one pace, where there are enough."""
    groups: dict[bool, list[int]] = {}
    for number, (history, path) in enumerate(zip(histories, paths, strict=True)):
        if history.about.holdable and len(path.rows) > 1:
            groups.setdefault(path.coarse, []).append(number)
    made: dict[int, Pulse] = {}
    for members in groups.values():
        if len(members) > _PEERS - 1:
            beat = pulse([histories[n] for n in members], [paths[n] for n in members])
            made |= dict.fromkeys(members, beat)
    return made


def counted(findings: Sequence[Finding], outcome: Outcome = Outcome.QUARANTINE) -> dict[str, int]:
    """Rows that findings of an outcome concern, by detector; a row counts once a detector, waived findings not at all."""
    rows: dict[str, set[tuple[str, int]]] = {}
    for finding in findings:
        if finding.outcome is outcome and not finding.waived:
            rows.setdefault(finding.detector, set()).update((finding.series, int(row)) for row in finding.rows)
    return {detector: len(cells) for detector, cells in rows.items()}
