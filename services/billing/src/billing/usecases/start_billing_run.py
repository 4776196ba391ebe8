"""
Start a billing run, or find the one that is open already: starting twice is starting once.

Nothing is computed here. A worker finds who is due, and works through them (``work_billing_run``).
"""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain.run import OPEN, ItemState, Mode, RunState
from billing.models import BillingRun, Partner, RunItem
from billing.usecases.insert_once import insert_once
from billing.usecases.write_audit import write_partner_audit
from shared import clock, context
from shared.bus.outbox import wake
from shared.errors import Conflict, NotFound
from shared.ids import new_id


class RunChanged(Conflict, code="run_changed", title="The run is not what you were shown"):
    """
    The preview went on, or was rated again, after the page was made.
    """


def start_billing_run(
    session: Session,
    *,
    partner_id: str,
    cut_off: date,
    mode: Mode,
    now: datetime,
    preview_id: str | None = None,
) -> BillingRun:
    """
    Return the open run of the partner for this day and mode, started now unless there is one.

    :raises NotFound: if there is no such partner
    """
    partner = session.get(Partner, partner_id)
    if partner is None:
        raise NotFound
    run_id = new_id("run")
    new = insert_once(
        session,
        BillingRun,
        id=run_id,
        partner_id=partner_id,
        cut_off_on=cut_off,
        mode=mode,
        state=RunState.FILLING,
        preview_id=preview_id,
        currency=partner.currency,
        actor=context.current().actor,
        created_at=now,
    )
    if new:
        write_partner_audit(
            session,
            partner_id,
            action="run_started",
            target=run_id,
            now=now,
            mode=mode.value,
            cut_off=cut_off,
            preview=preview_id or "",
        )
    wake(session)
    return session.scalars(
        select(BillingRun).where(
            BillingRun.partner_id == partner_id,
            BillingRun.cut_off_on == cut_off,
            BillingRun.mode == mode,
            BillingRun.state.in_(OPEN),
        )
    ).one()


def confirm_billing_run(
    session: Session, *, run_id: str, invoices: int, total_minor: int, now: datetime
) -> BillingRun:
    """
    Issue what the preview *run_id* showed: so many invoices that come to so much.

    :raises NotFound: if there is no such preview
    :raises RunChanged: if it is not finished, or shows something else by now
    """
    preview = session.get(BillingRun, run_id, with_for_update=True)
    if preview is None or preview.mode is not Mode.PREVIEW:
        raise NotFound
    issued = session.scalar(select(BillingRun).where(BillingRun.preview_id == run_id))
    if issued:
        return issued
    shown = (preview.state, preview.invoices, preview.total_minor)
    if shown != (RunState.DONE, invoices, total_minor):
        raise RunChanged("The preview has changed since. Look at it again.")
    return start_billing_run(
        session,
        partner_id=preview.partner_id,
        cut_off=preview.cut_off_on,
        mode=Mode.ISSUE,
        now=now,
        preview_id=run_id,
    )


def stop_billing_run(session: Session, *, run_id: str, now: datetime) -> BillingRun:
    """
    Halt the run: what a worker holds at this moment is finished, nothing more is begun.
    """
    run = _locked(session, run_id)
    if run.state in OPEN:
        run.stop_asked, run.state, run.finished_at = True, RunState.STOPPED, clock.real_now()
        _audit(session, run, "run_halted", now=now)
    return run


def continue_billing_run(session: Session, *, run_id: str, now: datetime) -> BillingRun:
    """
    Let a halted run go on where it stopped.

    :raises RunChanged: if another run for the same day is open
    """
    run = _locked(session, run_id)
    if run.state is RunState.STOPPED:
        _reopen(session, run)
        _audit(session, run, "run_continued", now=now)
    return run


def retry_failed_items(session: Session, *, run_id: str, now: datetime) -> BillingRun:
    """
    Try the failed accounts of a run again, and them only.

    :raises RunChanged: if another run for the same day is open
    """
    run = _locked(session, run_id)
    failed = list(
        session.scalars(select(RunItem).where(RunItem.run_id == run_id, RunItem.state == ItemState.FAILED))
    )
    for item in failed:
        item.state, item.attempts, item.error = ItemState.WAITING, 0, None
    run.failed -= len(failed)
    if failed and run.state is RunState.DONE:
        _reopen(session, run)
    if failed:
        _audit(session, run, "run_retried", now=now, accounts=len(failed))
    return run


def _audit(session: Session, run: BillingRun, action: str, *, now: datetime, **details: object) -> None:
    write_partner_audit(session, run.partner_id, action=action, target=run.id, now=now, **details)


def _locked(session: Session, run_id: str) -> BillingRun:
    run = session.get(BillingRun, run_id, with_for_update=True, populate_existing=True)
    if run is None:
        raise NotFound
    return run


def _reopen(session: Session, run: BillingRun) -> None:
    other = select(BillingRun.id).where(
        BillingRun.partner_id == run.partner_id,
        BillingRun.cut_off_on == run.cut_off_on,
        BillingRun.mode == run.mode,
        BillingRun.state.in_(OPEN),
    )
    if session.scalar(other):
        raise RunChanged("Another run for the same day is open. Let it finish first.")
    if run.started_at and run.finished_at:  # the pause is no time the run took
        run.started_at += clock.real_now() - run.finished_at
    run.stop_asked, run.finished_at = False, None
    run.state = RunState.FILLING if run.started_at is None else RunState.RUNNING
    wake(session)


def rate_again(session: Session, *, run_id: str, customer_id: str, now: datetime) -> BillingRun:
    """
    Compute one account of a finished preview again, and it only.

    :raises NotFound: if the run has no such account
    :raises RunChanged: if the run is no preview, was confirmed, or another one for the same day is open
    """
    run = _locked(session, run_id)
    item = session.get(RunItem, (run_id, customer_id))
    if item is None:
        raise NotFound
    confirmed = session.scalar(select(BillingRun.id).where(BillingRun.preview_id == run_id))
    if run.mode is not Mode.PREVIEW or run.state is not RunState.DONE or confirmed:
        raise RunChanged("This run is not a finished preview that waits to be issued.")
    if item.state is ItemState.FAILED:
        run.failed -= 1
    else:
        run.done -= 1
        run.invoices -= item.result.get("documents", 0)
        run.total_minor -= item.total_minor
    item.state, item.attempts, item.error, item.total_minor = ItemState.WAITING, 0, None, 0
    _reopen(session, run)
    _audit(session, run, "run_rated_again", now=now, customer=customer_id)
    return run
