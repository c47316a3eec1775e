"""The processes of a crew, by joblib's backends: loky here, Dask and Ray on a cluster. One thread of arithmetic each.

A gang is told calls and hands over answers as they come. Where a worker dies, joblib gives up the whole round: whoever
uses the gang starts another, and `renew` sees to it that the workers are new ones.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Collection, Generator, Iterable, Iterator
from typing import Any

from trimtab.core.errors import UsageError
from trimtab.desk.attempts import Answer, Attempt, guard
from trimtab.desk.cluster_address import ray_answers
from trimtab.desk.crew import Backend, Crew
from trimtab.desk.sweep_packages import package

ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "BLIS", "NUMEXPR", "NUMBA")}
ONE_THREAD["VECLIB_MAXIMUM_THREADS"] = "1"
_OWN_DASK = {
    "distributed.scheduler.allowed-failures": 0,  # else a part that ends its worker is tried again behind our back
    "distributed.deploy.lost-worker-timeout": "30d",  # else a worker that restarts at the wrong moment never comes back
}
_RESTART = 30.0  # seconds for the workers of Dask to come back
_LOOKS, _PAUSE = 3, 0.1  # so many looks in a row, so many seconds apart, find nobody at work when a round is over
_GRACE = 60.0  # seconds beyond twice the patience, after which a silent cluster counts as lost


class Gang(ABC):
    """Workers that are there. `workers` is how many; each has so many calls more at hand, `ahead`, while it does one.

    A call at hand when its worker is lost has had a try: see `workers`, where no call is given up for another.
    """

    ahead = 0

    def __init__(self, crew: Crew, workers: int) -> None:
        self.crew, self.workers, self.mark = crew, workers, f"trimtab-{uuid.uuid4().hex[:12]}"
        self._generation = 0

    @abstractmethod
    def _settings(self) -> dict[str, Any]:
        """What `joblib.parallel_config` is told."""

    def run(self, calls: Iterable[Attempt], *, at_once: int) -> Generator[Answer, None, None]:
        """The answers, in the order in which they come; raises whatever a lost worker makes of the round."""
        joblib = package("joblib", self.crew.backend.value.replace("loky", "sweep"))
        silence = None if self.crew.patience is None else 2.0 * self.crew.patience + _GRACE
        with joblib.parallel_config(**self._settings()):
            pool = joblib.Parallel(
                n_jobs=self.workers,
                return_as="generator_unordered",
                pre_dispatch=min(at_once, self.workers * (1 + self.ahead)),
                batch_size=1,
                max_nbytes=None,
                timeout=silence,
            )
        answers: Generator[Answer, None, None] = pool((call, (), {}) for call in calls)
        return answers

    def renew(self, spoilt: Collection[str] = ()) -> None:
        """Make the next round one of new processes; what still runs of the last one ends, and so do the `spoilt` workers."""
        self._generation += 1

    @abstractmethod
    def close(self) -> None:
        """Let the workers go."""


class _Loky(Gang):
    ahead = 1  # else a worker waits 4 ms for the next, which is a twentieth of a part of lanes

    def __init__(self, crew: Crew, workers: int) -> None:
        super().__init__(crew, workers)
        self._executor: Any = package("joblib.externals.loky").get_reusable_executor

    def _settings(self) -> dict[str, Any]:
        told = (os.getpid(), self._generation)
        return {"backend": "loky", "inner_max_num_threads": 1, "initializer": guard, "initargs": told}

    def close(self) -> None:
        self._executor(reuse=True).shutdown(wait=True, kill_workers=True)


class _Cluster(Gang):
    """Workers of a cluster, to each of which a call is one task."""

    def _settings(self) -> dict[str, Any]:
        from trimtab.desk.cluster_tasks import ClusterTasks  # stands on joblib's own class, so that joblib must be there

        package("joblib").register_parallel_backend("trimtab-cluster", ClusterTasks)
        return {"backend": "trimtab-cluster", "send": self._send, "cancel": self._cancel}

    @abstractmethod
    def _send(self, call: Any) -> Any:
        """The future of a call."""

    @abstractmethod
    def _cancel(self, future: Any) -> None:
        """End the call, running or not."""


class _Dask(_Cluster):
    def __init__(self, crew: Crew, client: Any, workers: int) -> None:
        super().__init__(crew, workers)
        self._client, self._numbers, self._ended = client, itertools.count(), list[Any]()

    def run(self, calls: Iterable[Attempt], *, at_once: int) -> Generator[Answer, None, None]:
        """See `Gang`. Waits for workers that are on their way back. Raises UsageError where none comes."""
        try:
            self._client.wait_for_workers(1, timeout=_RESTART)
        except TimeoutError as error:
            remedy = "Start workers, and start the job again: it goes on where it stood."
            raise UsageError("the dask cluster has lost all its workers", remedy=remedy) from error
        return super().run(calls, at_once=at_once)

    def _send(self, call: Any) -> Any:
        return self._client.submit(call, key=f"{self.mark}-{next(self._numbers)}", pure=False, retries=0)

    def _cancel(self, future: Any) -> None:
        self._ended.append(future)  # once it is cancelled, nobody knows that its worker goes on with it: see renew

    def renew(self, spoilt: Collection[str] = ()) -> None:
        """Restart the workers that still do parts of this job, and those only: the cluster may be others' too."""
        super().renew(spoilt)
        with contextlib.suppress(Exception):  # workers without a nanny cannot restart: their parts end with their patience
            self._client.cancel(self._ended)
            self._ended.clear()
            gone, quiet = set(spoilt), 0
            while quiet < _LOOKS:  # a part may still be on its way to a worker: the scheduler has forgotten it by then
                ended = sorted((self._busy() | gone) & set(self._client.nthreads()))
                quiet = 0 if ended else quiet + 1
                if ended:
                    self._client.restart_workers(ended, timeout=_RESTART, raise_for_error=False)
                    gone = set()
                else:
                    time.sleep(_PAUSE)

    def _busy(self) -> set[str]:
        """The workers that do a part of this job, by their own account."""
        doing = self._client.run(_under_way, on_error="ignore")
        return {at for at, keys in doing.items() if any(key.startswith(self.mark) for key in keys)}

    def close(self) -> None:
        self.renew()


