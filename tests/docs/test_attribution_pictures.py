"""The page on why says what the runs say: figures, sentences, pictures; the decisions it names are worked out a second time."""

from __future__ import annotations

import re
from functools import cache
from xml.etree import ElementTree as Xml

import numpy as np
import pytest

from tests.desk.real_gallery import ran
from tests.docs import attribution_findings as findings
from tests.docs import attribution_pictures as pictures
from tests.docs.attribution_by_hand import SOLVED, Month, known_as
from tests.docs.attribution_drawing import MINUS, Course, Mark, Move, Way, course_svg, waterfall
from tests.docs.attribution_findings import SHOWN, told
from tests.docs.attribution_pictures import BLOCK, FOLDER, PAGE, PICTURES, filled
from tests.docs.drawing import WIDTH, width
from tests.docs.drawn_today import BOLD, rounded
from tests.docs.pages import ROOT
from trimtab.attribution.tactical import Part
from trimtab.desk import gallery
from trimtab.desk.dates import view_at
from trimtab.desk.stages import steps

MOST_BYTES = 60_000
NAMED = re.compile(rf"`(\d{{4}}-\d\d-\d\d/[0-9a-f]{{8}})` ([+{MINUS}]\d+\.\d\d)")
TOLD = re.compile(r"^\d\. \*\*`(\d{4}-\d\d-\d\d/[0-9a-f]{8})` (brought|cost) (\d+\.\d\d) %\.\*\*", re.MULTILINE)
NIGHT, PAID, REST = "Waiting for the fill", "Trading costs", ("Rounding and what was not filled", "Idle cash and its interest")
every_policy = pytest.mark.parametrize("name", SHOWN)
every_picture = pytest.mark.parametrize("name", PICTURES)


def page() -> str:
    return PAGE.read_text(encoding="utf-8")


# The page as it stands, with or without the data.


def test_figures_outside_generated_blocks_are_none() -> None:
    rest = BLOCK.sub("", re.sub(r"^```(sh|console)\n.*?^```$", "", page(), flags=re.MULTILINE | re.DOTALL))
    assert not re.search(r"\d\.\d", rest)
    assert not re.search(r"\d %", rest)
    assert [block["name"] for block in BLOCK.finditer(page())] == list(pictures.BLOCKS)


def test_three_policies_have_two_pictures_three_decisions_and_the_words_of_warning() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(PICTURES)
    text = page()
    for name in SHOWN:
        assert text.count(f"](_static/attribution/{name}-") == 2
        assert len(TOLD.findall(section(name))) == 3
    for word in ("Nothing here is advice", "Trials and hindsight", "None of this is any", "Taxes are left out"):
        assert word in text


