"""
Issue the bills of many accounts: every row of a batch goes to the database in one statement per table.

The same documents as ``issue_invoice`` makes one at a time (a test compares them). Numbers are taken last, as
one block, so the series is locked for milliseconds and a rollback gives the block back.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain import document, ledger
from billing.domain.basket import with_tax
from billing.domain.billing import Item
from billing.domain.charge import ChargeStatus
from billing.models import (
    Account,
    Charge,
    Customer,
    Invoice,
    InvoiceLine,
    JournalEntry,
    JournalTx,
    Partner,
    Subscription,
)
from billing.queries.rating import Rated
from billing.usecases.take_number import take_numbers
from shared import clock
from shared.bulk import among, insert_rows, update_rows
from shared.bus.outbox import tell_all
from shared.contracts import billing as facts
from shared.contracts.event import Event
from shared.failpoint import failpoint
from shared.ids import new_ids
from shared.money import Money

INVOICE = (
    *("id", "number", "customer_id", "partner_id", "order_id", "kind", "run_id", "currency", "total_minor"),
    *("tax_minor", "open_minor", "issued_on", "due_on", "created_at", "seller", "buyer"),
)
LINE = (
    *("id", "invoice_id", "position", "subscription_id", "code", "plan_id", "plan_version", "kind", "label"),
    *("quantity", "currency", "price_minor", "from_on", "until_on", "nominal_days", "amount_minor"),
    *("vat_basis_points", "discount_basis_points", "tax_minor", "credited_minor", "credited_tax_minor"),
)
ACCOUNT = ("version", "next_bill_on", "owed_minor", "dunning_next_on")
TX = ("id", "key", "kind", "ref", "customer_id", "partner_id", "currency", "posted_on", "created_at")
NOBODY = {"name": ""}
NO_BUYER = {"name": "", "number": "", "address": ""}
ENTRY = ("tx_id", "position", "account", "owner", "amount_minor")


@dataclass(slots=True, kw_only=True)
class IssuedBill:
    """
    A bill as it is issued; its number comes last.
    """

    id: str
    number: str
    customer_id: str
    total_minor: int
    tax_minor: int
    taxes: tuple[int, ...]
    items: tuple[Item, ...]
    issued_on: date
    due_on: date


def issue_bills(
    session: Session, rated: Sequence[Rated], *, cut_off: date, now: datetime, run_id: str | None
) -> dict[str, tuple[IssuedBill, ...]]:
    """
    Write the documents of *rated*, move cursors and the days to look again; return the bills by customer.

    A bill is dated today, or *cut_off* when that is still ahead; nobody's time to pay has passed already.
    """
    priced = [(each, items) for each in rated for items in each.bill.documents]
    ids = new_ids("inv", len(priced))
    bills = [_bill(next(ids), each, items, cut_off=cut_off, now=now) for each, items in priced]
    _move_on(session, rated, bills, now=now)
    _settle_charges(session, bills)
    _post(session, rated, bills, now=now)
    failpoint("billing.run.posted")
    _number(session, [each for each, _ in priced], bills)
    _store(session, [each for each, _ in priced], bills, now=now, run_id=run_id)
    found: dict[str, tuple[IssuedBill, ...]] = {}
    for bill in bills:
        found[bill.customer_id] = (*found.get(bill.customer_id, ()), bill)
    return found


def tell_bills(
    session: Session,
    rated: Sequence[Rated],
    issued: Mapping[str, tuple[IssuedBill, ...]],
    *,
    open_now: Mapping[str, int],
) -> None:
    """
    Tell the others every new bill and every balance that moved; *open_now* says what credit has paid already.
    """
    tell_all(session, _facts(rated, issued, open_now))


def _facts(
    rated: Sequence[Rated], issued: Mapping[str, tuple[IssuedBill, ...]], open_now: Mapping[str, int]
) -> Iterator[Event]:
    for each in rated:
        account, bills = each.account, issued.get(each.account.customer_id, ())
        for bill in bills:
            yield _issued(each, bill, open_minor=open_now.get(bill.id, bill.total_minor))
        if total := sum(bill.total_minor for bill in bills):
            balance = account.credit_minor - account.owed_minor - total
            yield facts.BalanceChanged(
                customer_id=account.customer_id,
                partner_id=account.partner_id,
                version=account.version + 1,
                balance=Money(balance, account.currency),
            )


def _issued(rated: Rated, bill: IssuedBill, *, open_minor: int) -> Event:
    currency = rated.account.currency
    total, still_open = Money(bill.total_minor, currency), Money(open_minor, currency)
    status = document.invoice_status(
        total=total, open_amount=still_open, due_on=bill.due_on, today=bill.issued_on
    )
    return facts.InvoiceIssued(
        invoice_id=bill.id,
        number=bill.number,
        customer_id=bill.customer_id,
        partner_id=rated.account.partner_id,
        total=total,
        issued_on=bill.issued_on,
        due_on=bill.due_on,
        status=status.value,
        open=still_open,
        mail=rated.settings.mail_invoices,
    )


def _bill(id: str, rated: Rated, items: tuple[Item, ...], *, cut_off: date, now: datetime) -> IssuedBill:
    issued_on = max(cut_off, clock.local_date(now, rated.account.timezone))
    taxes = tuple(tax.minor for tax in with_tax([item.line for item in items]))
    return IssuedBill(
        id=id,
        number="",
        customer_id=rated.account.customer_id,
        total_minor=sum(item.line.amount.minor for item in items),
        tax_minor=sum(taxes),
        taxes=taxes,
        items=items,
        issued_on=issued_on,
        due_on=issued_on + timedelta(days=rated.settings.due_days),
    )


def _move_on(session: Session, rated: Sequence[Rated], bills: Sequence[IssuedBill], *, now: datetime) -> None:
    owed = Counter[str]()
    for bill in bills:
        owed[bill.customer_id] += bill.total_minor
    accounts = [
        (
            *(each.account.customer_id, each.account.version + 1, each.bill.next_on),
            each.account.owed_minor + owed[each.account.customer_id],
            _look_again(each, now=now) if owed[each.account.customer_id] else each.account.dunning_next_on,
        )
        for each in rated
    ]
    update_rows(session, Account, ["customer_id"], ACCOUNT, accounts)
    update_rows(session, Subscription, ["id"], ["charged_through"], list(_cursors(rated)))


def _look_again(rated: Rated, *, now: datetime) -> date:
    """
    Return the day dunning looks at the account: today, to say what is ahead of the new bill.
    """
    today = clock.local_date(now, rated.account.timezone)
    planned: date | None = rated.account.dunning_next_on
    return min(planned, today) if planned else today


def _cursors(rated: Sequence[Rated]) -> Iterator[tuple[str, date]]:
    for each in rated:
        for head, day in each.bill.cursors.items():
            yield head, day
            for member in each.members.get(head, ()):
                yield member, day


def _settle_charges(session: Session, bills: Sequence[IssuedBill]) -> None:
    rows = [
        (item.charge_id, ChargeStatus.INVOICED) for bill in bills for item in bill.items if item.charge_id
    ]
    update_rows(session, Charge, ["id"], ["status"], rows)


def _post(session: Session, rated: Sequence[Rated], bills: Sequence[IssuedBill], *, now: datetime) -> None:
    accounts = {each.account.customer_id: each.account for each in rated}
    txs: list[tuple[Any, ...]] = []
    entries: list[tuple[Any, ...]] = []
    for tx_id, bill in zip(new_ids("jtx", len(bills)), bills, strict=True):
        account = accounts[bill.customer_id]
        posted_on = clock.local_date(now, account.timezone)
        txs.append(
            (
                *(tx_id, f"invoice_issued:{bill.id}", "invoice_issued", bill.id),
                *(bill.customer_id, account.partner_id, account.currency, posted_on, now),
            )
        )
        for position, entry in enumerate(_entries(bill)):
            entries.append((tx_id, position, entry.account, entry.owner, entry.minor))
    insert_rows(session, JournalTx, TX, txs)
    insert_rows(session, JournalEntry, ENTRY, entries)


def _entries(bill: IssuedBill) -> list[ledger.Entry]:
    sold = [
        ledger.Sold(item.line.kind, item.line.vat_basis_points, item.line.amount.minor, tax)
        for item, tax in zip(bill.items, bill.taxes, strict=True)
    ]
    return ledger.invoice_issued(bill.customer_id, sold)


def _number(session: Session, rated: Sequence[Rated], bills: Sequence[IssuedBill]) -> None:
    """
    Give the bills consecutive numbers of their series; the last thing taken before the documents.
    """
    keys = [(each.account.partner_id, bill.issued_on.year) for each, bill in zip(rated, bills, strict=True)]
    numbers: dict[tuple[str, int], Iterator[str]] = {}
    for (partner_id, year), count in sorted(Counter(keys).items()):
        first = take_numbers(session, series="invoice", partner_id=partner_id, year=year, count=count)
        partner = session.scalar(select(Partner.number).where(Partner.id == partner_id)) or 0
        numbers[partner_id, year] = iter(
            [document.number(year=year, partner=partner, count=first + i) for i in range(count)]
        )
    for key, bill in zip(keys, bills, strict=True):
        bill.number = next(numbers[key])


def _store(
    session: Session,
    rated: Sequence[Rated],
    bills: Sequence[IssuedBill],
    *,
    now: datetime,
    run_id: str | None,
) -> None:
    buyers = _buyers(session, [bill.customer_id for bill in bills])
    sellers = _sellers(session, {each.account.partner_id for each in rated})
    invoices: list[tuple[Any, ...]] = []
    lines: list[tuple[Any, ...]] = []
    line_ids = new_ids("inl", sum(len(bill.items) for bill in bills))
    for each, bill in zip(rated, bills, strict=True):
        account = each.account
        invoices.append(
            (
                *(bill.id, bill.number, bill.customer_id, account.partner_id, None, _kind(bill), run_id),
                *(account.currency, bill.total_minor, bill.tax_minor, bill.total_minor),
                *(bill.issued_on, bill.due_on, now),
                *(sellers.get(account.partner_id, NOBODY), buyers.get(bill.customer_id, NO_BUYER)),
            )
        )
        lines += _lines(bill, line_ids)
    insert_rows(session, Invoice, INVOICE, invoices)
    insert_rows(session, InvoiceLine, LINE, lines)
    billed = [(item.charge_id, bill.id) for bill in bills for item in bill.items if item.charge_id]
    update_rows(session, Charge, ["id"], ["invoice_id"], billed)


def _lines(bill: IssuedBill, ids: Iterator[str]) -> Iterator[tuple[Any, ...]]:
    for position, (item, tax) in enumerate(zip(bill.items, bill.taxes, strict=True)):
        line, period = item.line, item.line.period
        yield (
            *(next(ids), bill.id, position, item.subscription_id, line.code, line.plan_id),
            *(line.plan_version, line.kind, line.label, line.quantity, line.price.currency),
            *(line.price.minor, period and period.start, period and period.end, line.nominal_days),
            *(line.amount.minor, line.vat_basis_points, line.discount_basis_points, tax, 0, 0),
        )


def _kind(bill: IssuedBill) -> document.InvoiceKind:
    recurring = any(item.line.period for item in bill.items)
    return document.InvoiceKind.RECURRING if recurring else document.InvoiceKind.ONE_TIME


def _buyers(session: Session, customer_ids: Sequence[str]) -> dict[str, dict[str, str]]:
    rows = session.execute(
        select(Customer.id, Customer.full_name, Customer.number, Customer.address).where(
            among(Customer.id, customer_ids)
        )
    )
    return {
        id: {"name": name, "number": f"{number:06d}", "address": address}
        for id, name, number, address in rows
    }


def _sellers(session: Session, partner_ids: set[str]) -> dict[str, dict[str, str]]:
    rows = session.execute(select(Partner.id, Partner.name).where(Partner.id.in_(partner_ids)))
    return {id: {"name": name} for id, name in rows}