def _under_way(dask_worker: Any) -> list[str]:
    """What a worker of Dask does at this moment, cancelled or not; Dask hands it in by this name."""
    return [str(task.key) for task in dask_worker.state.executing]


class _Ray(_Cluster):
    def __init__(self, crew: Crew, ray: Any, workers: int) -> None:
        super().__init__(crew, workers)
        self._ray, self._references = ray, dict[int, Any]()
        self._task = ray.remote(lambda call: call())

    def _send(self, call: Any) -> Any:
        other = ONE_THREAD | {"TRIMTAB_GENERATION": str(self._generation)}  # with another environment come other processes
        task = self._task.options(num_cpus=1, max_retries=0, runtime_env={"env_vars": other})
        reference = task.remote(call)
        future = reference.future()
        self._references[id(future)] = reference
        future.add_done_callback(lambda done: self._references.pop(id(done), None))
        return future

    def _cancel(self, future: Any) -> None:
        reference = self._references.get(id(future))
        if reference is not None:
            self._ray.cancel(reference, force=True)

    def close(self) -> None:
        """Its calls ended with their round, and idle processes are Ray's own."""


@contextlib.contextmanager
def gathered(crew: Crew) -> Iterator[Gang]:
    """The workers of a crew for as long as the block runs. Raises UsageError where they cannot be had."""
    opener = {Backend.LOKY: _loky, Backend.DASK: _dask, Backend.RAY: _ray}[crew.backend]
    with opener(crew) as gang:
        try:
            yield gang
        finally:
            gang.close()


@contextlib.contextmanager
def _loky(crew: Crew) -> Iterator[Gang]:
    yield _Loky(crew, crew.count)


@contextlib.contextmanager
def _dask(crew: Crew) -> Iterator[Gang]:
    distributed, dask = package("distributed", "dask"), package("dask", "dask")
    with contextlib.ExitStack() as stack:
        address: Any = crew.address
        if not address:
            stack.enter_context(dask.config.set(_OWN_DASK))
            address = stack.enter_context(distributed.LocalCluster(**_local_dask(crew)))
        try:
            client = stack.enter_context(distributed.Client(address, set_as_default=False, timeout="10s"))
        except OSError as error:
            raise _silent(crew) from error
        yield _Dask(crew, client, _enough(crew, _threads(client)))


def _local_dask(crew: Crew) -> dict[str, Any]:
    """A cluster of processes here. Dask ends a worker at 95 % of its limit without a reason: ours comes first."""
    limit = int(1.25 * crew.budget) or "auto"
    size = {"n_workers": crew.count, "threads_per_worker": 1, "memory_limit": limit}
    return size | {"dashboard_address": None, "silence_logs": logging.CRITICAL, "env": ONE_THREAD}


def _threads(client: Any) -> int:
    """Workers of a Dask cluster. Raises UsageError where one does several parts at once: their limits are the process's."""
    threads = client.nthreads()
    if any(count != 1 for count in threads.values()):
        what = f"the Dask workers have {max(threads.values())} threads, and a part needs a process of its own"
        raise UsageError(what, remedy="Start them with: dask worker ADDRESS --nthreads 1 --nworkers NUMBER.")
    return len(threads)


@contextlib.contextmanager
def _ray(crew: Crew) -> Iterator[Gang]:
    ray = package("ray", "ray")
    ours = not ray.is_initialized()
    if ours:
        _start_ray(ray, crew)
    try:
        yield _Ray(crew, ray, _enough(crew, int(ray.cluster_resources().get("CPU", 0))))
    finally:
        if ours:
            ray.shutdown()


def _start_ray(ray: Any, crew: Crew) -> None:
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR", "configure_logging": False}
    if crew.address and not ray_answers(crew.address):
        raise _silent(crew)
    try:
        if crew.address:
            ray.init(address=crew.address, **quiet)
        else:
            os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is reported to anybody
            ray.init(address="local", num_cpus=crew.count, include_dashboard=False, **quiet)
    except (OSError, RuntimeError, ValueError) as error:
        raise _silent(crew, _LOCKED if crew.address else "") from error


_LOCKED = " Where it asks for a token, set RAY_AUTH_MODE=token here too."


def _silent(crew: Crew, more: str = "") -> UsageError:
    place = f" at {crew.address}" if crew.address else ""
    remedy = f"Check that it runs, and that this machine may reach it.{more}"
    return UsageError(f"no {crew.backend.value} cluster answers{place}", remedy=remedy)


def _enough(crew: Crew, there: int) -> int:
    """How many of the workers that are there take part. Raises UsageError where there are none."""
    if not there:
        what = f"the {crew.backend.value} cluster has no workers"
        raise UsageError(what, remedy="Start some, and give them the address of its scheduler or head.")
    return min(crew.workers, there) if crew.workers else there
