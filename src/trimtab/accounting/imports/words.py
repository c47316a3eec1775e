"""Which word of a file means which kind of transaction: data, in several languages. Compared like headers."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from trimtab.accounting.imports.columns import plain
from trimtab.accounting.imports.rows import Kind

_WORDS: Mapping[Kind, tuple[str, ...]] = {
    Kind.BUY: (
        "buy", "bought", "b", "purchase", "you bought", "buy to open", "reinvest shares", "kauf", "achat", "compra", "acquisto",
        "koop", "aankoop",
    ),
    Kind.SELL: ("sell", "sold", "s", "sale", "you sold", "sell to close", "verkauf", "vente", "venta", "vendita", "verkoop"),
    Kind.DIVIDEND: (
        "dividend", "dividends", "div", "cash dividend", "qualified dividend", "ordinary dividend", "distribution",
        "dividend received", "dividende", "dividenden", "ausschüttung", "dividendes", "dividendo", "dividendos", "dividendi",
    ),
    Kind.INTEREST: (
        "interest", "int", "credit interest", "bank interest", "interest income", "interest received", "zinsen", "intérêts",
        "intereses", "interessi", "rente",
    ),
    Kind.FEE: ("fee", "fees", "commission", "service fee", "management fee", "gebühr", "gebühren", "frais", "kosten"),
    Kind.TAX: (
        "tax", "taxes", "withholding tax", "tax withheld", "nra tax", "steuer", "steuern", "quellensteuer", "impôt", "impuesto",
    ),
    Kind.DEPOSIT: (
        "deposit", "cash deposit", "contribution", "cash in", "moneylink deposit", "einlage", "einzahlung", "dépôt", "depósito",
        "versamento", "storting",
    ),
    Kind.WITHDRAWAL: (
        "withdrawal", "cash withdrawal", "removal", "cash out", "entnahme", "auszahlung", "retrait", "retirada", "prelievo",
        "opname",
    ),
    Kind.SPLIT: ("split", "stock split", "forward split", "reverse split", "aktiensplit", "stock dividend"),
    Kind.SPIN_OFF: ("spin off", "spinoff", "abspaltung"),
    Kind.MERGER: ("merger", "exchange of shares", "fusion", "verschmelzung"),
    Kind.DELISTING: ("delisting", "worthless"),
    Kind.TRANSFER_IN: (
        "transfer in", "transfer inbound", "delivery inbound", "security transfer in", "einlieferung", "umbuchung eingang",
    ),
    Kind.TRANSFER_OUT: (
        "transfer out", "transfer outbound", "delivery outbound", "security transfer out", "auslieferung", "umbuchung ausgang",
    ),
    Kind.RETURN_OF_CAPITAL: ("return of capital", "roc", "retofcap", "kapitalrückzahlung"),
    Kind.VARIATION: ("variation", "variation margin", "futures mtm", "mark to market"),
    Kind.EXCHANGE: ("exchange", "fx", "forex", "currency exchange", "conversion", "währungstausch"),
    Kind.HOLDING: ("holding", "opening", "position", "bestand"),
    Kind.CASH: ("cash", "balance", "cash balance", "saldo"),
}  # fmt: skip
KINDS: Mapping[str, tuple[Kind, int]] = MappingProxyType(
    {word: (kind, 1) for kind, words in _WORDS.items() for word in words}
    | {kind.value.replace("_", " "): (kind, 1) for kind in _WORDS}
    | {"interest charge": (Kind.INTEREST, -1), "interest paid": (Kind.INTEREST, -1), "margin interest": (Kind.INTEREST, -1)}
    | {"zinsbelastung": (Kind.INTEREST, -1), "sollzinsen": (Kind.INTEREST, -1)}
    | {"fees refund": (Kind.FEE, -1), "fee refund": (Kind.FEE, -1), "gebührenerstattung": (Kind.FEE, -1)}
    | {"tax refund": (Kind.TAX, -1), "steuerrückerstattung": (Kind.TAX, -1), "steuererstattung": (Kind.TAX, -1)}
)
"""Word: the kind, and -1 where its cash runs against the kind's usual direction (a refund, interest that is charged)."""


def kind_of(word: str) -> tuple[Kind, int] | None:
    """What a word means; None where nobody knows."""
    return KINDS.get(plain(word))
