"""
Work through billing runs: claim a batch, bill it in one transaction, note what came of it.

A batch that fails is done again account by account, so one bad record fails alone. Whatever a killed worker
had not committed never happened; its claim ends and another worker takes the accounts.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Row, exists, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from billing.domain.run import OPEN, ItemState, Mode, RunState
from billing.models import BillingRun, RunItem
from billing.usecases.claim_run_items import claim_run_items
from billing.usecases.fill_run import fill_run
from billing.usecases.note_run_items import Outcome, note_failure, note_outcomes
from billing.usecases.rate_run_items import bill_items, rate_items
from shared import clock
from shared.bulk import among, plain_rows
from shared.bus.outbox import tell
from shared.contracts import billing as facts
from shared.db import Database
from shared.failpoint import failpoint
from shared.money import Money

log = structlog.get_logger()

BATCH = 1_000  # accounts of one transaction: long enough to be fast, short enough to let others in
TRIES = 3
ALL_OPEN = select(BillingRun).where(BillingRun.state.in_(OPEN)).order_by(BillingRun.id)


def work_billing_run(db: Database, *, worker: str, run_id: str | None = None, batch: int = BATCH) -> bool:
    """
    Work one batch of an open run (of *run_id* only, when given); tell whether there may be more to do.

    The oldest run comes first; one that waits for another worker, or fails, does not hold up the next.
    """
    runs = _open_runs(db, run_id)
    if run_id:  # whoever waits for this run is to hear what is wrong with it
        return any(_work_one(db, run, worker=worker, batch=batch) for run in runs)
    return any(_try(db, run, worker=worker, batch=batch) for run in runs)


def _try(db: Database, run: BillingRun, *, worker: str, batch: int) -> bool:
    try:
        return _work_one(db, run, worker=worker, batch=batch)
    except Exception:
        log.exception("billing_run_failed", run_id=run.id, partner_id=run.partner_id)
        return False


def _work_one(db: Database, run: BillingRun, *, worker: str, batch: int) -> bool:
    if run.state is RunState.FILLING:
        fill_run(db, run)
    items = claim_run_items(db, run_id=run.id, worker=worker, limit=batch)
    if not items:
        return _finish(db, run)
    failpoint("billing.run.claimed")
    try:
        _work(db, run, items, worker=worker)
    except Exception as trouble:
        log.warning("billing_batch_failed", run_id=run.id, accounts=len(items), why=str(trouble)[:200])
        for item in items:
            _work_alone(db, run, item, worker=worker)
    failpoint("billing.run.committed")
    return True


def _open_runs(db: Database, run_id: str | None) -> Sequence[BillingRun]:
    with db.read() as session:
        return session.scalars(ALL_OPEN.where(BillingRun.id == run_id) if run_id else ALL_OPEN).all()


def _work(db: Database, run: BillingRun, items: Sequence[Row[Any]], *, worker: str) -> None:
    with db.begin() as session:
        mine = _still_mine(session, run, items, worker=worker)
        outcomes = _outcomes(session, run, mine, now=clock.now())
        note_outcomes(session, run, outcomes)
        failpoint("billing.run.noted")


def _outcomes(
    session: Session, run: BillingRun, items: Sequence[Row[Any]], *, now: datetime
) -> list[Outcome]:
    if run.mode is Mode.PREVIEW:
        return rate_items(session, run, items)
    return bill_items(session, run, items, now=now)


def _work_alone(db: Database, run: BillingRun, item: Row[Any], *, worker: str) -> None:
    try:
        _work(db, run, [item], worker=worker)
    except Exception as trouble:
        again = isinstance(trouble, OperationalError) and item.attempts < TRIES
        log.warning("billing_account_failed", run_id=run.id, customer_id=item.customer_id, exc_info=True)
        with db.begin() as session:
            note_failure(session, run, item.customer_id, trouble=trouble, again=again)


def _still_mine(
    session: Session, run: BillingRun, items: Sequence[Row[Any]], *, worker: str
) -> list[Row[Any]]:
    """
    Return what nobody has taken over since, locked until the end of the transaction.
    """
    ids = [item.customer_id for item in items]
    # Found by their keys: asked for the state too, PostgreSQL compares each claimed row with each of the ids.
    query = select(RunItem.customer_id, RunItem.state, RunItem.owner).where(
        RunItem.run_id == run.id, among(RunItem.customer_id, ids)
    )
    rows = plain_rows(session, query.with_for_update())
    mine = {id for id, state, owner in rows if state is ItemState.CLAIMED and owner == worker}
    return [item for item in items if item.customer_id in mine]


def _finish(db: Database, run: BillingRun) -> bool:
    """
    End the run unless another worker still holds a part of it; tell whether this call ended it.
    """
    unfinished = exists().where(
        RunItem.run_id == run.id, RunItem.state.in_([ItemState.WAITING, ItemState.CLAIMED])
    )
    with db.begin() as session:
        ended = session.execute(
            update(BillingRun)
            .where(BillingRun.id == run.id, BillingRun.state == RunState.RUNNING, ~unfinished)
            .values(state=RunState.DONE, finished_at=clock.real_now())
            .returning(BillingRun.id)
            .execution_options(synchronize_session=False)
        ).scalar()
        if ended:
            _tell(session, session.get_one(BillingRun, run.id, populate_existing=True))
    return bool(ended)


def _tell(session: Session, run: BillingRun) -> None:
    tell(
        session,
        facts.BillingRunFinished(
            run_id=run.id,
            partner_id=run.partner_id,
            version=1,
            mode=run.mode.value,
            cut_off_on=run.cut_off_on,
            invoices=run.invoices,
            failed=run.failed,
            total=Money(run.total_minor, run.currency),
        ),
    )
