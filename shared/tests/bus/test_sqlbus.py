"""What only the embedded engine has to show: its file, its leases, its matching of names."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.bus.sqlbus import files, store
from shared.bus.sqlbus.files import UnsafePlace, file_system, refuse_network
from shared.bus.sqlbus.routes import matches
from shared.bus.sqlbus.store import Letter, Store
from shared.bus.topology import DELIVERY_LIMIT

MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
tmpfs /tmp tmpfs rw 0 0
server:/export /home/shared\\040files nfs4 rw 0 0
/dev/sdb1 /home/shared\\040files/local xfs rw 0 0
"""


def letter(name: str, key: str = "a.b") -> Letter:
    return Letter("facts", key, '{"properties": {}}', name)


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[Store]:
    bus = opened(tmp_path)
    bus.declare_exchange("facts")
    for queue in ("one.events", "one.dead", "two"):
        bus.declare_queue(queue)
    bus.bind("one.events", "facts", "a.b")
    yield bus
    bus.close()


def opened(folder: Path) -> Store:
    return Store(folder / "bus.db")


def bodies(bus: Store, queue: str = "one.events", limit: int = 10) -> list[bytes | str]:
    return [held.body for held in bus.lease(queue, limit)]


@pytest.mark.parametrize(
    ("pattern", "key", "expected"),
    [
        ("a.b", "a.b", True),
        ("a.b", "a.bc", False),
        ("a.b", "axb", False),
        ("*.*", "a.b", True),
        ("*.*", "a.b.c", False),
        ("*.*", "a", False),
        ("a.*", "a.b_c", True),
        ("*.b", "a.b", True),
        ("#", "a.b.c", True),
        ("#", "", True),
        ("a.#", "a", True),
        ("a.#", "a.b.c", True),
        ("a.#", "ab", False),
        ("#.c", "a.b.c", True),
        ("#.c", "c", True),
        ("a.#.c", "a.c", True),
        ("a.#.c", "a.b.b.c", True),
        ("a.#.c", "a.b", False),
    ],
)
def test_topic_patterns_match_as_on_rabbitmq(pattern: str, key: str, expected: bool) -> None:
    assert matches(pattern, key) is expected


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/bus.db", "ext4"),
        ("/tmp/bus.db", "tmpfs"),
        ("/home/shared files/bus.db", "nfs4"),
        ("/home/shared files/local/bus.db", "xfs"),
        ("/home/other/bus.db", "ext4"),
    ],
)
def test_the_file_system_of_a_path_is_that_of_its_innermost_mount(path: str, kind: str) -> None:
    assert file_system(Path(path), MOUNTS) == kind


def test_a_network_file_system_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_mounts", lambda: f"server:/x {tmp_path} nfs rw 0 0")

    with pytest.raises(UnsafePlace, match="nfs"):
        opened(tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_an_unknown_file_system_is_not_refused() -> None:
    refuse_network(Path("/somewhere"), mounts="")


def test_publishing_is_synced_to_disk_in_a_write_ahead_log(bus: Store) -> None:
    full = 2

    assert bus._synced.execute("PRAGMA synchronous").fetchone() == (full,)
    assert bus._synced.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_batch_is_published_whole_or_not_at_all(bus: Store) -> None:
    broken = Letter("facts", "a.b", "{}", object())  # type: ignore[arg-type]

    with pytest.raises(sqlite3.Error):
        bus.publish([letter("first"), broken])

    assert bus.size("one.events") == 0


def test_a_leased_message_is_nobody_elses_until_it_is_given_back(bus: Store, tmp_path: Path) -> None:
    other = opened(tmp_path)
    bus.publish([letter("first"), letter("second")])

    (mine,) = bus.lease("one.events", 1)
    theirs = bodies(other)
    bus.requeue([mine.id])

    assert theirs == ["second"]
    assert bodies(other) == ["first"]
    other.close()


def test_what_comes_back_keeps_its_place(bus: Store) -> None:
    bus.publish([letter("first"), letter("second"), letter("third")])

    held = bus.lease("one.events", 2)
    bus.requeue([one.id for one in held])

    assert bodies(bus) == ["first", "second", "third"]


def test_an_expired_lease_is_given_to_another(
    bus: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = opened(tmp_path)
    monkeypatch.setattr(store, "LEASE_SECONDS", -1.0)
    bus.publish([letter("first")])
    (mine,) = bus.lease("one.events", 1)

    assert bodies(other) == ["first"]
    bus.acknowledge([mine.id])  # too late: no longer ours

    assert bus.size("one.events") == 1
    other.close()


def test_closing_gives_back_what_was_held(bus: Store, tmp_path: Path) -> None:
    other = opened(tmp_path)
    bus.publish([letter("first")])
    other.lease("one.events", 1)

    other.close()

    assert bodies(bus) == ["first"]
    assert len(list((tmp_path / "bus.db.owners").iterdir())) == 1


def test_a_message_returned_too_often_is_a_dead_letter(bus: Store) -> None:
    bus.publish([letter("poison"), letter("good")])

    for _ in range(DELIVERY_LIMIT + 1):
        (poison,) = bus.lease("one.events", 1)
        assert poison.body == "poison"
        bus.requeue([poison.id])

    assert bodies(bus) == ["good"]
    assert bodies(bus, "one.dead") == ["poison"]


def test_what_nobody_looked_at_is_not_counted(bus: Store) -> None:
    bus.publish([letter("first")])

    for _ in range(3 * DELIVERY_LIMIT):
        bus.untouched([held.id for held in bus.lease("one.events", 1)])

    assert [held.deliveries for held in bus.lease("one.events", 1)] == [0]


def test_a_queue_without_dead_letters_drops_what_is_refused(bus: Store) -> None:
    bus.publish([Letter("", "two", "{}", b"x")])

    bus.bury([held.id for held in bus.lease("two", 1)])

    assert bus.size("two") == 0


def test_dead_letters_can_be_moved_back_in_order(bus: Store) -> None:
    bus.publish([letter("first"), letter("second")])
    bus.bury([held.id for held in bus.lease("one.events", 2)])

    moved = bus.move("one.dead", "one.events")

    assert moved == 2
    assert bodies(bus) == ["first", "second"]
    assert bus.size("one.dead") == 0


def test_a_message_for_no_queue_is_not_routed(bus: Store) -> None:
    routed = bus.publish([letter("x", "no.body"), Letter("", "missing", "{}", b""), letter("y")])

    assert routed == [False, False, True]


def test_a_deleted_queue_takes_its_bindings_along(bus: Store) -> None:
    bus.publish([letter("x")])

    bus.delete_queue("one.events")

    assert bus.publish([letter("y")]) == [False]
    assert bus.bindings() == []
