"""A thousand variants over 24 years of days: the probability of overfitting and the test for superior ability.

`python -m benchmarks.overfitting_work` does both once and prints CPU seconds and peak memory in MiB of each, as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import numpy as np

from benchmarks.work import peak_memory
from trimtab.core.arrays import Array
from trimtab.validation.overfitting import probability_of_overfitting
from trimtab.validation.reality_check import superior_ability

DAYS, VARIANTS, BLOCKS, DRAWS = 6_000, 1_000, 16, 1_000


def returns() -> Array:
    """Noise (DAYS, VARIANTS); every variant is as good as any other."""
    rows = np.random.default_rng(8).standard_normal((DAYS, VARIANTS))
    rows *= 0.01
    return rows


def main() -> None:
    """Judge them, and print what it took."""
    rows, answer = returns(), dict[str, Any]()
    probability_of_overfitting(rows[:100, :5], blocks=4)
    begun = time.process_time()
    found = probability_of_overfitting(rows, blocks=BLOCKS)
    answer |= {"pbo_cpu": time.process_time() - begun, "pbo_mib": peak_memory(), "splits": len(found.logits)}
    begun = time.process_time()
    superior = superior_ability(rows, seed=1, draws=DRAWS)
    answer |= {"spa_cpu": time.process_time() - begun, "spa_mib": peak_memory(), "draws": superior.draws}
    answer |= {"pbo": found.pbo, "upper": superior.upper}
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
