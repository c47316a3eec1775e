"""What is known of FRED's series by their names, because its answers tell neither units nor averaging.

Interest rates are in percent a year there and become decimals here; every other series stays as FRED writes it. Rates that
come weekly or monthly (H.15, Moody's, OECD) are means of daily ones, which no timing rule may take for a period's end.
"""

from __future__ import annotations

import re

# Rates of the Board's H.15 and what is derived from them; Moody's, ICE BofA, Freddie Mac; central banks; the OECD's.
_RATE = re.compile(
    r"DGS\d+(MO)?|GS\d+M?|WGS\d+(YR|MO)|[DW]?TB\d+(MS|MO|YR|WK)?|[DW]?FII\d+|T\d+Y(\d+[YM]|FF|IE)M?"
    r"|DFF|FF|FEDFUNDS|EFFR|OBFR|SOFR|IORB|DFEDTAR[LU]?|[DWM]?PRIME|ECBDFR"
    r"|[DW]?(AAA|BAA)|(AAA|BAA)(10Y|FF)M?|BAML[CEH]\w+|MORTGAGE\d+US|(IR3TIB|IRLTLT)01[A-Z]{2}[MQA]156N"
)


def is_rate(series: str) -> bool:
    """Whether FRED's series of that name is an interest rate or yield in percent a year."""
    return _RATE.fullmatch(series) is not None and not series.endswith("TRIV")  # total-return indices of ICE BofA


def is_average(series: str, frequency: str) -> bool:
    """Whether its values are known to be means over the period."""
    return frequency != "daily" and is_rate(series)
