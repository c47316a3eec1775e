"""What holds for every test: hypothesis repeats itself, and sets no time limit; the heaviest are run untraced.

Sixteen thousand collected tests stay alive to the end: they are set aside, so that no collection of garbage walks them again.

Two busy cores would make a time limit a coin toss. `make test` tries the same examples each time; `make soak` sets
TRIMTAB_SOAK_SEED and tries others, which its log can repeat.
"""

import gc
import os
from pathlib import Path

import pytest
from hypothesis import settings

SOAKING = "TRIMTAB_SOAK_SEED" in os.environ

settings.register_profile("trimtab", deadline=None, print_blob=True, derandomize=not SOAKING)
settings.load_profile("trimtab")

# Long walks over code that quicker tests cover line by line: tracing every line of them again would double their time.
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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests that coverage leaves alone (see pytest-cov, `no_cover`)."""
    if not config.pluginmanager.hasplugin("pytest_cov"):
        return
    for item in items:
        place = Path(item.path).relative_to(config.rootpath).as_posix()
        if place.startswith(UNTRACED):
            item.add_marker("no_cover")


def pytest_collection_finish() -> None:
    """Set the collected tests aside, and collect more rarely what is young: tests make much that is soon gone."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5000, 20, 20)
