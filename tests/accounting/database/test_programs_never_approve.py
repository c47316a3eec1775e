"""A program of ours proposes, and never approves: not where the policy asks for four eyes, and not where it does not."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from trimtab.accounting.database.order_checks import require_approvable
from trimtab.core.errors import ApprovalRequired


@pytest.mark.parametrize("name", ["assistant", "Assistant", "schedule:monthly"])
def test_a_program_is_no_person(name: str) -> None:
    with pytest.raises(ApprovalRequired, match="is no person"):
        require_approvable(cast("Any", SimpleNamespace(where="book")), cast("Any", None), name, "")
