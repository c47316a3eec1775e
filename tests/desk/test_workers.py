"""Parts over processes of this machine: nothing is lost but time, whatever happens to a worker."""

from __future__ import annotations

import math
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.desk import sweep_parts
from tests.desk.sweep_checks import done, gone, squares
from tests.desk.sweep_parts import begun, misbehave
from trimtab.core.errors import UsageError
from trimtab.desk import workers
from trimtab.desk.attempts import Answer
from trimtab.desk.crew import GIB, Backend, Crew, gib, machine_memory
from trimtab.desk.workers import TRIES, Done, _Board, spread


@pytest.fixture(autouse=True)
def ours_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers take over the path of this process: ours before the `tests` that packages of others have left behind."""
    monkeypatch.syspath_prepend(Path(__file__).parents[2])


def test_one_worker_is_this_process(tmp_path: Path):
    told: list[tuple[int, int, float]] = []
    parts = [("well", 3), ("raise-once", 4), ("raise", 5)]
    found = done(parts, tmp_path, Crew(), progress=lambda *now: told.append(now))
    assert squares(found) == {0: 9.0, 1: 16.0}
    assert found[2].gap == "ValueError: not today (tried 3 times)"
    assert begun(tmp_path) == {3: 1, 4: 2, 5: TRIES}
    assert [now[:2] for now in told] == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert math.isnan(told[0][2])
    assert told[-1][2] == 0.0
    assert all(int(name.name.split("-")[1]) == os.getpid() for name in tmp_path.glob("*.begun"))


def test_no_parts_are_no_work():
    assert list(spread(misbehave, [], crew=Crew(workers=2))) == []


def test_killed_hanging_failing_and_leaking_workers_cost_time_alone(tmp_path: Path):
    """One job on two processes. 120 MiB leak a part; the limit of 400 MiB leaves room for two or three in a process."""
    words = ["well", "kill-once", "hang-once", "raise-once", "leak", "leak", "leak", "leak", "leak", "leak", "eat-once"]
    crew = Crew(workers=2, memory=400 << 20, patience=1.5)
    found = done([(word, number) for number, word in enumerate(words)], tmp_path, crew)
    assert squares(found) == {number: float(number**2) for number in range(len(words))}
    assert max(begun(tmp_path).values()) <= TRIES + 1  # one more where a last try began in company


@pytest.mark.soak
def test_what_always_ends_its_worker_is_a_gap_and_takes_nobody_along(tmp_path: Path):
    words = ["kill", "hang", "eat", "raise", *["well"] * 20]
    crew = Crew(workers=2, memory=400 << 20, patience=1.5)
    found = done([(word, number) for number, word in enumerate(words)], tmp_path, crew)
    assert set(squares(found)) == set(range(4, 24))
    assert "its worker was lost" in found[0].gap
    assert "no answer within 1.5 s" in found[1].gap
    assert "more than the 0.4 GiB" in found[2].gap
    assert "not today" in found[3].gap
    assert max(begun(tmp_path).values()) <= TRIES + 1  # one more where a last try began in company


def test_a_worker_has_one_thread_and_closing_ends_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")  # whatever this process was told
    crew = Crew(workers=2)
    doing = spread(sweep_parts.threads, range(40), crew=crew)
    first = next(doing)
    assert first.value is not None
    assert first.value[:-1] == ["1"] * len(sweep_parts.THREADS)
    pid = int(first.value[-1] or 0)
    assert pid != os.getpid()
    doing.close()  # type: ignore[attr-defined]
    assert gone([pid])


def test_work_that_cannot_travel_is_refused_before_the_start():
    with pytest.raises(UsageError, match=r"cannot take the work .*picklable"):
        list(spread(sweep_parts.idle, [threading.Lock()], crew=Crew(workers=2)))


def test_another_version_is_refused(monkeypatch: pytest.MonkeyPatch):
    board = _Board(sweep_parts.idle, [1], None, Crew(workers=2))

    class Strangers:
        mark = ""

        def run(self, calls: Any, *, at_once: int) -> Any:
            yield Answer(0, "Trimtab 0 on Python 2.7")

    with pytest.raises(UsageError, match=r"the workers run Trimtab 0 on Python 2\.7, and here it is"):
        workers._same_version(board, Strangers())  # type: ignore[arg-type]


def test_a_last_try_is_taken_alone():
    board = _Board(sweep_parts.idle, [1, 2, 3], None, Crew(workers=2, patience=5.0))
    for _ in range(TRIES + 2):  # in company nothing is ever given up, however often a worker is lost
        list(board.attempts([0, 1]))
        assert list(board.broken(OSError("gone"))) == []
        board.out.clear()
    assert (board.next_round(), board.alone) == ([2], False)
    assert list(board.heard(Answer(2, 9))) == [Done(2, 9)]
    assert (board.next_round(), board.alone) == ([0, 1], True)
    list(board.attempts([0]))
    assert list(board.broken(OSError("gone"))) == [Done(0, gap="its worker was lost (OSError) (tried 3 times)")]
    assert board.next_round() == [1]


def test_over_budget_is_refused_before_the_start():
    with pytest.raises(UsageError, match=r"a part takes about 3\.0 GiB, and a worker may hold 1\.0 GiB"):
        spread(misbehave, [], crew=Crew(workers=2, memory=GIB), need=3 * GIB)
    here = machine_memory()
    with pytest.raises(UsageError, match=r"2 workers would take .* this machine has"):
        spread(misbehave, [], crew=Crew(workers=2, memory=here))
    with pytest.raises(UsageError, match="1 workers would take"):
        spread(misbehave, [], crew=Crew(), need=2 * here)
    assert 0 < 2 * Crew(workers=2).budget <= here
    assert gib(3 << 20) == "3.0 MiB"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"workers": -1}, "cannot work"),
        ({"memory": -1}, "too few"),
        ({"patience": 0.0}, "ends at once"),
        ({"patience": float("nan")}, "ends at once"),
        ({"address": "tcp://host:1"}, "has no address"),
        ({"backend": Backend.DASK, "address": "tcp://user:word@host:8786"}, "none of a dask cluster"),
        ({"backend": Backend.RAY, "address": "s3://host"}, "none of a ray cluster"),
    ],
)
def test_crews_that_cannot_be(settings: dict[str, Any], message: str):
    with pytest.raises(UsageError, match=message) as refused:
        Crew(**settings)
    assert "word" not in str(refused.value).replace("Passwords", "")


def test_addresses_of_clusters():
    for address in ("tcp://10.0.0.1:8786", "tls://head.example:8786", "head:8786", "tcp://[::1]:8786"):
        assert not Crew(backend=Backend.DASK, address=address).in_process
    for address in ("auto", "ray://head:10001", "10.0.0.1:6379"):
        assert Crew(backend=Backend.RAY, address=address, workers=0).count == 0
