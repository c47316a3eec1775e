"""What the tests of the trading verbs share; a file with another folder makes its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.surfaces.cli.order_desk import Hands, put_orders, restored


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An adviser's folder, made once for a file of tests."""
    with pytest.MonkeyPatch.context() as patch:
        yield put_orders(tmp_path_factory.mktemp("orders"), patch)


@pytest.fixture
def folder(desk: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """That folder as it was made, and the working directory."""
    return restored(desk, monkeypatch)


@pytest.fixture
def clock(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Hands:
    """The clock of the program, set by hand."""
    return Hands(monkeypatch)
