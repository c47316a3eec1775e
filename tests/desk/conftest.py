"""One PostgreSQL for all tests of the desk in a process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.accounting.database.servers import Server, serving


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with serving() as one:
        yield one
