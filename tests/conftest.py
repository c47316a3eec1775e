"""What holds for every test: hypothesis repeats itself, and sets no time limit; coverage looks at one test of a kind.

Sixteen thousand collected tests stay alive to the end: they are set aside, so that no collection of garbage walks them again.

Two busy cores would make a time limit a coin toss. `make test` tries the same examples each time; `make soak` sets
TRIMTAB_SOAK_SEED and tries others, which its log can repeat.
"""

import gc
import os
import signal

import pytest
from hypothesis import settings

from tests.traced import Traced

SOAKING = "TRIMTAB_SOAK_SEED" in os.environ

settings.register_profile("trimtab", deadline=None, print_blob=True, derandomize=not SOAKING)
settings.load_profile("trimtab")


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell leaves it for what it runs in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure(config: pytest.Config) -> None:
    """With --cov: choose what coverage looks at."""
    if config.pluginmanager.hasplugin("pytest_cov") and not config.option.no_cov and config.option.cov_source:
        config.pluginmanager.register(Traced())


def pytest_collection_finish() -> None:
    """Set the collected tests aside, and collect more rarely what is young: tests make much that is soon gone."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5000, 20, 20)
