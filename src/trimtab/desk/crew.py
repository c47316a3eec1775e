"""Who does the work of a sweep: processes here (loky), a Dask cluster or a Ray cluster, and what each worker may take."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from enum import Enum

from trimtab.core.errors import UsageError

GIB = 1 << 30
_SHARE = 0.8  # of the memory of this machine that its workers may take together; the rest is the system's and the driver's
_ADDRESSES = {
    "dask": re.compile(r"(?:(?:tcp|tls|ws|wss|ucx)://)?[\w.\-\[\]:]+:\d{1,5}"),
    "ray": re.compile(r"auto|(?:ray://)?[\w.\-\[\]:]+:\d{1,5}"),
}


class Backend(Enum):
    """What spreads the parts; each is a backend of joblib."""

    LOKY = "loky"  # processes on this machine
    DASK = "dask"
    RAY = "ray"


@dataclass(frozen=True, slots=True)
class Crew:
    """The workers of a job.

    `workers` 0 means as many as there are: cores here, workers in a cluster. With loky, one worker is this process itself:
    nothing watches it, so that `patience` and `memory` do not bind. Without `address`, Dask and Ray start a cluster of their
    own here, which ends with the job. `memory` is bytes a worker may hold, 0 an equal share of this machine, or in a cluster
    elsewhere no limit but its own; it is kept on Linux. `patience` is seconds for one part, None without end; fetching the
    data has as long again. Raises UsageError where the crew cannot be.
    """

    backend: Backend = Backend.LOKY
    workers: int = 1
    address: str = ""
    memory: int = 0
    patience: float | None = 3600.0

    def __post_init__(self) -> None:
        if self.workers < 0:
            raise UsageError(f"{self.workers} workers cannot work", remedy="Give a number, or 0 for as many as there are.")
        if self.memory < 0:
            raise UsageError(f"{self.memory} bytes of memory are too few", remedy="Give bytes for each worker, or 0.")
        if self.patience is not None and not self.patience > 0.0:
            raise UsageError(f"a patience of {self.patience} seconds ends at once", remedy="Give seconds for one part.")
        self._check_address()

    def _check_address(self) -> None:
        pattern = _ADDRESSES.get(self.backend.value)
        if self.address and pattern is None:
            raise UsageError("loky works on this machine and has no address", remedy="Leave it out, or use dask or ray.")
        if self.address and pattern is not None and not pattern.fullmatch(self.address):
            remedy = "Write tcp://host:8786 for Dask; auto, or host:6379, for Ray. Passwords have no place in it."
            raise UsageError(f"the address is none of a {self.backend.value} cluster", remedy=remedy)

    @property
    def count(self) -> int:
        """How many workers are wanted here; 0 where a cluster elsewhere says how many it has."""
        return self.workers or (0 if self.address else cores())

    @property
    def in_process(self) -> bool:
        """Whether this process does the work itself."""
        return self.backend is Backend.LOKY and self.count == 1

    @property
    def budget(self) -> int:
        """Bytes that a worker may hold; 0 where nothing of ours limits it."""
        if self.memory or self.address or self.in_process:
            return self.memory
        return int(_SHARE * machine_memory() / max(self.count, 1))

    def afford(self, need: int) -> None:
        """Refuse a job before it starts, where its estimate does not fit: `need` bytes for a part, 0 where nobody knows.

        Raises UsageError.
        """
        here = machine_memory()
        together = (self.budget or need) * max(self.count, 1)
        if not self.address and here and together > here:
            what = f"{max(self.count, 1)} workers would take {gib(together)}, this machine has {gib(here)}"
            raise UsageError(what, remedy="Use fewer workers, or less memory for each.")
        if self.budget and need > self.budget:
            what = f"a part takes about {gib(need)}, and a worker may hold {gib(self.budget)}"
            raise UsageError(what, remedy="Make the parts smaller, use fewer workers, or give each more memory.")


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def machine_memory() -> int:
    """Bytes of memory in this machine; 0 where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 0


def gib(size: float) -> str:
    """A number of bytes as people say it."""
    return f"{size / GIB:.1f} GiB" if size >= GIB / 10 else f"{size / (1 << 20):.1f} MiB"
