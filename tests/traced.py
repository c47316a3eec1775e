"""What coverage looks at: the package while it is imported, and one test of a kind. Nothing else is traced.

Tracing nearly doubles the time of all Python, pytest's and hypothesis' own work with it. So it is off while tests are collected
and between them; and tests that walk the same lines again are run without it: those of hypothesis, the cases of a parametrised
test after the second, and the long walks listed here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Sequence
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import pytest
from coverage import Coverage
from hypothesis import is_hypothesis_test

CASES = 2  # of a parametrised test
UNTRACED = (
    "tests/accounting/database/test_migration_kills.py",
    "tests/accounting/database/test_power_loss.py",
    "tests/accounting/database/test_store.py",
    "tests/accounting/imports/test_fuzz.py",
    "tests/accounting/test_conservation.py",
    "tests/construction/test_inverse_volatility.py",
    "tests/construction/test_random_problems.py",
    "tests/construction/test_risk_parity.py",
    "tests/data/quality/test_corruption.py",
    "tests/data/store/test_chain_laws.py",
    "tests/data/store/test_kill.py",
    "tests/data/test_sessions.py",
    "tests/desk/test_adherence_of_hands.py",
    "tests/desk/test_advising.py",
    "tests/desk/test_attributed_overrides.py",
    "tests/desk/test_bundle_claims.py",
    "tests/desk/test_bundle_policy.py",
    "tests/desk/test_conformance.py",
    "tests/desk/test_crashes.py",
    "tests/desk/test_every_path.py",
    "tests/desk/test_gallery.py",
    "tests/desk/test_kill_switch.py",
    "tests/desk/test_laws.py",
    "tests/desk/test_laws_beliefs.py",
    "tests/desk/test_laws_construction.py",
    "tests/desk/test_levering.py",
    "tests/desk/test_mandates.py",
    "tests/desk/test_paper_account.py",
    "tests/desk/test_paper_income.py",
    "tests/desk/test_real_gallery.py",
    "tests/desk/test_real_gallery_weights.py",
    "tests/desk/test_resampled.py",
    "tests/desk/test_review_calendar.py",
    "tests/desk/test_rivals.py",
    "tests/desk/test_same_bytes.py",
    "tests/desk/test_shadow_year.py",
    "tests/desk/test_shared_knowledge.py",
    "tests/desk/test_slots.py",
    "tests/desk/test_sweep.py",
    "tests/desk/test_sweep_gallery.py",
    "tests/desk/test_sweeping.py",
    "tests/desk/test_taxed_backtest.py",
    "tests/desk/test_twin.py",
    "tests/desk/test_twin_gallery.py",
    "tests/desk/test_validating.py",
    "tests/docs/",
    "tests/forecasts/test_conformance.py",
    "tests/mutants/",
    "tests/numerics/test_lanes.py",
    "tests/numerics/test_managed.py",
    "tests/numerics/test_markov_fit.py",
    "tests/regimes/test_conformance.py",
    "tests/regimes/test_inflation.py",
    "tests/regimes/test_markov.py",
    "tests/regimes/test_real_regimes.py",
    "tests/signals/test_conformance.py",
    "tests/signals/test_real_signals.py",
    "tests/surfaces/cli/test_advise.py",
    "tests/surfaces/cli/test_as_of.py",
    "tests/surfaces/cli/test_bad_input.py",
    "tests/surfaces/cli/test_committee_verbs.py",
    "tests/surfaces/cli/test_data_facts.py",
    "tests/surfaces/cli/test_economics.py",
    "tests/surfaces/cli/test_every_verb_in_every_stage.py",
    "tests/surfaces/cli/test_month.py",
    "tests/surfaces/cli/test_plugins.py",
    "tests/surfaces/cli/test_practice_future.py",
    "tests/surfaces/cli/test_practice_verb.py",
    "tests/surfaces/cli/test_read_only_folder.py",
    "tests/surfaces/cli/test_review.py",
    "tests/surfaces/cli/test_scripted_year.py",
    "tests/surfaces/cli/test_verbs.py",
    "tests/surfaces/test_report_awkward.py",
    "tests/surfaces/test_report_looks.py",
    "tests/surfaces/test_report_risk.py",
    "tests/surfaces/test_report_safety.py",
    "tests/surfaces/test_tearsheet.py",
    "tests/validation/test_multiple_testing.py",
    "tests/validation/test_random_walks.py",
    "tests/validation/test_verdict.py",
)


class Traced:
    """Starts and stops the coverage that pytest-cov has begun."""

    def __init__(self) -> None:
        self._coverage: Coverage | None = None
        self._kept: set[str] = set()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> Generator[None, Any, Any]:
        """Import the package under its eyes, and close them."""
        self._coverage = Coverage.current()
        if self._coverage is not None:
            if getattr(session.config.option, "dist", "no") == "no" or hasattr(session.config, "workerinput"):
                import_all()
            self._coverage.stop()
        return (yield)

    def pytest_collection_modifyitems(self, config: pytest.Config, items: Sequence[pytest.Item]) -> None:
        """Choose the tests."""
        seen: Counter[str] = Counter()
        for item in items:
            seen[kind := item.nodeid.partition("[")[0]] += 1
            place = Path(item.path).relative_to(config.rootpath).as_posix()
            if seen[kind] <= CASES and not place.startswith(UNTRACED) and not is_hypothesis_test(getattr(item, "obj", None)):
                self._kept.add(item.nodeid)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Open its eyes for a test that was chosen, its fixtures with it."""
        if self._coverage is None or item.nodeid not in self._kept:
            return (yield)
        self._coverage.start()
        try:
            return (yield)
        finally:
            self._coverage.stop()


def import_all() -> None:
    """Every module of the package, so that each line outside of functions counts, whoever imports it first."""
    import trimtab  # not sooner: coverage has to see it

    for found in walk_packages(trimtab.__path__, "trimtab."):
        if not found.name.endswith("__main__"):
            import_module(found.name)
