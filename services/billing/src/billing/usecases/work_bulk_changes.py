"""
Clock work for changes of many: price the rows of drafts, book the rows of those that were confirmed.

A row is its own transaction, so one that cannot be done fails alone and says why; killed anywhere, the rest
goes on later. What a row costs must be what was previewed, or it fails and shows its new price.
"""

import structlog
from sqlalchemy.orm import Session

from billing.domain.change import BulkStatus, ItemStatus, Source
from billing.domain.change_terms import Decided
from billing.domain.plan_quote import PlanQuote
from billing.models import BulkChange, BulkChangeItem, Plan
from billing.queries.plan_change_price import Case, check_balance
from billing.usecases.book_plan_change import Booking, book_plan_change
from billing.usecases.quote_plan_change import Wanted, keep_quote, priced
from billing.usecases.walk_bulk_rows import claim_rows, finish_done
from shared import clock
from shared.context import use
from shared.db import Database
from shared.errors import Refusal
from shared.failpoint import failpoint

log = structlog.get_logger(__name__)

PRICES = ("price_after_minor", "refund_minor", "fee_minor", "charge_minor")


class PriceMoved(Refusal, code="quote_changed", title="The price has changed"):
    """
    What the row costs now (*numbers*) is not what was previewed.
    """

    def __init__(self, numbers: dict[str, int]) -> None:
        super().__init__("The price has changed since the preview. Look at it, then try again.")
        self.numbers = numbers


def work_bulk_changes(db: Database) -> bool:
    """
    Do the next rows of drafts and confirmed changes of many; tell whether there may be more.
    """
    found = claim_rows(db, BulkChange, BulkChangeItem, BulkChangeItem.subscription_id)
    for bulk_id, subscription_id in found:
        _do(db, bulk_id, subscription_id)
    if not found:
        finish_done(db, BulkChange, BulkChangeItem)
    return bool(found)


def _do(db: Database, bulk_id: str, subscription_id: str) -> None:
    try:
        with db.begin() as session:
            bulk = session.get_one(BulkChange, bulk_id)
            item = session.get_one(BulkChangeItem, (bulk_id, subscription_id), with_for_update=True)
            with use(actor=bulk.actor):
                (_price if item.status is ItemStatus.UNPRICED else _book)(session, bulk, item)
            failpoint("billing.bulk_change.before_commit")
    except Refusal as refusal:
        _note(db, bulk_id, subscription_id, refusal)
    except Exception as trouble:
        log.exception("bulk_change_row_failed", bulk_id=bulk_id, subscription_id=subscription_id)
        _note(db, bulk_id, subscription_id, Refusal(str(trouble)[:300] or "It did not work."))


def _price(session: Session, bulk: BulkChange, item: BulkChangeItem) -> None:
    _, quoted = _priced(session, bulk, item)
    for name, value in _numbers(quoted).items():
        setattr(item, name, value)
    item.status, item.lease_until, item.refusal, item.error = ItemStatus.WAITING, None, None, None


def _book(session: Session, bulk: BulkChange, item: BulkChangeItem) -> None:
    if item.status is not ItemStatus.WAITING or bulk.status is not BulkStatus.CONFIRMED:
        return
    case, quoted = _priced(session, bulk, item)
    if _numbers(quoted) != {name: getattr(item, name) for name in PRICES}:
        raise PriceMoved(_numbers(quoted))
    quote = keep_quote(session, case, quoted, now=clock.now())
    change = book_plan_change(
        session,
        customer_id=item.customer_id,
        quote_id=quote.id,
        booking=Booking(source=Source.BULK, bulk_id=bulk.id),
        now=clock.now(),
    )
    item.status, item.change_id, item.lease_until, item.error = ItemStatus.DONE, change.id, None, None
    item.attempts += 1


def _priced(session: Session, bulk: BulkChange, item: BulkChangeItem) -> tuple[Case, PlanQuote]:
    plan = session.get_one(Plan, bulk.to_plan_id)
    wanted = Wanted(
        subscription_id=item.subscription_id,
        plan_id=plan.id,
        version=plan.version,
        start_on=bulk.effective_on,
    )
    case, quoted = priced(
        session,
        customer_id=item.customer_id,
        wanted=wanted,
        now=clock.now(),
        source=Source.BULK,
        decided=Decided(ignore_balance=bulk.ignore_balance),
    )
    check_balance(session, case, quoted)
    return case, quoted


def _numbers(quoted: PlanQuote) -> dict[str, int]:
    charges = sum(line.amount.minor for line in quoted.charges)
    return {
        "price_after_minor": quoted.then.amount.minor,
        "refund_minor": -sum(refund.line.amount.minor for refund in quoted.refunds),
        "fee_minor": quoted.fee.minor,
        "charge_minor": charges - quoted.fee.minor,
    }


def _note(db: Database, bulk_id: str, subscription_id: str, refusal: Refusal) -> None:
    with db.begin() as session:
        item = session.get_one(BulkChangeItem, (bulk_id, subscription_id), with_for_update=True)
        was_priced = item.status is ItemStatus.WAITING
        item.status = ItemStatus.FAILED if was_priced else ItemStatus.REFUSED
        item.refusal, item.error, item.lease_until = refusal.code, refusal.detail[:500], None
        item.attempts += was_priced
        for name, value in getattr(refusal, "numbers", {}).items():
            setattr(item, name, value)
