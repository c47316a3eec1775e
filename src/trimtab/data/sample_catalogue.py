"""The sample series: what each one is, who published it, in which installed file it lies, and how it is made.

Names are stable ids: policies refer to them. All are final vintages: revisions that nobody had on the day are in them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from trimtab.data.history import About, Kind
from trimtab.data.sample_series import Builder, Compounded, Monthly, ParBond, adjusted, prices

FRENCH_1926 = "arch/data/frenchdata/frenchdata.csv.gz"
FRENCH_1949 = "linearmodels/datasets/french/french.csv.bz2"
YIELDS = "arch/data/default/default.csv.gz"
CORE_CPI = "arch/data/core_cpi/core-cpi.csv.gz"
WTI = "arch/data/wti/wti.csv.gz"
SP500 = "arch/data/sp500/sp500.csv.gz"
VIX = "arch/data/vix/vix.csv.gz"
FACTOR_FUNDS = "skfolio/datasets/data/factors_dataset.csv.gz"

_PUBLISHER = {
    FRENCH_1926: "Kenneth French data library",
    FRENCH_1949: "Kenneth French data library",
    YIELDS: "Moody's seasoned corporate bond yields (FRED AAA, BAA)",
    CORE_CPI: "US Bureau of Labor Statistics (FRED CPILFESL)",
    WTI: "US Energy Information Administration (FRED DCOILWTICO)",
    SP500: "S&P 500 index (Yahoo)",
    VIX: "Cboe (FRED VIXCLS)",
    FACTOR_FUNDS: "adjusted closes of iShares funds",
}

INDUSTRIES = {
    "NoDur": "non-durables",
    "Durbl": "durables",
    "Manuf": "manufacturing",
    "Enrgy": "energy",
    "Chems": "chemicals",
    "BusEq": "business equipment",
    "Telcm": "telecoms",
    "Utils": "utilities",
    "Shops": "retail",
    "Hlth": "health care",
    "Money": "finance",
    "Other": "other",
}

_FUNDS = {
    "MTUM": "momentum",
    "QUAL": "quality",
    "SIZE": "size",
    "USMV": "minimum volatility",
    "VLUE": "value",
}

_AT_CLOSE = "dated as known at the close, like any price; the file itself was published weeks later"
_UNFUNDED = "a long-short return shown as an index: nobody can hold it without funding"
_AVERAGES = "monthly averages, not month-end values"
_BOND = (
    "built from monthly averages of yields: smoother than any price one could trade at",
    "20-year par bond bought each month and repriced at the next yield; no defaults, calls or costs",
)


@dataclass(frozen=True, slots=True)
class Recipe:
    """A series, its file (`package/path`) and its builder."""

    about: About
    file: str
    build: Builder


def publisher(file: str) -> str:
    """Who published the numbers in a sample file first."""
    return _PUBLISHER[file]


def _month(name: str, title: str, kind: Kind, *, notes: tuple[str, ...] = (), lag: int = 0, mean: bool = False) -> About:
    return About(name, title, kind, "", frequency="monthly", is_average=mean, notes=notes, lag_days=lag)


def _us_market() -> tuple[Recipe, ...]:
    total, date = Kind.TOTAL_RETURN, "Date"
    bill = ("one-month bill; its return over a month is fixed when the month begins",)
    equity = _month("us_equity", "US equity, total market", total, notes=(_AT_CLOSE,))
    bills = _month("bills", "US Treasury bills", total, notes=bill)
    rate = _month("bill_yield", "US Treasury bill rate", Kind.YIELD, notes=("12 times the month's return", *bill))
    return (
        Recipe(equity, FRENCH_1926, Compounded(date, ("Mkt-RF", "RF"), 0.01)),
        Recipe(bills, FRENCH_1926, Compounded(date, ("RF",), 0.01)),
        Recipe(rate, FRENCH_1926, Monthly(date, "RF", 0.12)),
    )


def _factors() -> tuple[Recipe, ...]:
    lag = 22  # business days: the library is updated about a month late
    titles = {"smb": "Small minus big", "hml": "High minus low book-to-market"}
    early = [
        Recipe(
            _month(name, title, Kind.LEVEL, notes=(_UNFUNDED,), lag=lag),
            FRENCH_1926,
            Compounded("Date", (name.upper(),), 0.01, holdable=False),
        )
        for name, title in titles.items()
    ]
    momentum = _month("mom", "Winners minus losers", Kind.LEVEL, notes=(_UNFUNDED,), lag=lag)
    return (*early, Recipe(momentum, FRENCH_1949, Compounded("dates", ("Mom",), 1.0, holdable=False)))


def _industries() -> tuple[Recipe, ...]:
    notes = (_AT_CLOSE, "raw returns, not in excess of bills")
    return tuple(
        Recipe(
            _month(f"industry_{column.lower()}", f"US industry: {words}", Kind.TOTAL_RETURN, notes=notes),
            FRENCH_1949,
            Compounded("dates", (column,), 1.0),
        )
        for column, words in INDUSTRIES.items()
    )


def _bonds() -> tuple[Recipe, ...]:
    made = []
    for column, short, title in (("AAA", "long", "Aaa"), ("BAA", "baa", "Baa")):
        rate = _month(f"{column.lower()}_yield", f"Moody's {title} yield", Kind.YIELD, notes=(_AVERAGES,), lag=1, mean=True)
        bond = _month(f"{short}_corporate", f"Long {title} corporate bonds", Kind.TOTAL_RETURN, notes=_BOND, mean=True)
        made += [
            Recipe(rate, YIELDS, Monthly("Date", column, 0.01)),
            Recipe(bond, YIELDS, ParBond("Date", column)),
        ]
    return tuple(made)


def _others() -> tuple[Recipe, ...]:
    # Released between the 10th and the 18th of the next month: 12 business days after the month-end cover nearly all.
    cpi_notes = ("seasonally adjusted; published in the middle of the next month",)
    cpi = _month("core_cpi", "US core consumer prices", Kind.LEVEL, notes=cpi_notes, lag=12)
    oil = About(
        "wti",
        "WTI crude oil, spot",
        Kind.LEVEL,
        "",
        notes=("spot, dollars a barrel, not a futures return",),
        lag_days=1,
    )
    open_note = "until 2006 the opening value is mostly the previous close, also in part of 2011 to 2013"
    index = About("sp500", "S&P 500 index", Kind.PRICE, "", notes=("price only: dividends are missing", open_note))
    vix = About("vix", "VIX", Kind.LEVEL, "", notes=("percent a year",))
    return (
        Recipe(cpi, CORE_CPI, Monthly("Date", "CPILFESL")),
        Recipe(oil, WTI, prices("DCOILWTICO")),
        Recipe(index, SP500, prices("Close", opening="Open")),
        Recipe(vix, VIX, prices("vix")),
    )


def _funds() -> tuple[Recipe, ...]:
    note = "adjusted with later dividends: only ratios mean anything"
    return tuple(
        Recipe(
            About(fund.lower(), f"US equity {words} (fund {fund})", Kind.TOTAL_RETURN, "", notes=(note,)),
            FACTOR_FUNDS,
            adjusted(fund),
        )
        for fund, words in _FUNDS.items()
    )


def recipes() -> Mapping[str, Recipe]:
    """Every sample series by name; `about.provenance` is still empty."""
    every = (*_us_market(), *_bonds(), *_factors(), *_industries(), *_others(), *_funds())
    return {recipe.about.name: recipe for recipe in every}
