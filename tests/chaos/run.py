"""Faults in a running installation: arm them, let people act, wait until all is well, and look."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from deploy.local.installation import Installation
from tests.chaos.desk import Desk
from tests.chaos.evidence import Evidence
from tests.chaos.faults import Fault
from tests.chaos.invariants import violations
from tests.chaos.stories import STORIES, Missing
from tests.chaos.subscriber import GaveUp, Subscriber

PATIENCE_SECONDS = 90.0
LOOK_SECONDS = 0.1
SOON_SECONDS = 1.5
NOTHING: Missing = list


@dataclass
class Result:
    """
    What faults did: who did not die, what is violated or missing, seconds from the last death until all was
    well. Times are upper bounds: the first look is when people have done what they do.
    """

    survived: list[str]
    violated: list[str]
    recovered_after: float


class Laboratory:
    """
    An installation to break, and the people who use it.
    """

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.evidence = Evidence(installation.database_urls, clock=installation.root / "clock")
        self.desk = Desk(installation)
        self.accepted: list[str] = []
        self._people: dict[str, Subscriber] = {}
        self._marks = installation.root / "failpoints"

    def person(self, login: str) -> Subscriber:
        """
        Return the subscriber with *login*, signed in.
        """
        if login not in self._people:
            self._people[login] = Subscriber(self.installation.urls["portal-gateway"], login)
        return self._people[login]

    def break_at(self, *faults: Fault) -> Result:
        """
        Let each fault's process die once at its point while people do what the first fault's story tells.
        """
        marks = [self._arm(fault) for fault in faults]

        def broken() -> bool:
            return all(mark.exists() for mark in marks)

        missing = STORIES[faults[0].story](self, broken)
        self.wait_for(broken)
        survived = [fault.point for fault, mark in zip(faults, marks, strict=True) if not mark.exists()]
        died_at = max((mark.stat().st_mtime for mark in marks if mark.exists()), default=time.time())
        recovered, violated = self.settle(missing, since=died_at)
        self._disarm()
        return Result(survived, violated, recovered)

    def settle(
        self, missing: Missing = NOTHING, *, since: float | None = None, within: float = PATIENCE_SECONDS
    ) -> tuple[float, list[str]]:
        """
        Wait until no invariant is violated and nothing is *missing*; return how long that took from *since*
        (seconds of the epoch; now, when left out), and what still is.
        """
        start = time.time()
        wrong = self.wrong(missing)
        while wrong and time.time() - start < within:
            time.sleep(LOOK_SECONDS)
            wrong = self.wrong(missing)
        took = time.time() - (since or start)
        self.installation.wait_ready()
        return took, wrong

    def wrong(self, missing: Missing = NOTHING) -> list[str]:
        """
        Return what is violated or missing now.
        """
        self.desk.pass_leases()
        return [*violations(self.evidence, self.accepted), *missing()]

    def order(self, login: str, *, mode: str = "payment", card: str = "4242") -> str:
        """
        Let one person order, and note what was accepted.
        """
        order_id = self.person(login).order(mode=mode, card=card)
        self.accepted.append(order_id)
        return order_id

    def order_as_newcomer(self) -> str:
        """
        Let somebody new order and type a card on the provider's page, which makes them an active customer.
        """
        login = self.desk.register()
        query = "SELECT 1 FROM customers WHERE login = :login"
        self.until(lambda: self.evidence.rows("billing", query, login=login), "billing knows the newcomer")
        order_id = self.person(login).order_with_typed_card()
        self.accepted.append(order_id)
        return order_id

    def statuses(self, orders: list[str]) -> list[str]:
        """
        Return how each order stands, as billing knows it.
        """
        known = self.evidence.by("billing", "id", "SELECT id, status FROM orders")
        return [known[each]["status"] for each in orders]

    def soon(self, broken: Callable[[], bool]) -> bool:
        """
        Tell whether everybody armed dies in a moment: it takes a while until what was done gets there.
        """
        end = time.monotonic() + SOON_SECONDS
        while not broken() and time.monotonic() < end:
            time.sleep(LOOK_SECONDS)
        return broken()

    def travel(self, to: datetime) -> None:
        """
        Make it *to* in business time, as a front-end developer does.
        """
        self.person("postpaid").insist("PUT", "/sandbox/clock", {"now": to.astimezone(UTC).isoformat()})

    def until(self, holds: Callable[[], object], what: str) -> None:
        """
        Wait until *holds* says yes.

        :raises GaveUp: when it takes too long
        """
        if not self.wait_for(holds):
            raise GaveUp(f"waited in vain: {what}")

    def wait_for(self, holds: Callable[[], object]) -> bool:
        """
        Wait until *holds* says yes, and tell whether it did.
        """
        end = time.monotonic() + PATIENCE_SECONDS
        while not holds() and time.monotonic() < end:
            self.desk.pass_leases()
            time.sleep(LOOK_SECONDS)
        return bool(holds())

    def close(self) -> None:
        """
        Let go of the databases and stop the installation.
        """
        self.evidence.close()
        self.desk.close()
        self.installation.stop()

    def _arm(self, fault: Fault) -> Path:
        (self._marks / f"{fault.point}.tripped").unlink(missing_ok=True)
        (self._marks / f"{fault.point}.armed").touch()
        return self._marks / f"{fault.point}.tripped"

    def _disarm(self) -> None:
        for file in self._marks.glob("*.armed"):
            file.unlink(missing_ok=True)


def laboratory(folder: Path, *, engines: Literal["embedded", "full"] = "embedded") -> Laboratory:
    """
    Start an installation in *folder* and open a laboratory in it. Whatever dies is started again at once.
    """
    marks = folder.absolute() / "failpoints"
    marks.mkdir(parents=True, exist_ok=True)

    def mourn(name: str, _code: int, _lines: list[str]) -> None:
        installation.forgive(name)

    installation = Installation(folder, engines, env={"FAILPOINT_DIR": str(marks)}, mourn=mourn)
    installation.start()
    return Laboratory(installation)
