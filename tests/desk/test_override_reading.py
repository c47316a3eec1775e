"""A review of many accounts reads the overrides of the book once: the journal of an adviser is long."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.desk.desk_worlds import desk
from tests.desk.override_worlds import WIDE
from trimtab.core.households import Account
from trimtab.core.taxes import Wrapper
from trimtab.desk import overrides_in_force, overriding, reviewing


def test_overrides_are_read_once_for_all_accounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    accounts = [Account(name, name, Wrapper.EXEMPT) for name in "ABCD"]
    read = []

    def counting(*asked):  # type: ignore[no-untyped-def]
        read.append(asked)
        return overriding.kept_overrides(*asked)

    with desk(tmp_path, accounts, overrides=WIDE) as one:
        for account in accounts:
            one.holds(account.id, 10_000)
        for room in (reviewing, overrides_in_force):
            monkeypatch.setattr(room, "kept_overrides", counting)
        assert len(one.rebalances()) == 4
        assert len(read) == 1
