"""Note what became of the accounts of a run, in the transaction that did it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from billing.domain.run import ItemState
from billing.models import BillingRun, RunItem
from shared.bulk import update_rows

NAMES = ("state", "fingerprint", "total_minor", "flags", "result", "error", "lease_until", "owner")


@dataclass(slots=True, kw_only=True)
class Outcome:
    """
    What became of one account; nothing to bill is *skipped*. *documents* counts its bills.
    """

    customer_id: str
    documents: int
    total_minor: int = 0
    fingerprint: str | None = None
    flags: tuple[str, ...] = ()
    result: dict[str, Any] = field(default_factory=dict)

    @property
    def state(self) -> ItemState:
        """
        Where the item stands.
        """
        return ItemState.DONE if self.documents else ItemState.SKIPPED


def note_outcomes(session: Session, run: BillingRun, outcomes: Sequence[Outcome]) -> None:
    """
    Store the outcomes and count them.
    """
    flags = {each.flags: list(each.flags) for each in outcomes}  # one list for all alike: made ready once
    rows = [
        (
            *(run.id, each.customer_id, each.state, each.fingerprint, each.total_minor, flags[each.flags]),
            *(each.result, None, None, None),
        )
        for each in outcomes
    ]
    update_rows(session, RunItem, ["run_id", "customer_id"], NAMES, rows)
    session.execute(
        update(BillingRun)
        .where(BillingRun.id == run.id)
        .values(
            done=BillingRun.done + len(outcomes),
            invoices=BillingRun.invoices + sum(each.documents for each in outcomes),
            total_minor=BillingRun.total_minor + sum(each.total_minor for each in outcomes),
        )
        .execution_options(synchronize_session=False)
    )


def note_failure(
    session: Session, run: BillingRun, customer_id: str, *, trouble: Exception, again: bool
) -> None:
    """
    Store why an account could not be billed; *again*: the next batch tries it once more.
    """
    item = session.get_one(RunItem, (run.id, customer_id), with_for_update=True)
    item.owner = item.lease_until = None
    item.error = f"{type(trouble).__name__}: {trouble}"[:500]
    item.state = ItemState.WAITING if again else ItemState.FAILED
    if not again:
        session.execute(
            update(BillingRun)
            .where(BillingRun.id == run.id)
            .values(failed=BillingRun.failed + 1)
            .execution_options(synchronize_session=False)
        )
