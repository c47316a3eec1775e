"""The policies of the demonstration desk: four funds by day, a classic overlay with decades of history, two funds with bills.

They are written into its folder, to be read and edited there. All run on the sample data, which no folder of prices goes with.
"""

from __future__ import annotations

from dataclasses import dataclass

from trimtab.desk import gallery

FOLDER = "policies"
FOUR, CLASSIC, TWO = "demo-four-funds", "demo-trend-overlay", "demo-two-funds"

_FOUR = """\
# Demonstration: nobody's money. Four US equity funds, each held a little more or less as its trends stand.
trimtab: 1
name: demo-four-funds
title: Demonstration, four factor funds with a trend overlay
base_currency: USD
since: 2014-01-02
data: {use: samples}

universe:
  USMV: {series: usmv, class: equity, name: US minimum volatility}
  QUAL: {series: qual, class: equity, name: US quality}
  VLUE: {series: vlue, class: equity, name: US value}
  MTUM: {series: mtum, class: equity, name: US momentum}
benchmark: {USMV: 0.33, QUAL: 0.19, VLUE: 0.34, MTUM: 0.10}   # the rest is cash: spreads have to be paid

signals:
  slow: {use: trend, window: 10M}
  fast: {use: trend, window: 4M}
combine: {use: mean}
allocator: {use: overlay, tilt: 0.10}
reacher: {use: pace}

rules:
  - limit: {use: max_weight, at_most: 0.40}
    id: IPS-4.1
    source: Investment Policy Statement, section 4.1
    effective_from: 2017-01-01
    severity: warn
  - limit: {use: max_turnover, at_most: 0.20, per: quarter}
    id: IPS-4.2
    source: Investment Policy Statement, section 4.2
    effective_from: 2017-01-01
    severity: block

costs: {use: linear, bps: 5}
schedule: {decide: month-end, trade: next_open}
execution: {units: whole, dividends: pay}
approval: {four_eyes: true}
overrides: {size: 0.05, days: 60}
review: {every: 3M, full_cycle: 3Y}
"""

_CLASSIC = """\
# Demonstration: nobody's money. 58 % US equity and 38 % long corporate bonds; three signals vote on equity once a month.
trimtab: 1
name: demo-trend-overlay
title: Demonstration, 60/40 with a trend overlay
base_currency: USD
since: 1970-01-30                        # decades of signals to look at
data: {use: samples}

universe:
  US_EQ: {series: us_equity, class: equity, name: US equity}
  CORP:  {series: long_corporate, class: bonds, name: Corporate bonds}
benchmark: {US_EQ: 0.58, CORP: 0.38}     # the rest is bills: spreads have to be paid
cash: {series: bills, borrow_spread: 0.01}

signals:
  average: {use: trend, window: 10M, assets: [US_EQ]}
  momentum: {use: momentum, lookback: 12M, assets: [US_EQ]}
  spread: {use: spread, long: aaa_yield, short: bill_yield, assets: [US_EQ]}   # a stand-in for the term spread
combine: {use: vote, hysteresis: 0.3}
allocator: {use: overlay, tilt: 0.10, funding: [CORP]}
reacher: {use: pace, band: 0.02}         # drift below 2 % is left alone

rules:
  - limit: {use: max_tilt, at_most: 0.13}  # what drifts within the band stays inside
    id: IPS-4.1
    source: Investment Policy Statement, section 4.1
    effective_from: 2017-01-01
    severity: block
  - limit: {use: max_weight, of: class, at_most: 0.75}
    id: IPS-4.2
    source: Investment Policy Statement, section 4.2
    effective_from: 2017-01-01
    severity: block

costs: {use: linear, bps: 5}
schedule: {decide: month-end, trade: same_close}
averages: allowed                        # the bonds are built from monthly averages of yields
approval: {four_eyes: true}
overrides: {size: 0.05, days: 60}
review: {every: 3M, full_cycle: 3Y}
"""


@dataclass(frozen=True, slots=True)
class Launch:
    """An account of the demonstration: its household, its cash, the policy that it follows, and why anybody should."""

    account: str
    household: str
    cash: str
    policy: str
    hypothesis: str


LAUNCHES = (
    Launch("DEMO-1", "Demonstration A", "1000000", FOUR, "Trends of whole funds persist, as investors react late."),
    Launch("DEMO-2", "Demonstration A", "500000", CLASSIC, "A trend below its average keeps us out of the longest falls."),
    Launch("DEMO-3", "Demonstration B", "250000", TWO, "Bills beside two funds pay for calm, and the trend for patience."),
)


def policy_texts() -> dict[str, str]:
    """The files of the policies by name. The third is the one of the gallery, with four eyes."""
    two = gallery.text("fund-trend").replace("\nname: fund-trend\n", f"\nname: {TWO}\n")
    two = two.replace("tilt: 0.10, funding", "tilt: 0.08, funding")  # so that what drifts stays inside the limit
    two = two.replace("\ntitle: Two funds", "\ntitle: Demonstration, two funds")
    return {FOUR: _FOUR, CLASSIC: _CLASSIC, TWO: f"{two.rstrip()}\napproval: {{four_eyes: true}}\n"}
