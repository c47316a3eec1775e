"""A job of slow parts in a process of its own, to be killed: `python -m tests.desk.sweep_driver ROOT MARKS COUNT`."""

import sys
from pathlib import Path

from tests.desk.sweep_parts import misbehave
from trimtab.desk.crew import Crew
from trimtab.desk.jobs import Outcome, carry_out
from trimtab.desk.parts_store import Job, opened


def job(count: int) -> Job:
    return Job({"kind": "slow parts"}, count)


def run(root: Path, marks: str, count: int, *, workers: int = 2) -> Outcome:
    with opened(root, job(count)) as store:
        return carry_out(
            misbehave, [("slow", number) for number in range(count)], store=store, crew=Crew(workers=workers), shared=marks
        )


if __name__ == "__main__":
    run(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
