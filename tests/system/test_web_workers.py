"""Several web processes of one service share its work."""

import http.client
import os
from contextlib import ExitStack, closing
from pathlib import Path

from shared.testing import open_migrated
from shared.web import tokens
from tests.load.processes import families
from tests.system.serving import serving

CALLERS = 32


def test_connections_that_stay_open_are_spread_over_all_workers(tmp_path: Path) -> None:
    tokens.ensure_keys(tmp_path / "keys")
    with (
        serving(open_migrated(tmp_path, "catalog"), tmp_path / "keys", "catalog", workers=2) as (
            process,
            url,
        ),
        ExitStack() as kept,
    ):
        workers = families([process.pid])[1:]
        before = [_sockets(worker) for worker in workers]
        for _ in range(CALLERS):
            caller = kept.enter_context(closing(http.client.HTTPConnection(url.removeprefix("http://"))))
            caller.request("GET", "/livez")
            assert caller.getresponse().read()
        held = [_sockets(worker) - least for worker, least in zip(workers, before, strict=True)]

    assert len(held) == 2
    assert sum(held) == CALLERS
    assert min(held) > 0  # by chance alone once in two thousand million times


def _sockets(pid: int) -> int:
    held = Path(f"/proc/{pid}/fd")
    return sum(os.readlink(held / each).startswith("socket:") for each in os.listdir(held))
