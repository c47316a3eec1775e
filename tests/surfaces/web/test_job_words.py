"""What came of a job: each verb's document in its form, and any other one as terms, sentences and tables."""

from __future__ import annotations

import pytest

from trimtab.surfaces.web.job_words import job_title, outcome_shown
from trimtab.surfaces.web.record_words import fall_title, headline, lights_sentence, percent, year_sentence

RUN = "0123456789ab"


@pytest.mark.parametrize(
    ("verb", "values", "title"),
    [
        ("sweep", {"policy": "policies/a.yaml", "workers": 1}, "Sweep of policies/a.yaml"),
        ("data update", {"feeds": ["a", "b"]}, "Data update of a, b"),
        ("data update", {"feeds": []}, "Data update"),
        ("validate", {"target": RUN, "policy": ""}, f"Validate of {RUN}"),
    ],
)
def test_the_title_says_what_is_done_to_what(verb: str, values: dict[str, object], title: str) -> None:
    assert job_title(verb, values) == title


@pytest.mark.parametrize(
    ("place", "run"),
    [
        (f"runs/{RUN}/report.html", RUN),
        ("out/report.html", ""),
        (f"runs/{RUN}/x/report.html", ""),
        ("runs/../../../etc/passwd", ""),
        ("runs/javascript:1/report.html", ""),
    ],
)
def test_only_the_report_of_a_run_is_linked(place: str, run: str) -> None:
    assert outcome_shown("report", {}, {"report": place})["run"] == run


def test_the_best_of_a_sweep_keep_their_point_in_words() -> None:
    row = {"variant": 3, "point": {"a.b": "5M", "c": 0.1}, "sharpe": 0.5}
    shown = outcome_shown("sweep", {}, {"job": "ab" * 32, "top": [row], "beats_benchmark": 0.5})
    assert shown["sweep"] == "ab" * 16
    assert shown["top"] == [{"variant": 3, "sharpe": 0.5, "place": 1, "point": "a.b=5M, c=0.1"}]
    assert outcome_shown("sweep", {}, {})["form"] == "facts"  # one that was ended before it had anything to say


def test_any_other_document_is_told_by_its_parts() -> None:
    document = {
        "trimtab": 1,
        "kind": "x",
        "name": "n",
        "none": None,
        "words": ["a", "b"],
        "rows": [{"p": 1, "q": [2]}, {"r": 3}],
    }
    shown = outcome_shown("expect", {}, document)
    assert shown["facts"] == {"name": "n"}
    assert shown["said"] == {"words": ["a", "b"]}
    assert shown["tables"]["rows"] == {"columns": ["p", "r"], "rows": [{"p": 1, "r": None}, {"p": None, "r": 3}], "left": 0}


def test_figures_in_words() -> None:
    assert [percent(x) for x in (-0.0412, 0.0004, None)] == ["\u22124.1 %", "0.0 %", "n/a"]
    assert percent(0.05, signed=True) == "+5.0 %"
    found = {"a_year": True, "mine": 0.1, "theirs": 0.08, "ahead": 0.02, "from": "2000-01-03", "to": "2010-01-04"}
    assert headline(found) == "It made 10.0 % a year from 2000-01-03 to 2010-01-04, the benchmark 8.0 %: 2.0 % a year more."
    assert headline(found | {"ahead": -0.0001}).endswith("as much.")
    assert headline(found | {"ahead": None}) == "It made 10.0 % a year from 2000-01-03 to 2010-01-04."
    assert fall_title([]) == "It never fell below a high"
    assert year_sentence([{"year": 2020, "total": 0.1, "whole": False}]) == "No calendar year is whole yet."
    assert lights_sentence([{"light": "PASS"}, {"light": "UNKNOWN"}]) == "1 PASS, 1 without an answer."
