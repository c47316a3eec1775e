"""What happens when two do the same at once, and when the server dies in the middle: one set of orders, nothing lost.

The control of each is a variant that must fail: forms without a key done twice would write two orders, and an answer that
was not on disk would be gone.
"""

from __future__ import annotations

import re
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from tests.surfaces.web.served_desk import Served, demo_desk_built, served_alone, serving
from trimtab.accounting.database.store import BookStore

__all__ = ["demo_desk_built", "served_alone"]


def waiting(served: Served) -> list[dict[str, object]]:
    found = served.api().get("/orders/list", params={"account": "DEMO-1"}).json()["orders"]
    return [one for one in found if one["status"] == "planned"]


def key_in(page: str) -> str:
    found = re.search(r'name="key" value="([^"]+)"', page)
    return found[1] if found else "first-key"


def test_two_browsers_approving_the_same_proposal_make_one_set_of_orders(served_alone: Served) -> None:
    planned = waiting(served_alone)
    assert planned
    batch = str(planned[0]["ticket"]["batch"])  # type: ignore[index]
    browsers = [served_alone.browser(person) for person in ("ben", "one")]
    secrets = [served_alone.csrf(browser) for browser in browsers]

    def approved(k: int) -> int:
        form = {"csrf": secrets[k], "key": f"key-{k}", "orders": batch, "next": "/"}
        return browsers[k].post("/do/orders-approve", data=form).status_code

    with ThreadPoolExecutor(2) as pool:
        codes = sorted(pool.map(approved, range(2)))
    assert codes == [303, 409]  # one did it, the other is told that nothing waits any more
    found = served_alone.api().get("/orders/list", params={"account": "DEMO-1", "all": True}).json()["orders"]
    mine = [one for one in found if one["ticket"]["batch"] == batch]
    assert len(mine) == len(planned)
    assert {one["status"] for one in mine} == {"approved"}
    assert len({one["approved_by"] for one in mine}) == 1


def test_a_form_sent_twice_is_done_once(served_alone: Served) -> None:
    browser = served_alone.browser("tom")
    secret = served_alone.csrf(browser)
    form = {"csrf": secret, "account": "DEMO-1", "instrument": "usmv", "units": "-3", "reason": "raise cash", "next": "/"}

    def sent(key: str) -> int:
        return browser.post("/do/orders-add", data={**form, "key": key}).status_code

    def count() -> int:
        found = served_alone.api().get("/orders/list", params={"account": "DEMO-1", "all": True}).json()["orders"]
        return sum(one["ticket"]["reason"] == "raise cash" for one in found)

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(sent, ["same"] * 4)) == {303}
    assert count() == 1


def test_a_key_is_answered_as_it_was_and_taken_for_nothing_else(served_alone: Served) -> None:
    client = served_alone.api("ben")
    order = str(waiting(served_alone)[0]["ticket"]["id"])  # type: ignore[index]
    first = client.post("/orders/approve", json={"orders": [order]}, headers={"idempotency-key": "k1"})
    again = client.post("/orders/approve", json={"orders": [order]}, headers={"idempotency-key": "k1"})
    other = client.post("/orders/approve", json={"orders": ["DEMO-1"]}, headers={"idempotency-key": "k1"})
    assert (first.status_code, again.status_code, other.status_code) == (200, 200, 409)
    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"
    assert other.json()["code"] == "TT-API-009"


def test_a_server_killed_in_the_middle_loses_nothing_that_it_acknowledged(demo_desk_built: Path, tmp_path: Path) -> None:
    from tests.surfaces.web.served_desk import copied

    folder = copied(demo_desk_built, tmp_path / "desk")
    acknowledged: list[str] = []
    with serving(folder) as served:
        client, killer = served.api("tom"), threading.Timer(1.0, served.process.send_signal, (signal.SIGKILL,))
        try:
            for k in range(10_000):
                body = {"account": "DEMO-1", "instrument": "usmv", "units": f"-{k + 1}", "reason": f"cash {k}"}
                answer = client.post("/orders/add", json=body, headers={"idempotency-key": f"k{k}"})
                if answer.status_code == 200:
                    acknowledged.append(str(answer.json()["orders"][0]["ticket"]["id"]))
                if k == 0:  # the first one takes seconds, those after it moments
                    killer.start()
        except httpx.HTTPError:
            pass
        served.process.wait(10)
    assert len(set(acknowledged)) > 1, "nothing was written before the kill"
    with BookStore.open(str(folder / "book.db")) as book:
        rows = book.session.execute("SELECT id FROM orders")
    kept = {str(one) for (one,) in rows}
    assert set(acknowledged) <= kept
    assert not {"never-acknowledged", *acknowledged} <= kept  # the control: an order that was not written is missed
    with serving(folder) as served:
        assert served.api().get("/verify").json()["findings"] == []
        last = f"k{len(acknowledged)}"  # the request that died: its answer is unknown, or it was never begun
        body = {
            "account": "DEMO-1",
            "instrument": "usmv",
            "units": f"-{len(acknowledged) + 1}",
            "reason": f"cash {len(acknowledged)}",
        }
        found = served.api("tom").post("/orders/add", json=body, headers={"idempotency-key": last})
        assert found.status_code in (200, 409)
