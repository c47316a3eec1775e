"""A market reaches every worker once, whole, and from either cloud; keys stay where they are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.desk import worlds
from tests.desk.azure_blobs import KEY, serving_blobs
from tests.desk.sweep_checks import same
from tests.desk.sweep_parts import closing
from trimtab.core.errors import DataError, UsageError
from trimtab.core.terms import CLOSE
from trimtab.desk import shipping, sweep_packages
from trimtab.desk.crew import Crew
from trimtab.desk.shipping import Parcel, checked_address, ship
from trimtab.desk.workers import spread

MARKET = worlds.market(worlds.policy(), count=60)
SECRET = "hush-hush"  # noqa: S105 - no secret


@pytest.fixture(autouse=True)
def ours_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers take over the path of this process: ours before the `tests` that packages of others have left behind."""
    monkeypatch.syspath_prepend(Path(__file__).parents[2])


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    """Each test is a new process, as far as parcels go."""
    shipping._fetched.cache_clear()
    yield
    shipping._fetched.cache_clear()


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A bucket of an S3 that runs in this process; who may do what comes from the variables of Amazon's tools."""
    import botocore.session
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ACCESS_KEY_ID": "someone",
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    try:
        botocore.session.get_session().create_client("s3").create_bucket(Bucket="jobs")
        yield "s3://jobs/data"
        import s3fs

        s3fs.S3FileSystem.clear_instance_cache()
    finally:
        server.stop()


@pytest.fixture
def container(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Any]]:
    with serving_blobs() as (connection, server):
        monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", connection)
        yield "abfs://jobs/data", server
        import adlfs

        adlfs.AzureBlobFileSystem.clear_instance_cache()


def travels(place: str) -> Parcel:
    """There, there again without another copy, and back."""
    parcel = ship(MARKET, place)
    assert parcel.address == f"{place}/{parcel.digest[:32]}.market"
    assert ship(MARKET, place) == parcel
    market = parcel.fetch()
    assert same(market, MARKET)
    assert parcel.fetch() is market
    return parcel


def test_through_a_folder(tmp_path: Path):
    parcel = travels(str(tmp_path / "new"))
    assert hashlib.sha256(Path(parcel.address).read_bytes()).hexdigest() == parcel.digest
    assert [path.name for path in (tmp_path / "new").iterdir()] == [Path(parcel.address).name]  # no drafts
    travels(f"file://{tmp_path}")


def test_through_the_memory_of_this_process():
    travels("memory://jobs")


def test_through_s3(bucket: str):
    parcel = travels(bucket)
    with pytest.raises(DataError, match="cannot be fetched"):
        replace(parcel, address="s3://jobs/none").fetch()
    with pytest.raises(DataError, match="cannot be written") as refused:
        ship(MARKET, "s3://nowhere/x")
    assert SECRET not in repr(refused.value) + str(refused.value) + repr(parcel)
    assert refused.value.__cause__ is None


def test_through_azure(container: tuple[str, Any]):
    place, server = container
    parcel = travels(place)
    assert len([line for line in server.asked if line.startswith('"PUT')]) == 1
    assert list(server.blobs) == [parcel.address.removeprefix("abfs://")]
    with pytest.raises(DataError, match="cannot be fetched") as refused:
        replace(parcel, address="az://jobs/none").fetch()
    assert KEY not in str(refused.value)


def test_a_worker_fetches_once_and_reads_the_same(tmp_path: Path):
    parcel = ship(MARKET, tmp_path)
    sums = MARKET.fields[CLOSE].sum(axis=0)
    kept: dict[int, set[int]] = {}
    for done in spread(closing, [0, 1, 2] * 4, crew=Crew(workers=2), shared=parcel):
        assert done.value is not None, done.gap
        pid, total, market = done.value
        assert total == pytest.approx(sums[done.index % 3], rel=1e-12)
        kept.setdefault(pid, set()).add(market)
    assert all(len(markets) == 1 for markets in kept.values())


def test_other_data_are_refused(tmp_path: Path):
    parcel = ship(MARKET, tmp_path)
    place = Path(parcel.address)
    whole = place.read_bytes()
    for other in (whole[:-1] + bytes([whole[-1] ^ 1]), whole[:-1], whole + b"x"):
        place.write_bytes(other)
        with pytest.raises(DataError, match="not the data of the job"):
            parcel.fetch()
    assert ship(MARKET, tmp_path).fetch() is not None  # shipped anew
    place.write_bytes(b"")
    shipping._fetched.cache_clear()
    with pytest.raises(DataError, match="cannot be fetched"):
        parcel.fetch()
    place.unlink()
    with pytest.raises(DataError, match="cannot be fetched"):
        parcel.fetch()


@pytest.mark.parametrize(
    "address",
    [
        f"s3://id:{SECRET}@bucket/x",
        f"s3://{SECRET}@bucket/x",
        f"abfs://jobs@account.dfs.core.windows.net/x?sig={SECRET}",
        f"az://AccountKey={SECRET}/x",
        f"abfs://id:{SECRET}@account.dfs.core.windows.net/x",
        f"https://bucket/{SECRET}",
        f"S3://bucket/x?X-Amz-Signature={SECRET}",
    ],
)
def test_keys_in_addresses_are_refused_and_not_repeated(address: str):
    with pytest.raises(UsageError) as refused:
        checked_address(address)
    assert SECRET not in str(refused.value)


def test_places_are_addresses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    assert checked_address("here") == str(tmp_path / "here")
    for address in ("s3://bucket/x", "abfs://jobs@account.dfs.core.windows.net/x", "az://jobs/x", "memory://x", "file:///x"):
        assert checked_address(address) == address


def test_a_missing_package_names_its_extra():
    with pytest.raises(UsageError, match=r"needs nothing_such. Run: pip install 'trimtab\[objects\]'"):
        sweep_packages.package("nothing_such.inside", "objects")