@every_picture
def test_a_picture_is_small_readable_and_names_no_place_on_a_machine(name: str) -> None:
    text = (FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    words = [str(node.text) for node in Xml.fromstring(text).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314 - ours
    assert len(text.encode()) < MOST_BYTES
    assert BOLD * width(words[0]) < WIDTH - 16
    assert f"![{words[0]}](_static/attribution/{name}.svg)" in page()
    assert any(word.startswith("Data: ") for word in words)
    assert "nan" not in text.lower()
    assert str(ROOT) not in text


# Against a fresh run, where the data are at hand.


def test_every_figure_and_sentence_is_that_of_a_fresh_run() -> None:
    ran("gtaa-5")  # skipped here without the data
    assert same_ids(filled(page())) == same_ids(page())


def test_another_figure_on_the_page_would_be_noticed() -> None:
    ran("gtaa-5")
    figure = str(TOLD.search(page())[3])  # type: ignore[index]
    other = page().replace(figure, "99.99")
    assert same_ids(filled(other)) == same_ids(page()) != same_ids(other)


@every_picture
def test_a_picture_is_what_would_be_drawn_today(name: str) -> None:
    ran("gtaa-5")
    assert rounded(PICTURES[name]()) == rounded((FOLDER / f"{name}.svg").read_text(encoding="utf-8"))


@every_policy
def test_causes_lead_from_the_benchmark_to_the_portfolio_and_groups_to_its_wealth(name: str) -> None:
    one = told(name)
    found = one.found
    assert found.benchmark_a_year + sum(cause.a_year for cause in one.review.causes) == pytest.approx(found.total_a_year)
    ends = [node.attrib["cx"] for node in Xml.fromstring(pictures.way(name)).iter() if node.tag.endswith("circle")]  # noqa: S314
    assert (float(ends[1]) > float(ends[0])) == (found.total_a_year > found.benchmark_a_year)
    each = sum(pictures.over_time(name, parts) for parts in pictures.GROUPS.values())
    ratio = np.cumsum(np.log1p(found.returns) - np.log1p(found.benchmark))
    np.testing.assert_allclose(each[1:], ratio, atol=1e-12)
    wealth = one.result.wealth[np.searchsorted(one.result.dates, found.ends)] / one.result.wealth[0]
    np.testing.assert_allclose(ratio + np.cumsum(np.log1p(found.benchmark)), np.log(wealth), atol=1e-6)  # from outside


# The decisions that the page names, straight from the prices.


def section(name: str, text: str = "") -> str:
    text = text or page()
    start = text.index(f"[`{name}`](policies-on-real-data.md#{name})")
    return text[start : text.index("\n## ", start)]


def same_ids(text: str) -> str:
    """The page without what is another processor's in the ids of decisions that a solver had a part in."""
    for name in SOLVED:
        part = section(name, text)
        text = text.replace(part, re.sub(r"(`\d{4}-\d\d-\d\d)/[0-9a-f]{8}`", r"\1`", part))
    return text


@cache
def moves_of(name: str) -> dict[str, np.ndarray]:
    """The moves (N, A) of every step by its title, by signal and by sleeve."""
    result = ran(name)
    days = result.aims.days.dates
    view = view_at(result.policy, result.market, np.searchsorted(result.market.sessions, days))
    rows = np.searchsorted(days, [one.today.when for one in result.decisions[: len(told(name).found.starts)]])
    both = (steps(result, view, rows, by_sleeve=by_sleeve) for by_sleeve in ((False, True) if name == SHOWN[2] else (False,)))
    return {step.title: step.moves for some in both for step in some}


@every_policy
def test_the_three_decisions_brought_what_the_page_says_and_none_brought_more(name: str) -> None:
    result, said = ran(name), TOLD.findall(section(name))
    months = [Month(name, one.id) for one in result.decisions[: len(told(name).found.starts)]]
    brought = {
        known_as(name, month.decision.id): month.brought(month.decision.target - result.policy.benchmark) for month in months
    }
    largest = sorted(brought, key=lambda one: -abs(brought[one]))[:3]
    assert [known_as(name, decision) for decision, *_ in said] == largest
    for decision, verb, size in said:
        bare = 100.0 * brought[known_as(name, decision)]
        assert (1.0 if verb == "brought" else -1.0) * float(size) == pytest.approx(bare, abs=0.006)


@every_policy
def test_every_decision_in_a_table_exists_and_had_its_effect(name: str) -> None:
    count = 0
    for line in section(name).splitlines():
        title = line.split("|")[1].strip() if line.startswith("| ") else ""
        for decision, figure in NAMED.findall(line) if title and title not in REST else ():
            month = Month(name, decision)
            effect = {NIGHT: lambda m=month: m.night, PAID: lambda m=month: m.charged}.get(title)
            found = month.brought(moves_of(name)[title][month.n]) if effect is None else effect()
            assert float(figure.replace(MINUS, "-")) == pytest.approx(100.0 * found, abs=0.006), (title, decision)
            count += 1
    assert count >= 3 * 3


@every_policy
def test_beliefs_limits_night_and_costs_explain_a_month_but_for_rounding(name: str) -> None:
    """At the decisions that the rows of rounding and of cash name, which are those with most of it."""
    rows = {row.title: row.by_period for row in told(name).found.rows}
    benchmark = ran(name).policy.benchmark
    for decision in {
        one for title in REST for line in section(name).splitlines() if title in line for one, _ in NAMED.findall(line)
    }:
        month = Month(name, decision)
        made = month.after / month.decision.book.nav - 1.0
        known = month.brought(month.decision.target - benchmark) + month.night + month.charged
        assert made - month.bench - known == pytest.approx(sum(rows[title][month.n] for title in REST), abs=2e-5)


@every_policy
def test_steps_lead_from_the_benchmark_over_aim_and_goal_to_the_target(name: str) -> None:
    """The rows of one signal among several stand on the chain of steps; their sum does not."""
    result, moves = ran(name), moves_of(name)
    days = list(result.aims.days.dates)
    rows = [days.index(when) for when in told(name).found.starts]
    sleeves = sum(move for title, move in moves.items() if title.startswith("Sleeve"))
    beliefs = sum(move for title, move in moves.items() if title.startswith(("Signal", "Framework")))
    aim, goal = result.aims.aim[rows], result.aims.goal[rows]
    np.testing.assert_allclose(result.policy.benchmark + beliefs, aim, atol=1e-12)
    assert isinstance(sleeves, int) or np.allclose(result.policy.benchmark + sleeves, aim, atol=1e-12)
    np.testing.assert_allclose(moves["Limits on weights"], goal - aim, atol=1e-12)
    target = np.array([one.target for one in result.decisions[: len(rows)]])
    np.testing.assert_allclose(moves["Turnover limits and bands"], target - goal, atol=1e-12)


def test_the_decision_that_explains_what_an_id_is_is_one_of_gtaa_5() -> None:
    (named,) = re.findall(r"Decisions have names: `([^`]+)`", page())
    assert named in told("gtaa-5").found.decisions


def test_what_the_page_claims_without_a_figure_is_so() -> None:
    for name in SHOWN:
        rows = {row.part: row.by_period for row in told(name).found.rows}
        assert (rows[Part.COSTS] <= 0.0).all()  # the only sign that is certain
        pairs = zip(ran(name).decisions, ran(name).traded, strict=True)
        waits = [int((when - one.today.when).astype(int)) for one, when in pairs if when is not None]
        assert 1 <= min(waits) <= max(waits) <= 4  # a night, or a week-end, at the turn of a month
    inner = gallery.named("core-satellite").allocator.sleeves["satellite"].signals
    assert list(inner.values()) == list(gallery.named("gtaa-5").signals.values())


def test_between_its_dates_what_only_the_core_holds_stands_where_the_market_left_it() -> None:
    """Nothing else keeps a target from its aim in a policy without turnover limits and bands, and it is little."""
    result = ran("core-satellite")
    waited = [one for one in result.decisions if one.book.still is not None]
    assert waited
    for one in result.decisions:
        still = np.zeros(len(result.assets), dtype=bool) if one.book.still is None else one.book.still
        np.testing.assert_allclose(one.target[still], one.book.held[still], atol=1e-12)
        np.testing.assert_allclose(one.target, one.today.aim, atol=0.005)
    assert "stands where the market left it" in " ".join(page().split())


# The drawing itself.


def test_a_waterfall_goes_up_and_down_by_its_moves() -> None:
    drawn = waterfall(
        Way("A & b", "Data: none", ("from", "to"), ("up", "down"), 0.05, [Move("x", 0.01, 0), Move("y", -0.02, 1)])
    )
    nodes = list(Xml.fromstring(drawn).iter())  # noqa: S314 - ours
    starts = [float(node.attrib["cx"]) for node in nodes if node.tag.endswith("circle")]
    bars = [(float(n.attrib["x"]), float(n.attrib["width"])) for n in nodes if n.attrib.get("height") == "14"]
    assert bars[0][0] == pytest.approx(starts[0], abs=0.11)
    assert bars[1][1] == pytest.approx(2.0 * bars[0][1], abs=0.21)
    assert bars[1][0] == pytest.approx(starts[1], abs=0.11)
    assert "A &amp; b" in drawn


def test_a_course_is_drawn_in_logs_and_labelled_in_per_cent() -> None:
    dates = np.datetime64("2001-12-31") + 365 * np.arange(3)
    values = np.log1p(np.array([0.0, 0.1, 0.21]))
    drawn = course_svg(
        Course("T", "Data: none", dates, [("all", values), ("one", values)], ("#222222", "#1f4e79"), [Mark(1, True)])
    )
    nodes = list(Xml.fromstring(drawn).iter())  # noqa: S314 - ours
    path = next(node.attrib["d"] for node in nodes if node.tag.endswith("path"))
    heights = [float(point.split()[1]) for point in path[1:].split("L")]
    assert heights[0] - heights[1] == pytest.approx(heights[1] - heights[2], abs=0.11)
    assert "20 %" in [node.text for node in nodes]


@pytest.mark.parametrize(
    ("words", "said"), [([], "none"), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_lists_are_said_as_people_say_them(words: list[str], said: str) -> None:
    assert findings.listed(words) == said
