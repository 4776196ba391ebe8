"""One fault in a running installation: arm it, let people order, wait until all is well, and look."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from deploy.local.installation import Installation
from tests.chaos.evidence import Evidence
from tests.chaos.faults import Fault
from tests.chaos.invariants import violations
from tests.chaos.newcomer import newcomer
from tests.chaos.subscriber import Subscriber

RECOVERY_SECONDS = 10.0
LOGINS = {"payment": ("postpaid", "prepaid"), "request": ("requestonly", "postpaid")}


@dataclass
class Result:
    """
    What a fault did: whether the process died, what is violated, how long recovery took (seconds).
    """

    died: bool
    violated: list[str]
    recovered_after: float
    orders: list[str]


class Laboratory:
    """
    An installation to break, and the people who use it.
    """

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.evidence = Evidence(installation.database_urls)
        self.accepted: list[str] = []
        self._people: dict[str, Subscriber] = {}

    def person(self, login: str) -> Subscriber:
        """
        Return the subscriber with *login*, signed in.
        """
        if login not in self._people:
            self._people[login] = Subscriber(self.installation.urls["portal-gateway"], login)
        return self._people[login]

    def kill_at(self, fault: Fault) -> Result:
        """
        Let the process die once at the fault's point while four orders are made.
        """
        marks = self.installation.root / "failpoints" / secrets.token_hex(4)
        marks.mkdir(parents=True)  # kept: a point that tripped once stays harmless
        self.installation.restart(fault.process, FAILPOINT=fault.point, FAILPOINT_DIR=str(marks))
        orders = self.order_four(fault.mode)
        died = self._comes(lambda: (marks / f"{fault.point}.tripped").exists())
        recovered, violated = self.settle()
        return Result(died, violated, recovered, orders)

    def order_four(self, mode: str) -> list[str]:
        """
        Let two people order twice each, or two newcomers once.
        """
        if mode == "newcomers":
            return [self.order_as_newcomer() for _ in range(2)]
        return [self.order(login, mode=mode) for login in LOGINS[mode] for _ in range(2)]

    def order_as_newcomer(self) -> str:
        """
        Let somebody new order and type a card on the provider's page, which makes them an active customer.
        """
        login = newcomer(self.installation.database_urls["customers"])
        self._comes(lambda: self._known(login))
        order_id = self.person(login).order_with_typed_card()
        self.accepted.append(order_id)
        return order_id

    def _known(self, login: str) -> bool:
        query = "SELECT 1 FROM customers WHERE login = :login"
        return bool(self.evidence.rows("billing", query, login=login))

    def order(self, login: str, *, mode: str = "payment", card: str = "4242") -> str:
        """
        Let one person order, and note what was accepted.
        """
        order_id = self.person(login).order(mode=mode, card=card)
        self.accepted.append(order_id)
        return order_id

    def settle(self, *, within: float = RECOVERY_SECONDS) -> tuple[float, list[str]]:
        """
        Wait until no invariant is violated; return how long it took and what still is.
        """
        self.installation.wait_ready()
        start = time.monotonic()
        violated = self.violated()
        while violated and time.monotonic() - start < within:
            time.sleep(0.1)
            violated = self.violated()
        return time.monotonic() - start, violated

    def statuses(self, orders: list[str]) -> list[str]:
        """
        Return how each order stands, as billing knows it.
        """
        known = self.evidence.by("billing", "id", "SELECT id, status FROM orders")
        return [known[each]["status"] for each in orders]

    def violated(self) -> list[str]:
        """
        Return what is violated now.
        """
        return violations(self.evidence, self.accepted)

    def close(self) -> None:
        """
        Let go of the databases.
        """
        self.evidence.close()

    def _comes(self, happened: Callable[[], bool], *, within: float = RECOVERY_SECONDS) -> bool:
        end = time.monotonic() + within
        while not happened() and time.monotonic() < end:
            time.sleep(0.05)
        return happened()


def laboratory(folder: Path, *, engines: Literal["embedded", "full"] = "embedded") -> Laboratory:
    """
    Start an installation in *folder* and open a laboratory in it.
    """
    installation = Installation(folder, engines)
    installation.start()
    return Laboratory(installation)
