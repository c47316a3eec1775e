"""The file of views: what it may say, each fault with its place, and how a policy with views decides."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.desk import worlds
from trimtab.core.errors import PolicyError, UsageError
from trimtab.core.opinions import Opinion
from trimtab.core.values import Asset
from trimtab.data.market import Market
from trimtab.desk.backtest import backtest
from trimtab.desk.dates import decision_view
from trimtab.desk.decide import aims
from trimtab.desk.load import load_policy, policy_from, read_policy
from trimtab.desk.opinions import opinions_of, read_opinions
from trimtab.desk.policy import Policy
from trimtab.desk.prepare import load_market, until
from trimtab.desk.yaml12 import LIMIT_BYTES, parse

UNIVERSE = (Asset("US_EQ"), Asset("EU_EQ"), Asset("BONDS"))
TEXT = """\
# views of the committee
- stated: 2021-03-01
  by: committee
  says: {US_EQ: 1, EU_EQ: -1}
  gains: 0.03
  confidence: 0.6
  expires: 2021-09-30
  because: earnings
- stated: 2021-02-01T15:30:00-05:00
  by: desk
  says:
    BONDS: 1
  gains: -0.01
  confidence: 1
  expires: 2021-03-31
  because: rates rise
"""


def views(text: str) -> tuple[Opinion, ...]:
    return opinions_of(parse(text, "v.yaml"), UNIVERSE)


def test_a_file_as_it_stands() -> None:
    desk, committee = views(TEXT)  # the oldest first
    assert committee.stated == np.datetime64("2021-03-01T23:59:59")  # a date counts from its end
    assert desk.stated == np.datetime64("2021-02-01T20:30:00")  # 15:30 in New York
    assert desk.stated.dtype == committee.stated.dtype == np.dtype("datetime64[s]")
    assert (committee.author, committee.reason, committee.gain, committee.confidence) == ("committee", "earnings", 0.03, 0.6)
    assert committee.assets == {"US_EQ": 1.0, "EU_EQ": -1.0}
    assert committee.expires == np.datetime64("2021-09-30")
    assert desk.assets == {"BONDS": 1.0}


def test_how_it_is_written_changes_nothing() -> None:
    first, second = TEXT.split("\n", 1)[1].split("- stated: 2021-02")
    turned = "- stated: 2021-02" + second + first.replace("{US_EQ: 1, EU_EQ: -1}", "{EU_EQ: -1.0, US_EQ: 1.0}")
    assert repr(views(turned)) == repr(views(TEXT))


@pytest.mark.parametrize("text", ["", "# none yet\n", "[]\n"])
def test_no_view_is_no_fault(text: str) -> None:
    assert views(text) == ()


FAULTS = [
    (
        "- stated: 2021-03-01",
        "- stated: 01/03/2021",
        "2:11 views[0].stated is '01/03/2021', neither a date nor an instant.",
    ),
    (
        "- stated: 2021-03-01",
        "- stated: 2021-02-30",
        "2:11 views[0].stated is '2021-02-30', not a date. Write it",
    ),
    ("- stated: 2021-03-01", "- stated: 2021-03-01T12:00", "2:11 views[0].stated is '2021-03-01T12:00', neither a date nor an"),
    ("- stated: 2021-03-01", "- stated: 2021", "2:11 views[0].stated is 2021, neither a date nor an instant."),
    ("-05:00", "-99:00", "9:11 views[1].stated is '2021-02-01T15:30:00-99:00', neither a date nor an instant."),
    ("  by: committee\n", "", "2:3 views[0].by is missing. Add by: ... to views[0]."),
    ("  because: earnings\n", "", "2:3 views[0].because is missing. Add because: ... to views[0]."),
    ("  because: earnings", "  because: ''", "8:12 views[0].because is empty. A view says who holds it, and why."),
    ("  by: committee", "  by:", "3:6 views[0].by is None: input should be a valid string. Put it in quotes."),
    ("  by: committee", "  bye: committee", "3:3 unknown key views[0].bye. Did you mean by?"),
    (
        "{US_EQ: 1, EU_EQ: -1}",
        "{US_EC: 1, EU_EQ: -1}",
        "4:10 views[0].says names 'US_EC', not in the universe. Did you",
    ),
    ("{US_EQ: 1, EU_EQ: -1}", "{GOLD: 1}", "4:10 views[0].says names 'GOLD', not in the universe. Known: US_EQ, EU_EQ, BONDS."),
    ("{US_EQ: 1, EU_EQ: -1}", "{US_EQ: 100, EU_EQ: -100}", "4:17 views[0].says.US_EQ is 100, a weight beyond 1. A view speaks"),
    ("{US_EQ: 1, EU_EQ: -1}", "{US_EQ: '1'}", "4:17 views[0].says.US_EQ is '1', not a number."),
    ("{US_EQ: 1, EU_EQ: -1}", "{US_EQ: true}", "4:17 views[0].says.US_EQ is True, not a number."),
    ("{US_EQ: 1, EU_EQ: -1}", "{US_EQ: 0}", "4:9 views[0].says says nothing. Give weights, such as"),
    ("{US_EQ: 1, EU_EQ: -1}", "{}", "4:9 views[0].says says nothing."),
    ("{US_EQ: 1, EU_EQ: -1}", "US_EQ", "4:9 views[0].says must be a mapping. Write it as `key: value` lines."),
    ("{US_EQ: 1, EU_EQ: -1}", "{US_EQ: 1, US_EQ: -1}", "4:20 'US_EQ' stands here twice. Keep one."),
    ("gains: 0.03", "gains: 3", "5:10 views[0].gains is 3, above 1. It is a fraction: did you mean 0.03?"),
    ("gains: 0.03", "gains: 3%", "5:10 views[0].gains is '3%', not a number. Write a plain number, such as 0.40."),
    ("gains: 0.03", "gains: -2", "5:10 views[0].gains is -2. Give a fraction per year, such as 0.03."),
    ("gains: 0.03", "gains:", "5:9 views[0].gains is None: input should be a valid number."),
    ("confidence: 0.6", "confidence: 60", "6:15 views[0].confidence is 60, above 1. It is a fraction: did you mean 0.60?"),
    ("confidence: 0.6", "confidence: 0", "6:15 views[0].confidence is 0. Give a fraction above 0, up to 1 for"),
    ("expires: 2021-09-30", "expires: 2021-02-28", "7:12 views[0].expires 2021-02-28 is before it is stated."),
    ("expires: 2021-09-30", "expires: never", "7:12 views[0].expires is 'never', not a date. Write it as 2021-03-31."),
    ("expires: 2021-09-30", "expires: 20210930", "7:12 views[0].expires is 20210930, not a date."),
    ("# views", "stated: 2021-03-01\n# views", "3:1 not valid YAML"),
    (TEXT, "views: []\n", "1:1 this file holds no list of views. Begin each view with a dash."),
    (TEXT, "- a view\n", "1:3 views[0] must be a mapping."),
    (
        TEXT,
        TEXT + TEXT,
        "18:3 views[2] is the view of committee that views[0] states at the same time. Keep one, or",
    ),
]


@pytest.mark.parametrize(("old", "new", "said"), FAULTS, ids=[f"{k}" for k in range(len(FAULTS))])
def test_every_fault_is_one_line_with_its_place(old: str, new: str, said: str) -> None:
    assert TEXT.count(old) == 1
    with pytest.raises(PolicyError) as caught:
        views(TEXT.replace(old, new))
    assert str(caught.value).startswith(f"v.yaml:{said}")
    assert "\n" not in str(caught.value)
    assert caught.value.remedy


def test_the_same_subject_at_another_time_is_no_duplicate() -> None:
    later = TEXT.replace("- stated: 2021-03-01", "- stated: 2021-03-02").replace("15:30", "15:31")
    assert len(views(TEXT + later)) == 4


def test_files_that_cannot_be_read_are_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot read the views .*: No such file or directory\. Check the name"):
        read_opinions(tmp_path / "none.yaml", UNIVERSE)
    file = tmp_path / "views.yaml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PolicyError, match="the file is not UTF-8 text"):
        read_opinions(file, UNIVERSE)
    file.write_bytes(b"#" * (LIMIT_BYTES + 10))
    with pytest.raises(PolicyError, match="more than 1000000 bytes"):
        read_opinions(file, UNIVERSE)


# In a policy.

FORECAST = {
    "use": "trimtab.forecasts.black_litterman:BlackLitterman",
    "covariance": {"use": "tests.forecasts.fixed:Sampled", "window": "20D"},
}


def mind(**changes: Any) -> Policy:
    return worlds.policy(**{"forecast": FORECAST, "views": "views.yaml", **changes})


def record(stated: str, expires: str, gain: float = 0.5, assets: str = "{A: 1, B: -1}", by: str = "desk") -> str:
    said = {"stated": stated, "by": by, "says": assets, "gains": gain, "confidence": 0.5, "expires": expires, "because": "x"}
    return "- " + "\n  ".join(f"{key}: {value}" for key, value in said.items()) + "\n"


def told(policy: Policy, text: str, world: Market) -> Market:
    return replace(world, opinions=opinions_of(parse(text, "v.yaml"), policy.universe))


def means(policy: Policy, world: Market) -> Any:
    """Dates and means of every decision."""
    found = aims(policy, decision_view(policy, world))
    return found.days.dates, found.forecast.mean


def test_views_lie_beside_the_policy_and_its_hash_knows_their_name_alone(tmp_path: Path) -> None:
    text = json.dumps(mind().identity.canonical)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "p.yaml").write_text(text, encoding="utf-8")
    one, two = (load_policy(tmp_path / name / "p.yaml") for name in ("one", "two"))
    assert one.views == str(tmp_path / "one" / "views.yaml")
    assert one.sha256 == two.sha256 == mind().sha256
    assert mind().identity.canonical["views"] == "views.yaml"
    assert mind(views="others.yaml").sha256 != mind().sha256
    assert Path(mind().views).is_absolute()  # from plain values: the current folder
    assert any("views.yaml" in line and str(tmp_path) not in line for line in one.words)


def test_a_policy_without_views_keeps_the_hash_it_had() -> None:
    assert "views" not in worlds.policy().identity.canonical
    assert worlds.policy().views == ""
    assert policy_from(mind(views=None).identity.canonical).sha256 == mind(views=None).sha256


@pytest.mark.parametrize("views", ["7", "[a]", "''", "true"])
def test_the_name_of_the_file_is_text(views: str) -> None:
    values = {key: part for key, part in mind().identity.canonical.items() if key != "views"}
    text = f"views: {views}\n" + "\n".join(f"{key}: {json.dumps(part)}" for key, part in values.items())
    with pytest.raises(PolicyError, match=r"p\.yaml:1:8 views is .*\. Give the name of a file, such as views\.yaml\."):
        read_policy(parse(text, "p.yaml"))


def test_views_that_nothing_reads_are_refused() -> None:
    with pytest.raises(PolicyError, match=r"policy:\d+:\d+ views are given, but nothing in the policy reads them\. Write a"):
        worlds.policy(views="views.yaml")


def test_the_market_of_a_policy_holds_its_views(tmp_path: Path) -> None:
    values = {
        "trimtab": 1,
        "name": "p",
        "data": {"use": "synthetic"},
        "universe": {"us_equity": None},
        "benchmark": {"us_equity": 1.0},
        "views": "views.yaml",
        "forecast": FORECAST,
        "schedule": {"trade": "same_close"},
    }
    file = tmp_path / "views.yaml"
    policy = read_policy(parse(json.dumps(values), "p.yaml"), folder=tmp_path)
    with pytest.raises(UsageError, match="cannot read the views"):
        load_market(policy)
    file.write_text(record("2001-03-01", "2001-09-30", assets="{us_equity: 1}"), encoding="utf-8")
    market = load_market(policy)
    assert [one.author for one in market.opinions] == ["desk"]
    file.write_text("[]", encoding="utf-8")
    assert load_market(policy).digest != market.digest
    file.write_text(record("2001-03-01", "2001-09-30", assets="{us_equty: 1}"), encoding="utf-8")
    with pytest.raises(PolicyError, match=r"views\.yaml:3:10 views\[0\]\.says names 'us_equty', not in the universe\. Did you"):
        load_market(policy)


def test_a_view_changes_nothing_before_it_is_stated_and_nothing_after_it_has_expired() -> None:
    policy = mind()
    world = worlds.market(policy)
    dates, silent = means(policy, world)
    stated, expires = np.datetime64("2001-05-31"), np.datetime64("2001-10-30")
    _, spoken = means(policy, told(policy, record(str(stated), str(expires)), world))
    changed = (silent != spoken)[np.isfinite(silent).all(axis=1)].any(axis=1)
    dates = dates[np.isfinite(silent).all(axis=1)]
    # decided on the last session of each month, two hours after its close: a date counts from its end, after that
    assert dates[changed].tolist() == [day for day in dates.tolist() if stated.item() < day <= expires.item()]
    assert 3 <= changed.sum() < len(changed)


def test_the_past_is_the_same_whatever_is_said_later() -> None:
    policy = mind()
    world = worlds.market(policy)
    early, late = record("2001-04-02", "2002-12-31"), record("2001-07-02", "2002-12-31", -0.3, by="another")
    end = date(2001, 6, 29)
    short, long = (until(told(policy, text, world), end) for text in (early, early + late))
    assert short.digest == long.digest
    assert len(long.opinions) == 1
    whole = backtest(policy.with_horizon(end=end), told(policy, early + late, world))
    assert whole.data_digest == short.digest
    before, after = means(policy, short)[1], means(policy, told(policy, early + late, world))[1]
    assert np.isfinite(before[-1]).all()
    assert (before[-1] == after[len(before) - 1]).all()


def test_a_view_that_a_late_cut_off_still_hears_is_kept() -> None:
    policy = mind()
    world = worlds.market(policy)
    end = np.datetime64("2001-06-29")  # New York closes at 20:00 UTC in summer; no cut-off is later than 17 hours after that
    for stated, kept in (("2001-06-30T13:00:00Z", 1), ("2001-06-30T13:00:01Z", 0)):
        assert len(until(told(policy, record(stated, "2001-12-31"), world), end).opinions) == kept
    last = told(policy, record("2030-01-01", "2030-12-31"), world)
    assert until(last, None).opinions == until(last, world.sessions[-1]).opinions == ()
