"""What a batch of a run comes to: computed only, for a preview, or billed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from billing.domain.billing import Flag, Item, very_different
from billing.domain.explanation import explain
from billing.models import BillingRun
from billing.queries.rating import Rated, accounts_of, fingerprint, rate
from billing.queries.to_bill import KnownSettings, last_bills
from billing.usecases.bill_accounts import Billed, bill_accounts
from billing.usecases.note_run_items import Outcome


def rate_items(session: Session, run: BillingRun, items: Sequence[Row[Any]]) -> list[Outcome]:
    """
    Return what billing these accounts would come to, without writing anything about them.
    """
    ids = [item.customer_id for item in items]
    accounts = accounts_of(session, ids, lock=False)
    rated = rate(session, accounts, cut_off=run.cut_off_on, known=KnownSettings(session), ahead=True)
    before = last_bills(session, ids)
    found = {each.account.customer_id: _previewed(each, before) for each in rated}
    return [found.get(id) or Outcome(customer_id=id, documents=0) for id in ids]


def bill_items(
    session: Session, run: BillingRun, items: Sequence[Row[Any]], *, now: datetime
) -> list[Outcome]:
    """
    Bill these accounts; one that is not as its preview showed is billed as it is now, and marked.
    """
    ids = [item.customer_id for item in items]
    billed = bill_accounts(session, ids, cut_off=run.cut_off_on, now=now, run_id=run.id)
    found = {each.customer_id: each for each in billed}
    previewed = run.preview_id is not None
    return [_issued(item, found.get(item.customer_id), previewed=previewed) for item in items]


def _previewed(rated: Rated, before: dict[str, int]) -> Outcome:
    bill, customer_id = rated.bill, rated.account.customer_id
    last = before.get(customer_id)
    flags = [flag.value for flag in bill.flags]
    if last is None and bill.documents:
        flags.insert(0, Flag.FIRST_INVOICE.value)
    elif last is not None and very_different(bill.total_minor, last):
        flags.insert(0, Flag.VERY_DIFFERENT.value)
    lines = [_line(item) for each in bill.documents for item in each.items]
    return Outcome(
        customer_id=customer_id,
        documents=len(bill.documents),
        total_minor=bill.total_minor,
        fingerprint=fingerprint(bill),
        flags=tuple(flags),
        result={
            "documents": len(bill.documents),
            "lines": lines,
            "last_minor": last,
            "next_on": bill.next_on and bill.next_on.isoformat(),
        },
    )


def _line(item: Item) -> dict[str, Any]:
    parts = explain(item.line)
    price = {"amount": parts.price.amount, "currency": parts.price.currency}
    days = {"first_on": str(parts.first_on), "last_on": str(parts.last_on)} if parts.first_on else {}
    basis = {**vars(parts), "price": price, **days}
    return {"label": item.line.label, "basis": basis, "minor": item.line.amount.minor}


def _issued(item: Row[Any], billed: Billed | None, *, previewed: bool) -> Outcome:
    if billed is None:
        return Outcome(customer_id=item.customer_id, documents=0)
    mark = fingerprint(billed.bill) if previewed else None
    flags = [flag.value for flag in billed.bill.flags]
    if mark != item.fingerprint:  # also who was not in the preview at all
        flags.append(Flag.CHANGED_SINCE_PREVIEW.value)
    return Outcome(
        customer_id=item.customer_id,
        documents=len(billed.issued),
        total_minor=billed.total_minor,
        fingerprint=mark,
        flags=tuple(flags),
        result={"invoices": [[bill.id, bill.number] for bill in billed.issued]},
    )
