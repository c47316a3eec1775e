"""The same on clusters: a Dask of two worker processes and a Ray of two cores, both on this machine."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.desk import sweep_parts, worlds
from tests.desk.sweep_checks import done, squares
from tests.desk.sweep_parts import THREADS, begun, closing
from trimtab.core.errors import UsageError
from trimtab.core.terms import CLOSE
from trimtab.desk import gangs
from trimtab.desk.crew import Backend, Crew
from trimtab.desk.shipping import ship
from trimtab.desk.workers import TRIES, spread

# Sockets and files of Ray and Dask that they leave to the garbage collector, and their own use of what Python deprecates.
NOISE = (ResourceWarning, DeprecationWarning, FutureWarning, pytest.PytestUnraisableExceptionWarning)


MARKET = worlds.market(worlds.policy(), count=60)


@pytest.fixture(autouse=True)
def ours_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers take over the path of this process: ours before the `tests` that packages of others have left behind."""
    monkeypatch.syspath_prepend(Path(__file__).parents[2])


@pytest.fixture(scope="module")
def dask() -> Iterator[Crew]:
    import dask
    import distributed

    crew = Crew(Backend.DASK, 2, memory=700 << 20)
    with (
        quiet(),
        dask.config.set(gangs._OWN_DASK),
        distributed.LocalCluster(**gangs._local_dask(crew)) as cluster,
    ):
        yield Crew(Backend.DASK, 2, address=cluster.scheduler_address, memory=700 << 20, patience=20.0)


@pytest.fixture(scope="module")
def ray() -> Iterator[Crew]:
    import ray

    crew = Crew(Backend.RAY, 2, memory=700 << 20, patience=30.0)
    with quiet():
        gangs._start_ray(ray, crew)
        yield crew
        ray.shutdown()


def quiet() -> Any:
    return warnings.catch_warnings(action="ignore", category=Warning)


@pytest.fixture(params=["dask", "ray"])
def crew(request: pytest.FixtureRequest, ours_first: None) -> Iterator[Crew]:
    with warnings.catch_warnings():
        for kind in NOISE:
            warnings.simplefilter("ignore", kind)
        yield request.getfixturevalue(request.param)


@pytest.mark.parametrize("crew", ["dask", pytest.param("ray", marks=pytest.mark.soak)], indirect=True)
def test_a_killed_worker_costs_time_and_no_result(crew: Crew, tmp_path: Path):
    words = ["well", "kill-once", "raise-once", "well", "raise", "well"]
    found = done([(word, number) for number, word in enumerate(words)], tmp_path, crew)
    assert squares(found) == {0: 0.0, 1: 1.0, 2: 4.0, 3: 9.0, 5: 25.0}
    assert found[4].gap == "ValueError: not today (tried 3 times)"
    pids = {int(path.name.split("-")[1]) for path in tmp_path.glob("*.begun")}
    assert os.getpid() not in pids
    assert begun(tmp_path)[4] == TRIES


def test_one_thread_a_worker_and_the_data_once(crew: Crew, tmp_path: Path):
    parcel, sums = ship(MARKET, tmp_path), MARKET.fields[CLOSE].sum(axis=0)
    kept: dict[int, set[int]] = {}
    for one in spread(closing, [0, 1, 2] * 3, crew=crew, shared=parcel):
        assert one.value is not None, one.gap
        pid, total, place = one.value
        assert total == pytest.approx(sums[one.index % 3], rel=1e-12)
        kept.setdefault(pid, set()).add(place)
    assert all(len(places) == 1 for places in kept.values())
    for told in spread(sweep_parts.threads, range(2), crew=crew):
        assert told.value is not None
        assert told.value[:-1] == ["1"] * len(THREADS)


@pytest.mark.parametrize("crew", ["dask", pytest.param("ray", marks=pytest.mark.soak)], indirect=True)
def test_closing_frees_the_workers_at_once(crew: Crew, tmp_path: Path):
    crew = replace(crew, patience=180.0)
    doing = spread(sweep_parts.misbehave, [("well", 0), *[("hang", k) for k in (1, 2, 3)]], crew=crew, shared=str(tmp_path))
    next(doing)
    began = time.monotonic()
    doing.close()  # type: ignore[attr-defined]
    assert [one.value for one in spread(sweep_parts.idle, [7, 8], crew=crew)].count(None) == 0
    assert time.monotonic() - began < 90.0  # the hanging parts had twice as long


@pytest.mark.soak
def test_hanging_leaking_and_poisonous_parts(crew: Crew, tmp_path: Path):
    words = ["kill", "hang", "eat", "raise", *["leak"] * 8, *["well"] * 12]
    found = done([(word, number) for number, word in enumerate(words)], tmp_path, replace(crew, patience=4.0))
    assert set(squares(found)) == set(range(4, 24))
    assert all(found[number].gap for number in range(4))


class FakeClient:
    def __init__(self, *threads: int) -> None:
        self.threads = threads

    def nthreads(self) -> dict[str, int]:
        return {f"tcp://{k}": count for k, count in enumerate(self.threads)}


def test_workers_of_several_threads_and_empty_clusters_are_refused():
    assert gangs._threads(FakeClient(1, 1)) == 2
    with pytest.raises(UsageError, match=r"have 4 threads.*--nthreads 1"):
        gangs._threads(FakeClient(1, 4))
    crew = Crew(Backend.DASK, 3, address="tcp://host:8786")
    with pytest.raises(UsageError, match="the dask cluster has no workers"):
        gangs._enough(crew, 0)
    assert gangs._enough(crew, 8) == 3


def test_a_cluster_that_does_not_answer(monkeypatch: pytest.MonkeyPatch):
    import distributed

    def nobody(*_: Any, **__: Any) -> None:
        raise OSError("timed out")

    monkeypatch.setattr(distributed, "Client", nobody)
    crew = Crew(Backend.DASK, address="tcp://127.0.0.1:1")
    with pytest.raises(UsageError, match="no dask cluster answers at tcp://"):
        list(spread(sweep_parts.idle, [1], crew=crew))


@pytest.mark.parametrize("address", ["127.0.0.1:1", "ray://127.0.0.1:1"])
def test_a_wrong_address_of_ray_is_refused_before_ray_is_asked(address: str):
    """A regression: Ray looked for it for minutes, and filled the screen with lines of its own."""

    class NeverAsked:
        @staticmethod
        def init(**_: Any) -> None:
            raise AssertionError

    with pytest.raises(UsageError, match=f"no ray cluster answers at {address}"):
        gangs._start_ray(NeverAsked, Crew(Backend.RAY, address=address))


def test_a_head_that_lets_nobody_in_says_what_may_be_missing(monkeypatch: pytest.MonkeyPatch):
    class Closed:
        @staticmethod
        def init(**_: Any) -> None:
            raise ConnectionError("no token")

    with pytest.raises(UsageError, match="set RAY_AUTH_MODE=token here too"):
        gangs._start_ray(Closed, Crew(Backend.RAY, address="auto"))
