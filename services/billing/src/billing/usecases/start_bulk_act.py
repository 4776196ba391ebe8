"""Draft something to be done to many bills, payments or orders. Nothing happens before it is confirmed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from billing.domain.change import BulkStatus, ItemStatus
from billing.domain.many import MOST_PRINTED, Act
from billing.models import BulkAct, BulkActItem, Invoice, Order
from billing.queries.bulk_acts import find_act, partners_of
from billing.queries.days import todays
from billing.queries.document_lists import MOST_ROWS, Wanted, meant_by
from billing.usecases.insert_once import insert_once
from billing.usecases.write_audit import write_partner_audit
from shared import context
from shared.errors import FieldError, Invalid


@dataclass(frozen=True, kw_only=True)
class ActWish:
    """
    What is to be done, to those *chosen* or, if none are, to all *wanted*; *id* is of the form that asked.
    """

    id: str
    act: Act
    wanted: Wanted
    chosen: Sequence[str] = ()


def start_bulk_act(
    session: Session, wish: ActWish, *, scope: frozenset[str] | None, now: datetime
) -> BulkAct:
    """
    Return a draft with a row for everything meant; asked again by the same form, the same draft.

    :raises Invalid: if nothing is meant, or too much
    """
    prints = wish.act is Act.PRINT  # moves nothing, so there is nothing to look at or to confirm
    fresh = insert_once(
        session,
        BulkAct,
        id=wish.id,
        act=wish.act,
        status=BulkStatus.CONFIRMED if prints else BulkStatus.DRAFT,
        confirmed_at=now if prints else None,
        any_card=False,
        actor=context.current().actor,
        total=0,
        created_at=now,
    )
    bulk = find_act(session, wish.id, scope=scope, lock=True)
    if not fresh:
        return bulk
    today = todays(session)
    meant = meant_by(session, wish.act, scope=scope, wanted=wish.wanted, chosen=wish.chosen, today=today)
    _check(len(meant), most=MOST_PRINTED if prints else MOST_ROWS)
    status = ItemStatus.WAITING if prints else ItemStatus.UNPRICED
    session.execute(insert(BulkActItem), [{**_row(bulk.id, each), "status": status} for each in meant])
    bulk.total = len(meant)
    audit_act(session, bulk, "bulk_act_started", now=now, rows=len(meant))
    return bulk


def audit_act(session: Session, bulk: BulkAct, action: str, *, now: datetime, **details: object) -> None:
    """
    Note what is done to many in the trail of every partner it concerns.
    """
    for partner_id in partners_of(session, bulk.id):
        write_partner_audit(
            session, partner_id, action=action, target=bulk.id, now=now, what=bulk.act.value, **details
        )


def _check(count: int, *, most: int) -> None:
    if count == 0:
        raise Invalid(FieldError("#/act", "empty", "Nothing that is shown here can be meant by that."))
    if count > most:
        words = "At most %(most)s can be done at once. Filter for fewer."
        raise Invalid(FieldError("#/act", "too_many", words, {"most": most}))


def _row(bulk_id: str, each: Any) -> dict[str, object]:
    label, amount = _shown(each)
    return {
        "bulk_id": bulk_id,
        "target_id": each.id,
        "label": label,
        "customer_id": each.customer_id,
        "partner_id": each.partner_id,
        "currency": each.currency,
        "amount_minor": amount,
    }


def _shown(each: Any) -> tuple[str, int]:
    if isinstance(each, Invoice):
        return each.number, each.open_minor
    if isinstance(each, Order):
        return str(each.number), each.total.minor
    return each.id[-8:], each.amount_minor
