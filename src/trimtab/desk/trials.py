"""The registry of trials: every backtest, every variant of every sweep, and every loss that somebody owned up to.

`trials.jsonl` gets one line for each, appended under a lock and flushed to the disk, chained to all lines before
(`trial_chain`). N never falls: nothing is ever taken out, a trial that is missing is counted, and a registry that is damaged
is refused until the loss is accepted with a reason, which adds what is missing to the count for good.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from typing import Any

from trimtab.core.errors import UsageError
from trimtab.desk.result import Trials
from trimtab.desk.swept_part import SweptPart
from trimtab.desk.trial_chain import Chain, Entry, digest, linked, read_chain
from trimtab.desk.trial_count import Spread, recorded, tally, variants_of
from trimtab.desk.trial_loss import ACCEPT, Missing, frequencies, missing, saved, tell
from trimtab.desk.trial_returns import worth
from trimtab.desk.writing import write_text

FILE, LOCK = "trials.jsonl", ".trials.lock"
PATIENCE = 30.0  # seconds; an append takes milliseconds


@dataclass(frozen=True, slots=True)
class Count:
    """The trials of a workspace: all, different ones, how many independent ones they are worth, and what is missing.

    `spreads` are the Sharpe ratios a period by frequency of data (periods a year).
    """

    total: int = 0
    distinct: int = 0
    effective: float = 0.0
    spreads: Mapping[int, Spread] = field(default_factory=dict)
    missing: Missing = field(default=Missing())

    def at(self, periods_per_year: int) -> Trials:
        """What a result of this frequency has to know."""
        variance = self.spreads.get(periods_per_year, Spread()).variance
        return Trials(self.total, self.distinct, self.effective, variance, self.missing.words)


@dataclass(frozen=True, slots=True)
class Registry:
    """The registry of the workspace in `folder`; made when the first trial is appended."""

    folder: Path

    @property
    def path(self) -> Path:
        """Where its lines are."""
        return self.folder / FILE

    def append(self, entry: Entry) -> None:
        """Add one trial for good. Raises UsageError where the registry is damaged: it is refused before it grows."""
        self.add(lambda _: entry)

    def add(self, line: Callable[[Sequence[Entry]], Entry | None]) -> Entry | None:
        """Add what `line` makes of all entries so far, for good, while nobody else writes; None adds nothing. Returns it.

        Raises as `append`.
        """
        with self._locked():
            chain = self._sound(read_chain(self._content()))
            entry = line(chain.entries)
            if entry is not None:
                gone = missing(saved(self.folder), chain.entries, coming=entry)
                count = recorded(chain.entries) + gone.trials + variants_of(entry)
                self._write(linked({**entry, "n": count}, chain.head) + "\n")
                tell(self.folder, count)
        return entry

    def sweep(self, part: SweptPart) -> None:
        """Add all variants of one finished part of a sweep. Call it before the part's results are kept: a part without
        its line is a trial that is missing. Raises as `append`.
        """
        self.append(part.entry)

    def entries(self) -> list[dict[str, Any]]:
        """Every line, oldest first. Raises UsageError where one is cut, changed or gone: trials are never dropped."""
        return list(self._sound(self._read()).entries)

    def verify(self) -> tuple[str, ...]:
        """What is wrong, a sentence each: damage, then what is missing. Empty where nothing is."""
        here, chain = saved(self.folder), self._read()  # in this order: what lies here has its line by now
        gone = missing(here, chain.entries).words
        return (*chain.faults, *([gone] if gone else []))

    def count(self) -> Count:
        """How many trials there were; one that is missing counts as different from all others.

        Raises UsageError where the registry is damaged. Takes well under a second for 200 runs.
        """
        here, entries = saved(self.folder), self.entries()  # in this order, as in `verify`
        gone = missing(here, entries)
        found = tally(entries, lost=gone.trials, frequency=frequencies(here, entries))
        effective = worth(self.folder, list(found.runs.values())) + found.independent
        return Count(found.total, found.distinct, min(effective, float(found.distinct)), found.spreads, gone)

    def accept_loss(self, reason: str) -> int:
        """Own up to what is missing or damaged, with a reason: a line that counts it. Returns how many trials it counts.

        A damaged file stays beside the new one under a name of its own; of a reason only what can be printed, in one line.
        Raises UsageError without a reason, or where nothing is lost.
        """
        reason = in_one_line(reason)
        if not reason:
            raise UsageError("a loss needs a reason", remedy='Add --reason "why": it will be read later.')
        if not self.verify():  # asked without the lock: looking makes no folder
            raise self._nothing_lost()
        with self._locked():
            content = self._content()
            chain = read_chain(content)
            here = saved(self.folder)
            gone = missing(here, chain.entries)
            known = max(gone.trials, chain.loose) if here.told else gone.trials + chain.loose
            lost = max(known, len(chain.faults))
            if not lost:
                raise self._nothing_lost()
            self._own_up(chain, content, {"lost": lost, "reason": reason} | _named(gone))
        return lost

    def _nothing_lost(self) -> UsageError:
        remedy = "--workspace names another folder."
        return UsageError("nothing is lost: every run here has its line", where=str(self.path), remedy=remedy)

    def _own_up(self, chain: Chain, content: bytes, loss: Entry) -> None:
        """Write the line of an accepted loss, under the lock."""
        before, count = digest(chain.lines), recorded(chain.entries) + loss["lost"]
        line = linked({**loss, "before": before, "n": count}, chain.head)
        if chain.unreadable or chain.cut:
            aside = hashlib.sha256(content).hexdigest()[:8]  # of what it holds: another damage has another name
            (self.folder / f"trials-damaged-{aside}.jsonl").write_bytes(content)
            write_text(self.path, "".join(f"{one}\n" for one in (*chain.lines, line)))
        else:
            self._write(line + "\n")
        tell(self.folder, count)

    def _content(self) -> bytes:
        return self.path.read_bytes() if self.path.exists() else b""

    def _read(self) -> Chain:
        """The chain as it is. Where the last line is cut another process may be writing: its lock is waited for."""
        chain = read_chain(self._content())
        if chain.cut:
            with suppress(OSError), self._locked():  # a folder that cannot be written to holds no writer
                chain = read_chain(self._content())
        return chain

    def _sound(self, chain: Chain) -> Chain:
        """The chain itself. Raises UsageError where it is damaged."""
        if chain.faults:
            what = f"the registry of trials is damaged: {chain.faults[0]}"
            raise UsageError(what, where=str(self.path), remedy=f"Restore it from a backup, or accept the loss: {ACCEPT}.")
        return chain

    def _write(self, text: str) -> None:
        """Append under the lock; what a full disk leaves of a line is taken back."""
        with self.path.open("ab", buffering=0) as file:
            size = file.seek(0, os.SEEK_END)
            try:
                _put(file, text.encode())
            except BaseException:
                with suppress(OSError):
                    file.truncate(size)
                raise

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One writer at a time; the system lets the lock go if a process dies. Makes the folder."""
        import filelock  # takes longer to import than most commands run

        self.folder.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(self.folder / LOCK)
        try:
            lock.acquire(timeout=PATIENCE)
        except filelock.Timeout:
            remedy = "Wait for it, or end it; a lock of a process that died does not stay."
            what = "another process is writing to the registry of trials"
            raise UsageError(what, where=str(self.path), remedy=remedy) from None
        try:
            yield
        finally:
            lock.release()


def in_one_line(text: str) -> str:
    """A text as one line of letters that can be printed: a terminal does nothing but show it."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def _named(gone: Missing) -> dict[str, Any]:
    """What is missing by name, as the line of an accepted loss has it."""
    parts = {name: list(left) for name, left in gone.parts.items()}
    return {"runs": list(gone.runs), "sweeps": list(gone.sweeps), "parts": parts}


def _put(file: FileIO, data: bytes) -> None:
    """Write and flush to the disk. Raises OSError where only a part found room."""
    if file.write(data) != len(data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    os.fsync(file.fileno())
