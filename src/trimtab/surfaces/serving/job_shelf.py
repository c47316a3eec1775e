"""The folder of jobs: `jobs/<id>/job.json` and `outcome.json` for each, for the eyes of the server's account alone.

A record is the old or the new one, whatever happens (desk/writing.py). What does not read is told to the log and left for a
person to look at, until it is as old as what is swept.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from trimtab.core.errors import UsageError
from trimtab.desk.writing import write_text
from trimtab.surfaces.serving.job_record import Job, record, recorded

FOLDER, RECORD, OUTCOME = "jobs", "job.json", "outcome.json"
_LOG = logging.getLogger("trimtab.jobs")


@dataclass(frozen=True, slots=True)
class Shelf:
    """The jobs of a workspace on disk. Raises UsageError where its folder cannot be."""

    workspace: Path

    def __post_init__(self) -> None:
        try:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            self.folder.chmod(0o700)
        except OSError as error:
            what = f"the folder of jobs cannot be used ({error.strerror})"
            raise UsageError(what, where=str(self.folder), remedy="Check that you may write there.") from None

    @property
    def folder(self) -> Path:
        """Where they lie."""
        return self.workspace / FOLDER

    def outcome(self, name: str) -> Path:
        """Where the outcome of a job is, or will be."""
        return self.folder / name / OUTCOME

    def keep(self, job: Job) -> None:
        """Write the record of a job. Raises OSError where it cannot be written."""
        place = self.folder / job.id
        place.mkdir(mode=0o700, exist_ok=True)
        write_text(place / RECORD, record(job))

    def drop(self, name: str) -> None:
        """Forget a job and what came of it."""
        shutil.rmtree(self.folder / name, ignore_errors=True)

    def jobs(self, now: np.datetime64, days: int) -> list[Job]:
        """Every job that was kept, the oldest first. What a crash left without a record goes, and so does what is old and
        does not read.
        """
        found: list[tuple[np.datetime64, int, Job]] = []
        for place in sorted(one for one in self.folder.iterdir() if one.is_dir()):
            try:
                written = (place / RECORD).stat().st_mtime_ns
            except OSError:
                self.drop(place.name)  # a job is acknowledged after its record is written
                continue
            job = self._read(place)
            if job is not None:
                found.append((job.made, written, job))
            elif (now - np.datetime64(written, "ns")) > np.timedelta64(days, "D"):
                self.drop(place.name)
        return [job for _, _, job in sorted(found, key=lambda one: one[:2])]

    def _read(self, place: Path) -> Job | None:
        try:
            job = recorded((place / RECORD).read_text(encoding="utf-8"))
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            _LOG.warning("the record of job %s does not read (%s)", place.name, type(error).__name__)
            return None
        if job.id != place.name:
            _LOG.warning("the record of job %s is that of another", place.name)
            return None
        return job


def too_old(jobs: Iterable[Job], now: np.datetime64, *, days: int, most: int) -> list[str]:
    """The jobs to be swept: over, and beyond the `most` latest or ended more than `days` ago."""
    latest = reversed([one for one in jobs if one.state.over])  # `jobs` are in the order they were made, which breaks ties
    over = sorted(latest, key=_end, reverse=True)
    oldest = now - np.timedelta64(days, "D")
    return [job.id for place, job in enumerate(over) if place >= most or _end(job) < oldest]


def _end(job: Job) -> np.datetime64:
    return job.made if job.ended is None else job.ended
