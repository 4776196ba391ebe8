"""
The clock's part in billing: on a billing day, at the partner's hour, a run starts by itself.

With days to confirm a preview comes first; it is issued when they are over, unless a person did, or stopped
it. Nothing depends on being awake at that moment: what was missed is started as soon as a worker looks.
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from billing.domain.dunning import Dunning
from billing.domain.run import Mode, RunState
from billing.domain.settings import BillingSettings
from billing.models import Account, BillingRun, Partner
from billing.queries.settings import partner_settings
from billing.usecases.plan_next_bill import RECURRING
from billing.usecases.start_billing_run import start_billing_run
from shared import clock
from shared.db import Database

log = structlog.get_logger(__name__)

Start = tuple[date, Mode, str | None]  # day, mode, the preview it confirms


def start_due_runs(db: Database) -> int:
    """
    Start the runs whose moment has come; return how many. A partner that fails does not stop the others.
    """
    with db.read() as session:
        partners = session.scalars(select(Partner.id).order_by(Partner.number)).all()
    return sum(_try(db, partner_id) for partner_id in partners)


def _try(db: Database, partner_id: str) -> int:
    try:
        return _start(db, partner_id)
    except Exception:
        log.exception("run_not_started", partner_id=partner_id)
        return 0


def _start(db: Database, partner_id: str) -> int:
    with db.read() as session:
        wanted = _wanted(session, session.get_one(Partner, partner_id))
    for cut_off, mode, preview_id in wanted:
        with db.begin() as session:
            start_billing_run(
                session,
                partner_id=partner_id,
                cut_off=cut_off,
                mode=mode,
                now=clock.now(),
                preview_id=preview_id,
            )
    return len(wanted)


def _wanted(session: Session, partner: Partner) -> list[Start]:
    settings = partner_settings(session, partner.id)
    local = clock.now().astimezone(ZoneInfo(partner.timezone))
    if not settings.billing_enabled or local.hour < settings.confirm_hour:
        return []
    ready, today = _ready(settings, local), local.date()
    found: list[Start] = []
    if ready and _is_due(session, partner.id, ready) and not _was_issued(session, partner.id, ready):
        preview = _last_preview(session, partner.id, ready)
        if preview is None or preview.state is RunState.DONE:
            shown = preview.id if preview and preview.cut_off_on == ready else None
            found.append((ready, Mode.ISSUE, shown))
    if ready != today and _newly_due(session, partner.id, today):
        found.append((today, Mode.PREVIEW, None))
    return found


def _ready(settings: BillingSettings, local: datetime) -> date | None:
    """
    Return the latest billing day that may be issued without a person.
    """
    if settings.confirm_after_days is None:
        return None
    return local.date() - timedelta(days=settings.confirm_after_days)


def _is_due(session: Session, partner_id: str, cut_off: date, *, since: date = date.min) -> bool:
    due = exists().where(
        Account.partner_id == partner_id,
        Account.next_bill_on <= cut_off,
        Account.next_bill_on > since,
        Account.billing_type == RECURRING,
        Account.dunning != Dunning.INACTIVE,
    )
    return bool(session.scalar(select(due)))


def _was_issued(session: Session, partner_id: str, cut_off: date) -> bool:
    """
    Tell whether that day had its run; what failed in it is due again with the next day's.
    """
    mine = (BillingRun.partner_id == partner_id) & (BillingRun.cut_off_on == cut_off)
    return bool(session.scalar(select(exists().where(mine, BillingRun.mode == Mode.ISSUE))))


def _last_preview(session: Session, partner_id: str, until: date) -> BillingRun | None:
    """
    Return the latest preview up to that day; one that a person halted holds back what it showed.
    """
    return session.scalars(
        select(BillingRun)
        .where(
            BillingRun.partner_id == partner_id,
            BillingRun.cut_off_on <= until,
            BillingRun.mode == Mode.PREVIEW,
        )
        .order_by(BillingRun.cut_off_on.desc(), BillingRun.id.desc())
    ).first()


def _newly_due(session: Session, partner_id: str, today: date) -> bool:
    last = _last_preview(session, partner_id, today)
    return _is_due(session, partner_id, today, since=last.cut_off_on if last else date.min)
