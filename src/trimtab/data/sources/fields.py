"""What a series with prices is, from the columns it has: its kind, its fields, and what is to be said about them.

A close with dividends is a price with dividends; with an adjusted close and no dividends the adjusted close is the price.
Where splits have a column, prices are handed on as they traded: Yahoo's `Stock Splits` stands beside prices that are
adjusted for them, which is undone; a split ratio, factor or coefficient (Tiingo, Quandl, Alpha Vantage) beside prices
that are not. yfinance leaves `Adj Close` out where it has adjusted `Close` for dividends itself (its default).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from trimtab.core.arrays import Array
from trimtab.core.terms import ADJUSTED, CAPITAL_GAINS, CLOSE, DIVIDEND, HIGH, LOW, OPEN, SPLIT, TOTAL_RETURN, VOLUME, Field
from trimtab.data.history import Kind
from trimtab.data.sources.layout import Role
from trimtab.data.sources.splits import as_traded, ratios, split_days, with_gains

_PLAIN = {CLOSE: Role.CLOSE, OPEN: Role.OPEN, DIVIDEND: Role.DIVIDEND, TOTAL_RETURN: Role.ADJUSTED, VOLUME: Role.VOLUME}
_TRADED = {
    CLOSE: Role.CLOSE,
    OPEN: Role.OPEN,
    HIGH: Role.HIGH,
    LOW: Role.LOW,
    VOLUME: Role.VOLUME,
    DIVIDEND: Role.DIVIDEND,
    ADJUSTED: Role.ADJUSTED,
}


@dataclass(frozen=True, slots=True)
class Said:
    """What is to be said about the column of `role`, and what was done."""

    role: Role
    what: str
    action: str


@dataclass(frozen=True, slots=True, eq=False)
class Priced:
    """The kind and the fields (T,) of one series, and what is to be said about its columns."""

    kind: Kind
    fields: Mapping[Field, Array]
    said: tuple[Said, ...] = ()


def fields_of(columns: Mapping[Role, Array]) -> Priced:
    """From the numbers (T,) of a series by role, which rise by date and have a close or an adjusted close."""
    columns, said = _gains(columns)
    undone = Role.SPLIT_UNDONE in columns
    if undone and {Role.CLOSE, Role.DIVIDEND} <= set(columns) and Role.ADJUSTED not in columns:
        what = "there is no Adj Close beside dividends and Stock Splits: yfinance has adjusted the closes for both"
        told = Said(Role.SPLIT_UNDONE, what, "taken as total return; dividends and splits are in it, not read again")
        index = {Role.ADJUSTED: columns[Role.CLOSE], Role.CLOSE: columns[Role.CLOSE]}
        opens = {Role.OPEN: columns[Role.OPEN]} if Role.OPEN in columns else {}
        return Priced(Kind.TOTAL_RETURN, _adjusted(_named(index | opens, _PLAIN)), (*said, told))
    split = Role.SPLIT_UNDONE if undone else Role.SPLIT
    if split in columns and Role.CLOSE in columns and (Role.DIVIDEND in columns or Role.ADJUSTED not in columns):
        return _traded(columns, split, said)
    unused = (Said(split, "splits are in the adjusted closes already", "not read"),) if split in columns else ()
    fields = _named(columns, _PLAIN)
    if DIVIDEND in fields and CLOSE in fields:
        return Priced(Kind.PRICE_AND_DIVIDENDS, fields, (*said, *unused))
    if TOTAL_RETURN in fields:
        return Priced(Kind.TOTAL_RETURN, _adjusted(fields), (*said, *unused))
    return Priced(Kind.PRICE, fields, (*said, *unused))


def _named(columns: Mapping[Role, Array], names: Mapping[Field, Role]) -> dict[Field, Array]:
    return {field: columns[role] for field, role in names.items() if role in columns}


def _gains(columns: Mapping[Role, Array]) -> tuple[Mapping[Role, Array], tuple[Said, ...]]:
    """Capital-gain distributions counted among the dividends."""
    gains = columns.get(Role.GAIN)
    if gains is None:
        return columns, ()
    if Role.DIVIDEND not in columns:
        return columns, (Said(Role.GAIN, "capital gains without a column of dividends", "not read"),)
    paid = int((gains > 0.0).sum())
    what = f"{paid} capital-gain distribution{'' if paid == 1 else 's'}"
    said = (Said(Role.GAIN, what, "counted among the dividends"),) if paid else ()
    return dict(columns) | {Role.DIVIDEND: with_gains(columns[Role.DIVIDEND], gains)}, said


def _traded(columns: Mapping[Role, Array], split: Role, said: tuple[Said, ...]) -> Priced:
    """Prices as they traded, with the splits that tell them apart."""
    fields = _named(columns, _TRADED) | {SPLIT: columns[split]}
    if DIVIDEND in fields and Role.GAIN in columns and bool((columns[Role.GAIN] > 0.0).any()):
        fields[CAPITAL_GAINS] = columns[Role.GAIN]
    count = len(split_days(fields[SPLIT]))
    if split is Role.SPLIT_UNDONE:
        what = "prices beside Stock Splits are adjusted for every split in it"
        said = (*said, Said(split, what, f"un-adjusted by {count} split{'' if count == 1 else 's'}: prices are as traded"))
        fields = as_traded(fields)
    fields[SPLIT] = ratios(fields[SPLIT])
    return Priced(Kind.PRICE_AND_DIVIDENDS if DIVIDEND in fields else Kind.PRICE, fields, said)


def _adjusted(fields: Mapping[Field, Array]) -> dict[Field, Array]:
    """Adjusted closes as the prices, and opens on their scale: whoever holds these prices earns the dividends.

    Volumes are carried to that scale too, so that close times volume stays the value traded.
    """
    index = fields[TOTAL_RETURN]
    if CLOSE not in fields:
        return {CLOSE: index, TOTAL_RETURN: index}
    opens = {OPEN: fields[OPEN] * index / fields[CLOSE]} if OPEN in fields else {}
    volumes = {VOLUME: fields[VOLUME] * fields[CLOSE] / index} if VOLUME in fields else {}
    return {CLOSE: index, **opens, TOTAL_RETURN: index, **volumes}
