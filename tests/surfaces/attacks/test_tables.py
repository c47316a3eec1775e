"""F8 and F9: no cell of a table is a formula, numbers stay numbers, and no document holds what is none."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from urllib.parse import urlencode

import pytest
from starlette.responses import Response

from tests.surfaces.attacks.attacked import Attacked
from tests.surfaces.attacks.corpora import FORMULAS
from tests.surfaces.attacks.holed import Holed
from tests.surfaces.attacks.reaching import STANDING
from tests.surfaces.web.served_desk import Served
from trimtab.core.formulas import taken_off
from trimtab.surfaces.access.roles import Right
from trimtab.surfaces.serving.operations import OPERATIONS, Kind
from trimtab.surfaces.web.pages.every import FIGURES, PAGES
from trimtab.surfaces.web.rendering import csv_response

PLAIN = sorted({page.path for page in PAGES if "{" not in page.path and page.right is Right.READ})
BEGIN = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
TYPED = [one for one in FORMULAS if one.isprintable()]  # others are refused at the door


def formulas(text: str) -> list[str]:
    """Cells that a spreadsheet would run."""
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    return [cell for cell in cells if (cell.startswith(BEGIN) or cell.lstrip().startswith(BEGIN)) and not _number(cell)]


def _number(cell: str) -> bool:
    try:
        float(cell.rstrip("%"))
    except ValueError:
        return False
    return True


def run_by_a_spreadsheet(target: Attacked, paths: Iterable[str]) -> list[str]:
    client, through = target.browser("vera"), []  # who may only read, and sees every one of these pages
    for path in paths:
        answer = client.get(path, params={"format": "csv"})
        through += [f"{path}: {cell[:40]}" for cell in formulas(answer.text)] if answer.status_code != 403 else [f"{path}: 403"]
    return through


def test_no_page_gives_a_formula_as_a_table(attacked: Served) -> None:
    api = attacked.api("one")
    for k, text in enumerate(TYPED):
        body = {"account": "DEMO-1", "instrument": "qual", "units": str(k + 1), "reason": text}
        assert api.post("/orders/add", json=body, headers={"idempotency-key": f"formula-{k}"}).status_code == 200
        api.post("/kill", json={"name": "DEMO-3", "reason": text}, headers={"idempotency-key": f"formula-kill-{k}"})
    shown = attacked.browser("one").get("/orders", params={"format": "csv"}).text
    assert any(text in shown.replace('""', '"') for text in TYPED[:3])  # they are there to be shown
    assert not run_by_a_spreadsheet(attacked, PLAIN)


def test_a_formula_is_seen_where_one_passes(holed: Holed) -> None:
    for hole in ("", "formula"):
        with holed.with_hole(hole):
            client = holed.browser("one")
            for text in FORMULAS:
                client.post("/do/note", data={"csrf": holed.csrf(client), "note": text})
            assert bool(run_by_a_spreadsheet(holed, ["/"])) is bool(hole)


@pytest.mark.parametrize("text", FORMULAS)
def test_a_table_gives_back_what_it_was_given(text: str) -> None:
    """Names of columns too, which may be those of assets; numbers are left as they are."""
    made: Response = csv_response([{text: text, "n": -1.5, "none": None}], "x")
    names, cells = csv.reader(io.StringIO(bytes(made.body).decode(), newline=""))
    assert not formulas(bytes(made.body).decode())
    assert [taken_off(names[0]), taken_off(cells[0]), *cells[1:]] == [text, text, "-1.5", ""]


def not_numbers(target: Attacked, paths: Iterable[str]) -> list[str]:
    """Documents in which something stands that JSON has no word for, or that fail."""
    client, through = target.browser("one"), []

    def constant(word: str) -> None:
        raise ValueError(word)

    for path in paths:
        answer = client.get(path)
        try:
            json.loads(answer.text, parse_constant=constant) if "json" in answer.headers.get("content-type", "") else None
        except ValueError as error:
            through.append(f"{path}: {error}")
        through += [f"{path}: {answer.status_code}"] if answer.status_code >= 500 else []
    return through


def test_every_document_is_one(attacked: Served) -> None:
    reads = [one for one in OPERATIONS if one.kind is Kind.READ]
    asked = [f"/api/v1{one.path}?{urlencode({k: v for k, v in STANDING.items() if k in one.options})}" for one in reads]
    answers = attacked.browser("one")
    assert sum(answers.get(path).status_code == 200 for path in asked) > len(asked) / 2
    figures = [f"{path}?account=DEMO-1&policy=policies/demo-trend-overlay.yaml" for path, _, _ in FIGURES]
    assert not not_numbers(attacked, [*asked, *figures])


@pytest.mark.soak
def test_every_page_as_a_document_is_one(attacked: Served) -> None:
    assert not not_numbers(attacked, [f"{path}?format=json" for path in PLAIN])


def test_what_is_no_number_is_seen(holed: Holed) -> None:
    for hole in ("", "nan"):
        with holed.with_hole(hole):
            assert bool(not_numbers(holed, ["/?format=json"])) is bool(hole)


def test_a_number_is_no_formula() -> None:
    assert formulas("a,-1.5,-2%\n") == []
    assert formulas("=1,-2+3\n") == ["=1", "-2+3"]
