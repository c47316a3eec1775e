"""Which header holds which field: column maps as data, in several languages, to be edited.

Headers are compared without case, punctuation and doubled blanks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from trimtab.core.errors import ParameterError

COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "date": (
            "trade date", "transaction date", "date", "run date", "activity date", "date time", "datetime", "timestamp",
            "as of", "when", "datum", "handelsdatum", "buchungsdatum", "buchungstag", "transaktionsdatum", "fecha",
            "fecha valor", "date d operation", "date operation", "date d opération", "date opération", "data",
            "data operazione", "transactiedatum",
        ),
        "kind": (
            "transaction type", "action", "activity type", "type", "activity", "kind", "side", "buy sell", "typ", "art",
            "transaktionstyp", "buchungsart", "vorgang", "tipo", "operation", "type d operation", "type d opération",
            "opération", "operazione",
        ),
        "symbol": (
            "symbol", "ticker", "ticker symbol", "code", "instrument", "asset", "security", "stock", "symbole", "simbolo",
            "símbolo", "kürzel", "wertpapier",
        ),
        "isin": ("isin", "isin code", "code isin", "isin nummer"),
        "name": (
            "security name", "instrument name", "company", "company name", "name", "wertpapiername", "bezeichnung", "libellé",
            "nombre", "nome",
        ),
        "units": (
            "units", "quantity", "shares", "qty", "qty quantity", "number of shares", "no of shares", "position", "stück",
            "anzahl", "menge", "nominale", "quantité", "cantidad", "quantità", "títulos", "aantal",
        ),
        "price": (
            "price", "unit price", "price per share", "share price", "trade price", "execution price", "kurs", "preis",
            "ausführungskurs", "prix", "cours", "precio", "prezzo", "koers",
        ),
        "amount": (
            "amount", "gross amount", "net amount", "value", "total", "proceeds", "total amount", "market value", "betrag",
            "wert", "gesamtbetrag", "ausmachender betrag", "umsatz", "montant", "importe", "importo", "bedrag",
        ),
        "fee": (
            "fee", "fees", "commission", "commissions", "commission fees", "fees comm", "charges", "transaction fee",
            "cost of trade", "gebühr",
            "gebühren", "provision", "spesen", "frais", "comisión", "comisiones", "commissioni", "kosten",
        ),
        "tax": (
            "tax", "taxes", "withholding tax", "tax withheld", "steuer", "steuern", "kapitalertragsteuer", "impôts", "taxe",
            "impuestos", "retención", "imposte",
        ),
        "currency": (
            "currency", "ccy", "currency code", "transaction currency", "currency primary", "währung", "buchungswährung",
            "devise", "divisa", "moneda", "valuta",
        ),
        "account": (
            "account", "account id", "account number", "account name", "portfolio", "konto", "depot", "compte", "cuenta",
        ),
        "acquired": (
            "acquired", "acquisition date", "date acquired", "purchase date", "open date", "lot date", "kaufdatum",
            "date d achat", "fecha de compra",
        ),
        "cost": (
            "cost", "cost basis", "total cost", "cost basis total", "book cost", "book value", "einstandswert",
            "anschaffungskosten", "kaufwert", "prix de revient", "coste",
        ),
        "note": ("note", "notes", "comment", "comments", "memo", "description", "notiz", "bemerkung", "beschreibung", "nota"),
        "external": (
            "id", "transaction id", "trade id", "external id", "reference", "order id", "order number", "ref", "referenz",
            "transaktionsnummer", "ordernummer", "référence", "referencia",
        ),
        "into": ("into", "new symbol", "received symbol", "to currency"),
        "received": ("received", "units received", "amount received"),
        "share": ("share of cost", "cost share", "basis allocation"),
        "ratio": ("ratio", "split ratio", "split", "splitverhältnis"),
    }
)  # fmt: skip
"""Field: the headers that it goes by, the best first. Edit a copy and hand it to `detect`."""

NUMBERS = ("units", "price", "amount", "fee", "tax", "cost", "received", "share")
DATES = ("date", "acquired")


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """`fields` maps a field to a header of the file; `unmapped` are the headers that nothing reads."""

    fields: Mapping[str, str]
    unmapped: tuple[str, ...]

    def named(self, record: Mapping[str, str]) -> dict[str, str]:
        """A record by field; what no field reads keeps its own name."""
        read = {name: record.get(header, "") for name, header in self.fields.items()}
        return read | {header: record.get(header, "") for header in self.unmapped if header not in read}


def plain(header: str) -> str:
    """A header without case, punctuation and doubled blanks."""
    return " ".join(re.sub(r"[\W_]+", " ", header.casefold()).split())


def detect(
    headers: Sequence[str], overrides: Mapping[str, str] | None = None, columns: Mapping[str, tuple[str, ...]] = COLUMNS
) -> ColumnMap:
    """Which header holds which field. `overrides` maps a field to a header of the file and wins; to "" leaves it out.

    Raises ParameterError for a field that does not exist and a header that the file does not have.
    """
    wanted = dict(overrides or {})
    fields = {name: _header(name, header, headers, columns) for name, header in wanted.items()}
    fields = {name: header for name, header in fields.items() if header}
    by_name = {plain(header): header for header in reversed(headers) if header}
    for name, known in columns.items():
        free = (by_name[one] for one in known if one in by_name and by_name[one] not in fields.values())
        if name not in wanted and (header := next(free, "")):
            fields[name] = header
    used = set(fields.values())
    return ColumnMap(MappingProxyType(fields), tuple(header for header in headers if header and header not in used))


def _header(name: str, header: str, headers: Sequence[str], columns: Mapping[str, tuple[str, ...]]) -> str:
    """The header of the file that an override means."""
    if name not in columns:
        remedy = f"A field is one of: {', '.join(columns)}."
        raise ParameterError(f"there is no field {name!r} to map a column to", field=name, remedy=remedy)
    match = next((one for one in headers if one == header or plain(one) == plain(header)), "")
    if header and not match:
        raise ParameterError(f"the file has no column {header!r}", field=name, remedy=f"It has: {', '.join(headers)}.")
    return match
