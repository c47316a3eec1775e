"""The import wizard: nothing is written before the button, what is wrong stands beside its row, and no row is booked twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.surfaces.web.served_desk import Served, copied, demo_desk_built, served, served_alone, serving

__all__ = ["demo_desk_built", "served", "served_alone"]
HOSTILE = "<img src=x onerror=alert(1)>"
ROWS = (
    "Trade Date,Type,Symbol,Quantity,Unit Price,Fees,Total,Currency\n"
    "2018-09-24,Buy,XYZ,10,83.5,1.00,-836.00,USD\n"
    "2018-09-25,Sell,XYZ,-5,88.1,1.00,439.50,USD\n"
    f"2018-09-26,{HOSTILE},XYZ,3,110,0,-330,USD\n"
)


@pytest.fixture(scope="module")
def alone(demo_desk_built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server of this file, which its tests may write to."""
    with serving(copied(demo_desk_built, tmp_path_factory.mktemp("alone") / "desk")) as found:
        yield found


def _upload(served: Served, client: httpx.Client, name: str, content: bytes) -> httpx.Response:
    form = {"csrf": served.csrf(client)}
    return client.post("/data/import", data=form, files={"file": (name, content)})


def _last(served: Served) -> int:
    return int(served.api().get("/journal/show", params={"last": 1}).json()["records"][0]["number"])


def test_from_a_file_to_the_book_and_once_only(alone: Served) -> None:
    client, before = alone.browser("tom"), _last(alone)
    answer = _upload(alone, client, "../../My activity.CSV", ROWS.encode())
    assert answer.status_code == 303, answer.text
    address = answer.headers["location"]
    asked = client.get(address).text
    assert "Into which account does it go?" in asked
    page = client.get(f"{address}&account=DEMO-3")
    look = client.get(f"{address}&account=DEMO-3&format=json").json()["found"]["look"]
    assert (look["rows"]["ready"], look["rows"]["broken"], look["entries"]) == (2, 1, 2)
    assert HOSTILE not in page.text
    assert "kind: &lt;img src=x onerror=alert(1)&gt;" in page.text  # the original row, kept
    assert _last(alone) == before  # nothing was written by looking
    form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text.split("/do/book-import")[1]))
    assert form["commit"] == "yes"
    form = {**form, "account": "DEMO-3", "next": "/data/import"}
    refused = client.post("/do/book-import", data=form)
    assert refused.status_code == 409  # a broken row stops it
    assert _last(alone) == before
    assert client.post("/do/book-import", data={**form, "skip_broken": "yes"}).status_code == 303
    assert _last(alone) == before + 3  # the instrument, and two entries
    again = client.get(f"{address}&account=DEMO-3&format=json").json()["found"]["look"]
    assert (again["rows"]["ready"], again["rows"]["duplicate"]) == (0, 2)
    assert "Nothing to book" in client.get(f"{address}&account=DEMO-3").text


def test_columns_are_mapped_by_the_address(alone: Served) -> None:
    client = alone.browser("tom")
    rows = b"d;w;n;p;x\n24/09/2018;ABC;10;83,5;-835\n"
    address = _upload(alone, client, "odd.txt", rows).headers["location"]
    first = client.get(f"{address}&account=DEMO-3")
    assert "map units=Shares" in first.text or "looks like" in first.text
    assert '<option value="units=n">n</option>' in first.text
    asked = "&map=date%3Dd&map=symbol%3Dw&map=units%3Dn&map=price%3Dp&map=amount%3Dx&dayfirst=yes&comma=yes&read_as=csv"
    look = client.get(f"{address}&account=DEMO-3{asked}&format=json").json()["found"]
    assert look["line"] == ""
    (row,) = look["look"]["ready"]
    assert (row["when"], row["units"], row["price"]) == ("2018-09-24", "10", "83.5")


@pytest.mark.parametrize(
    ("name", "content"),
    [("bad.exe", b"x"), ("bad.csv", b""), ("bad.csv", b"PK\x03\x04"), ("bad.csv", b"x" * 10_000_001)],
)
def test_what_may_not_be_uploaded_leaves_a_line_and_no_file(alone: Served, name: str, content: bytes) -> None:
    client = alone.browser("tom")
    answer = _upload(alone, client, name, content)
    assert (answer.status_code, answer.headers["location"]) == (303, "/data/import")
    assert 'data-kind="refused"' in client.get("/data/import").text
    assert not list((alone.folder / "uploads").glob("*-bad*")) if (alone.folder / "uploads").exists() else True


def test_who_may_not_trade_and_who_comes_from_elsewhere_uploads_nothing(alone: Served) -> None:
    reader, trader = alone.browser("vera"), alone.browser("tom")
    assert reader.get("/data/import").status_code == 403
    assert "/data/import" not in reader.get("/data").text
    _upload(alone, reader, "reader.csv", ROWS.encode())
    forged = trader.post("/data/import", data={"csrf": "x"}, files={"file": ("forged.csv", b"a,b\n1,2\n")})
    assert forged.status_code in (303, 403)
    form, elsewhere = {"csrf": alone.csrf(trader)}, {"origin": "https://evil.example"}
    other = trader.post("/data/import", data=form, files={"file": ("other.csv", b"a")}, headers=elsewhere)
    assert other.status_code == 403
    kept = [one.name for one in (alone.folder / "uploads").glob("*")] if (alone.folder / "uploads").exists() else []
    assert not [one for one in kept if one.endswith(("reader.csv", "forged.csv", "other.csv"))]


@pytest.mark.parametrize("file", ["book.db", "uploads/../book.db", "/etc/passwd", "policies/demo-two-funds.yaml", "a\0b"])
def test_no_other_file_is_looked_at(alone: Served, file: str) -> None:
    page = alone.browser("tom").get("/data/import", params={"file": file})
    assert page.status_code == 200
    assert "there is no such uploaded file" in page.text


def test_a_file_is_removed_by_its_button(alone: Served) -> None:
    client = alone.browser("tom")
    address = _upload(alone, client, "gone.csv", ROWS.encode()).headers["location"]
    place = httpx.URL(f"http://x{address}").params["file"]
    form = {"csrf": alone.csrf(client), "file": place}
    assert client.post("/data/import/remove", data=form).status_code == 303
    assert not (alone.folder / place).exists()
    client.post("/data/import/remove", data={**form, "file": "book.db"})
    assert (alone.folder / "book.db").exists()
