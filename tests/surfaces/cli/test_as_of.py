"""`--as-of` on the verbs of governance: what came later does not count, and who cannot look back says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.surfaces.cli.order_desk import MORNING, Hands
from tests.surfaces.cli.test_book_verbs import Capture, document, ran
from tests.surfaces.cli.test_verbs import VERBS
from trimtab.surfaces.cli.present import PRESENT

NOW = (
    *("advise", "mandate check m.yaml", "mandate rules m.yaml", "mandate show m.yaml", "mandate sign m.yaml"),
    *("policy commit policy.yaml --hypothesis x", "policy promote policy.yaml --to paper"),
    *("policy change policy.yaml other.yaml --cause flaw --reason x", "policy sign C-1", "policy changes"),
    *("override --end O-1 --reason x", "month --account A07", "practice", "status"),
)
MINUTES = 'committee minutes --proposal P-1 --vote 3:0 --why "it is right" --revisit 2011-06-30'
IN_TIME = {
    *("mandate init", "economics", "policy status", "policy pack", "overrides", "shadow", "adherence", "review"),
    *("committee pack", "committee minutes"),
}
ROOMS = {"advise", "economics", "mandate", "override", "overrides", "shadow", "adherence", "review", "committee", "practice"}
WRITE = "override --account A07 --shift SPY=+0.03 --shift TLT=-0.03 --until 2011-03-31 --reason 'rates will rise' --by anna"


@pytest.mark.parametrize("words", [*NOW, MINUTES])
def test_what_looks_at_things_as_they_are_now_refuses_another_day_in_a_line(
    words: str, folder: Path, clock: Hands, capsys: Capture
) -> None:
    _, err = ran(f"{words} --as-of 2010-11-30", capsys, 2)
    assert "--as-of does not go with this" in err
    assert err.count("\n") == 1


def test_every_verb_of_governance_looks_back_or_refuses_to() -> None:
    """A new one has to say which."""
    verbs = {name: made.get_default("run") for name, made in VERBS.items()}
    policies = {f"policy {verb}" for verb in ("pack", "commit", "promote", "status", "change", "sign", "changes")}
    mine = {name for name in verbs if name.split()[0] in ROOMS or name in policies | {"month", "status"}}
    assert mine == {name for name in verbs if verbs[name] in PRESENT} | IN_TIME
    assert {verbs[name] for name in mine for words in NOW if f"{words} ".startswith(f"{name} ")} == PRESENT


def test_overrides_as_of_a_day_are_those_that_the_journal_had(folder: Path, clock: Hands, capsys: Capture) -> None:
    """Written on 31 December, ended on 3 January: the day before it was written there was none, on its first it lived."""
    ran(WRITE, capsys)
    clock.at = MORNING
    ran("override --end O-1 --reason 'second thoughts'", capsys)
    assert document("overrides --all --as-of 2010-12-30", capsys)["overrides"] == []
    (before,) = document("overrides --as-of 2010-12-31", capsys)["overrides"]
    assert (before["state"], before["until"], before["ended"]) == ("living", "2011-03-31", None)
    (now,) = document("overrides --all", capsys)["overrides"]
    assert (now["state"], now["ended"]["why"]) == ("ended", "second thoughts")


def test_interventions_as_of_a_day_leave_out_those_of_later(folder: Path, clock: Hands, capsys: Capture) -> None:
    ran("rebalance --account A07 --commit", capsys, 5)
    clock.at = MORNING
    ran("orders edit A07 SPY --qty 20 --reason 'client gift' --by ben", capsys, 5)
    assert document("overrides --as-of 2011-01-02", capsys)["interventions"] == []
    assert [one["why"] for one in document("overrides --as-of 2011-01-03", capsys)["interventions"]] == ["client gift"]


def test_the_stage_of_a_policy_as_of_a_day_is_the_one_that_it_had(folder: Path, clock: Hands, capsys: Capture) -> None:
    """Live since 31 December (see order_desk); nobody had committed to it the day before."""
    now, before = (document(f"policy status policy.yaml{day}", capsys)["policies"][0] for day in ("", " --as-of 2009-12-31"))
    assert (now["stage"], before["stage"], before["committed"]) == ("live", "draft", None)


def test_a_review_as_of_a_day_ends_on_it(folder: Path, clock: Hands, capsys: Capture) -> None:
    """And not on the next one, on which its midnight falls."""
    clock.at = "2011-02-10T12:00:00"
    assert "2010-12-31 to 2011-01-20" in ran("review --quarter --account A07 --as-of 2011-01-20", capsys)[0]
