"""
Find who a billing run is about: every account due on its day, and whoever its preview showed.

Who came due after the preview was made is billed with the others, and marked: that day has no second run.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import CompoundSelect, Select, exists, func, select, text, union_all, update
from sqlalchemy.orm import Session

from billing.domain.dunning import Dunning
from billing.domain.run import ItemState, RunState
from billing.models import Account, BillingRun, RunItem
from billing.usecases.plan_next_bill import RECURRING
from shared import clock
from shared.bulk import insert_missing
from shared.db import Database
from shared.failpoint import failpoint

CHUNK = 2_000
ITEM = ("run_id", "customer_id", "state", "attempts", "fingerprint", "total_minor", "flags", "result")
NO_FLAGS: list[str] = []
NOTHING: dict[str, Any] = {}
ANALYZE = text(f"ANALYZE {RunItem.__tablename__}")


def fill_run(db: Database, run: BillingRun) -> None:
    """
    Write down the accounts of the run, a chunk at a time; a worker that dies half-way is followed by another.
    """
    # Streaming needs a transaction on PostgreSQL; on SQLite one would keep the writer below waiting for ever.
    with db.read() if db.is_sqlite else db.begin(durable=False) as session:
        found = session.execute(_who(run).execution_options(yield_per=CHUNK))
        for rows in found.partitions(CHUNK):
            with db.begin() as writing:
                _add(writing, run, [(customer_id, mark) for customer_id, mark in rows])
            failpoint("billing.run.filling")
    with db.begin() as session:
        items = session.scalar(select(func.count()).select_from(RunItem).where(RunItem.run_id == run.id))
        if (items or 0) > CHUNK and not db.is_sqlite:
            # A planner that still believes the table empty would read the whole run for every batch of it.
            session.execute(ANALYZE)
        session.execute(
            update(BillingRun)
            .where(BillingRun.id == run.id, BillingRun.state == RunState.FILLING)
            .values(state=RunState.RUNNING, items=items or 0, started_at=clock.real_now())
        )


def _who(run: BillingRun) -> Select[tuple[str, str | None]] | CompoundSelect[tuple[str, str | None]]:
    nothing: Select[tuple[str, str | None]] = select(Account.customer_id, func.nullif("", ""))
    due = nothing.where(
        Account.partner_id == run.partner_id,
        Account.next_bill_on <= run.cut_off_on,
        Account.billing_type == RECURRING,
        Account.dunning != Dunning.INACTIVE,
    )
    if run.preview_id is None:
        return due
    shown = (RunItem.run_id == run.preview_id) & RunItem.state.in_([ItemState.DONE, ItemState.FAILED])
    unseen = ~exists().where(shown, RunItem.customer_id == Account.customer_id)
    return union_all(select(RunItem.customer_id, RunItem.fingerprint).where(shown), due.where(unseen))


def _add(session: Session, run: BillingRun, rows: Sequence[tuple[str, str | None]]) -> None:
    values = [
        (run.id, customer_id, ItemState.WAITING, 0, mark, 0, NO_FLAGS, NOTHING) for customer_id, mark in rows
    ]
    insert_missing(session, RunItem, ITEM, values)
