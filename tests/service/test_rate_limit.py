"""The rate limit against a plain model of it, and over processes."""

import multiprocessing
from fractions import Fraction
from ipaddress import IPv6Address
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from core.serving import RateLimit
from service.calls import ApiError
from service.rate_limit import SECOND, VALUE_SIZE, RateLimiter, bucket_of
from service.shared_table import SharedTable

CLIENT = "192.0.2.7"


class Clock:
    now = 5 * SECOND

    def __call__(self) -> int:
        return self.now


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> SharedTable:
    path = tmp_path_factory.mktemp("limits") / "table"
    SharedTable.create(path, 4096, VALUE_SIZE)
    return SharedTable.open(path)


def limiter(table: SharedTable, per_second: float, burst: int) -> tuple[RateLimiter, Clock]:
    clock = Clock()
    return RateLimiter(RateLimit(per_second=per_second, burst=burst), table, clock), clock


def retry_after(limiter: RateLimiter, client: str = CLIENT) -> int:
    """Seconds to wait; 0: it passed."""
    try:
        limiter.check(client)
    except ApiError as error:
        refused = error
    else:
        return 0
    assert (refused.status, refused.code) == (429, "rate_limited")
    ((name, value),) = refused.headers
    assert name == b"retry-after"
    assert int(value) >= 1
    return int(value)


@given(
    per_second=st.integers(1, 1000).filter(lambda rate: SECOND % rate == 0),
    burst=st.integers(1, 20),
    gaps=st.lists(st.integers(0, 3 * SECOND) | st.sampled_from([0, 0, 1, SECOND // 1000])),
    data=st.data(),
)
def test_it_is_a_bucket_of_tokens(
    table: SharedTable, per_second: int, burst: int, gaps: list[int], data: st.DataObject
) -> None:
    client = data.draw(st.uuids()).hex
    limit, clock = limiter(table, per_second, burst)
    table.put(client, bytes(VALUE_SIZE))  # hypothesis may have drawn this client before
    tokens = Fraction(burst)
    for gap in gaps:
        clock.now += gap
        tokens = min(Fraction(burst), tokens + Fraction(gap * per_second, SECOND))
        wait = retry_after(limit, client)
        assert (wait == 0) == (tokens >= 1)
        if wait:
            missing = (1 - tokens) / per_second
            assert wait - 1 < missing <= wait
        else:
            tokens -= 1


def test_after_the_wait_one_passes(table: SharedTable) -> None:
    limit, clock = limiter(table, 0.3, 2)
    client = "waits"
    assert [retry_after(limit, client) for _ in range(3)] == [0, 0, 4]
    clock.now += 3 * SECOND
    assert retry_after(limit, client) == 1
    clock.now += SECOND
    assert retry_after(limit, client) == 0
    assert retry_after(limit, client) > 0


def test_clients_do_not_share(table: SharedTable) -> None:
    limit, _ = limiter(table, 1, 1)
    clients = ["key:a", "key:b", "token:a", "10.0.0.1", "10.0.0.2", "2001:db8::1", "2001:db9::1"]
    assert [retry_after(limit, client) for client in clients] == [0] * 7
    assert [retry_after(limit, client) for client in clients] == [1] * 7


def test_without_a_limit_everything_passes(table: SharedTable) -> None:
    limit = RateLimiter(None, table)
    assert [retry_after(limit, "free") for _ in range(1000)] == [0] * 1000


@pytest.mark.parametrize(
    ("client", "bucket"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2::5", "20010db800010002/64"),
        ("2001:db8:1:2:ffff::", "20010db800010002/64"),
        ("2001:db8:1:3::5", "20010db800010003/64"),
        ("fe80::1%eth0", "fe80000000000000/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("key:a:b", "key:a:b"),
        ("token:2001:db8::1", "token:2001:db8::1"),
        ("no:address", "no:address"),
        ("", ""),
    ],
)
def test_one_customer_has_a_whole_64(client: str, bucket: str) -> None:
    assert bucket_of(client) == bucket


@given(st.ip_addresses(v=6))
def test_every_ipv6_address_has_a_bucket(address: IPv6Address) -> None:
    assert bucket_of(str(address)) == bucket_of(address.exploded)


def _send(path: Path, requests: int, queue: "multiprocessing.Queue[int]") -> None:
    limit = RateLimiter(RateLimit(per_second=0.001, burst=100), SharedTable.open(path))
    queue.put(sum(retry_after(limit) == 0 for _ in range(requests)))


@pytest.mark.integration
def test_the_limit_is_one_for_all_workers(tmp_path: Path) -> None:
    path = tmp_path / "table"
    SharedTable.create(path, 64, VALUE_SIZE)
    assert _sent_by(path, workers=4) == 100
    assert _sent_by(path, workers=1) == 0


def _sent_by(path: Path, workers: int) -> int:
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    processes = [context.Process(target=_send, args=(path, 150, queue)) for _ in range(workers)]
    for process in processes:
        process.start()
    passed = sum(queue.get(timeout=60) for _ in processes)
    for process in processes:
        process.join()
    return passed
