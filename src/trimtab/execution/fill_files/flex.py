"""IBKR Flex statements in XML: the executions of their trades. Attribute names as open readers of the format list them.

XML from strangers is read safely: no document type, no entities, bounded depth. Commissions are below zero when paid.
"""

from __future__ import annotations

from collections.abc import Mapping
from xml.parsers import expat

from trimtab.execution.fill_files.found import FillHints, Remark, Unread
from trimtab.execution.fill_files.tables import Parts, Values, read_values

DEEPEST, MOST = 40, 2_000_000
_NAMES = {
    "order": ("orderReference",),
    "execution": ("ibExecID", "tradeID"),
    "account": ("accountId",),
    "symbol": ("symbol",),
    "isin": ("isin",),
    "side": ("buySell",),
    "units": ("quantity",),
    "price": ("tradePrice",),
    "fee": ("ibCommission",),
    "day": ("tradeDate",),
    "time": ("dateTime",),
}


def is_flex(text: str) -> bool:
    """Whether it is such a statement."""
    return "<FlexQueryResponse" in text[:20_000] or "<FlexStatement" in text[:20_000]


def read_flex(text: str, hints: FillHints) -> Parts:
    """The executions, up to where the text is broken."""
    found, fault = _trades(text)
    levels = [attributes.get("levelOfDetail", "").upper() for _, attributes in found]
    wanted = "EXECUTION" if "EXECUTION" in levels else ""
    kept: list[Values] = [(line, _named(one)) for (line, one), level in zip(found, levels, strict=True) if level == wanted]
    read = read_values(kept, hints, below_zero=True)
    remarks = list(read.remarks)
    if len(kept) < len(found):
        remarks.append(Remark(0, f"{len(found) - len(kept)} records that are no executions are left out"))
    return read._replace(form="flex", unread=(*read.unread, *fault), remarks=remarks)


def _named(attributes: Mapping[str, str]) -> dict[str, str]:
    return {name: next((attributes[one] for one in known if attributes.get(one)), "") for name, known in _NAMES.items()}


def _trades(text: str) -> tuple[list[tuple[int, dict[str, str]]], list[Unread]]:
    reader = expat.ParserCreate("utf-8")
    found: list[tuple[int, dict[str, str]]] = []
    depth = count = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth, count
        depth, count = depth + 1, count + 1
        if depth > DEEPEST or count > MOST:
            raise ValueError("too many elements, or too deep a nest of them")
        if tag == "Trade":
            found.append((reader.CurrentLineNumber, attributes))

    def end(_: str) -> None:
        nonlocal depth
        depth -= 1

    def refuse(*_: object) -> int:
        raise ValueError("the XML declares a document type or entities, which is refused")

    reader.StartElementHandler, reader.EndElementHandler = start, end
    reader.StartDoctypeDeclHandler = reader.EntityDeclHandler = reader.ExternalEntityRefHandler = refuse
    try:
        reader.Parse(text.lstrip("\ufeff \t\r\n").encode("utf-8", "replace"), True)
    except expat.ExpatError as fault:
        return found, [Unread(fault.lineno, f"the XML is broken ({expat.ErrorString(fault.code)})")]
    except ValueError as refusal:
        return found, [Unread(reader.CurrentLineNumber, str(refusal))]
    return found, []
