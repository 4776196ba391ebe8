"""A pause whose worker dies begins wholly or not at all, and once after that."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from signal import SIGKILL
from typing import Any

from billing.domain.subscription import Status
from billing.models import CreditNote, Pause
from billing.usecases.work_pauses import work_pauses
from services.billing.tests.changing import Changes
from services.billing.tests.pausing import approved, credits, find, pause
from shared import clock
from shared.settings import environment

CLOCK_WORK = """
import sys
from datetime import datetime
from billing.usecases.work_pauses import work_pauses
from shared import clock
from shared.db import Database

clock.move_to(datetime.fromisoformat(sys.argv[2]))
work_pauses(Database(sys.argv[1]))
"""


def test_a_death_leaves_nothing_and_the_next_worker_begins_it_once(
    shop: Any, travel: Callable[[datetime], None]
) -> None:
    changes = approved(Changes(shop, travel))
    held = changes.active().id
    pause(changes)
    travel(datetime(2026, 11, 22, 12, tzinfo=UTC))
    worker = [sys.executable, "-c", CLOCK_WORK, changes.db.url, clock.now().isoformat()]
    point = {"FAILPOINT": "billing.work_pauses.inside"}

    killed = subprocess.run(worker, env={**environment(), **point}, timeout=100)

    assert killed.returncode == -SIGKILL
    assert (find(changes, held).status, changes.all(CreditNote)) == (Status.ACTIVE, [])
    assert [work_pauses(changes.db) for _ in range(2)] == [1, 0]
    assert (find(changes, held).status, credits(changes)) == (Status.PAUSED, [500])
    assert [each.from_on for each in changes.all(Pause)] == [date(2026, 11, 22)]
    assert changes.journal()[1] == 0
