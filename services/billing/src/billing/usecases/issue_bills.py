"""
Issue the bills of many accounts: every row of a batch goes to the database in one statement per table.

The same documents as ``issue_invoice`` makes one at a time (a test compares them). Numbers are taken last, as
one block, so the series is locked for milliseconds and a rollback gives the block back.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain import document, ledger
from billing.domain.billing import Document, Item, Waiting
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
    columns,
)
from billing.queries.rating import Rated
from billing.usecases.take_number import take_numbers
from shared import clock
from shared.bulk import among, insert_rows, plain_rows, update_rows
from shared.bus.outbox import tell_rows
from shared.contracts import billing as facts
from shared.failpoint import failpoint
from shared.ids import new_ids
from shared.money import Money
from shared.periods import REMEMBERED

INVOICE = (
    *("id", "number", "customer_id", "partner_id", "order_id", "kind", "run_id", "currency", "total_minor"),
    *("tax_minor", "open_minor", "issued_on", "due_on", "created_at", "seller", "buyer"),
)
PRICED = (
    *("code", "plan_id", "plan_version", "kind", "label", "quantity", "currency", "price_minor", "from_on"),
    *("until_on", "nominal_days", "amount_minor", "vat_basis_points", "discount_basis_points"),
)
LINE = (
    *("id", "invoice_id", "subscription_id", "position", *PRICED),
    *("tax_minor", "credited_minor", "credited_tax_minor"),
)
ACCOUNT = ("version", "next_bill_on", "owed_minor", "dunning_next_on")
TX = ("id", "key", "kind", "ref", "customer_id", "partner_id", "currency", "posted_on", "created_at")
ISSUED = (
    *("invoice_id", "number", "customer_id", "partner_id", "total", "open", "issued_on", "due_on", "status"),
    "mail",
)
BALANCE = ("customer_id", "partner_id", "version", "balance")
NOBODY = {"name": ""}
NO_BUYER = {"name": "", "number": "", "address": ""}
ENTRY = ("tx_id", "position", "account", "owner", "amount_minor")


@dataclass(slots=True)
class IssuedBill:
    """
    A bill as it is issued; its number comes last.
    """

    id: str
    customer_id: str
    rated: Rated
    document: Document
    issued_on: date
    due_on: date
    number: str = ""

    @property
    def total_minor(self) -> int:
        """
        What it comes to.
        """
        return self.document.total_minor


def issue_bills(
    session: Session, rated: Sequence[Rated], *, cut_off: date, now: datetime, run_id: str | None
) -> dict[str, list[IssuedBill]]:
    """
    Write the documents of *rated*, move cursors and the days to look again; return the bills by customer.

    A bill is dated today, or *cut_off* when that is still ahead; nobody's time to pay has passed already.
    """
    days = _Days(now)
    bills = _bills(rated, days, cut_off=cut_off)
    _move_on(session, rated, days)
    _post(session, bills, days, now=now)
    failpoint("billing.run.posted")
    _number(session, bills)
    _store(session, bills, now=now, run_id=run_id)
    _settle_charges(session, bills)
    found: dict[str, list[IssuedBill]] = {}
    for bill in bills:
        found.setdefault(bill.customer_id, []).append(bill)
    return found


def tell_bills(
    session: Session,
    rated: Sequence[Rated],
    issued: Mapping[str, Sequence[IssuedBill]],
    *,
    open_now: Mapping[str, int],
) -> None:
    """
    Tell the others every new bill and every balance that moved; *open_now* says what credit has paid already.
    """
    bills = [bill for mine in issued.values() for bill in mine]
    tell_rows(session, facts.InvoiceIssued, ISSUED, [_issued(bill, open_now) for bill in bills])
    moved = [each for each in rated if each.bill.total_minor]
    tell_rows(session, facts.BalanceChanged, BALANCE, [_balance(each) for each in moved])


def _issued(bill: IssuedBill, open_now: Mapping[str, int]) -> tuple[Any, ...]:
    account, total_minor = bill.rated.account, bill.total_minor
    total = Money(total_minor, account.currency)
    still_open = Money(open_now.get(bill.id, total_minor), account.currency)
    status = document.invoice_status(
        total=total, open_amount=still_open, due_on=bill.due_on, today=bill.issued_on
    )
    return (
        *(bill.id, bill.number, bill.customer_id, account.partner_id, total, still_open, bill.issued_on),
        *(bill.due_on, status.value, bill.rated.settings.mail_invoices),
    )


def _balance(rated: Rated) -> tuple[Any, ...]:
    account = rated.account
    balance = Money(account.credit_minor - account.owed_minor - rated.bill.total_minor, account.currency)
    return account.customer_id, account.partner_id, account.version + 1, balance


class _Days(dict[str, date]):
    """
    The day it is, by time zone.
    """

    def __init__(self, now: datetime) -> None:
        self._now = now

    def __missing__(self, timezone: str) -> date:
        self[timezone] = day = clock.local_date(self._now, timezone)
        return day


def _bills(rated: Sequence[Rated], days: _Days, *, cut_off: date) -> list[IssuedBill]:
    ids = new_ids("inv", sum(len(each.bill.documents) for each in rated))
    bills = []
    for each in rated:
        issued_on = max(cut_off, days[each.account.timezone])
        due_on = issued_on + timedelta(days=each.settings.due_days)
        for made in each.bill.documents:
            bills.append(IssuedBill(next(ids), each.account.customer_id, each, made, issued_on, due_on))
    return bills


def _move_on(session: Session, rated: Sequence[Rated], days: _Days) -> None:
    accounts = []
    for each in rated:
        account, total_minor = each.account, each.bill.total_minor
        look = account.dunning_next_on
        if total_minor:  # dunning looks at the account today, to say what is ahead of the new bill
            look = min(look or date.max, days[account.timezone])
        owed_minor = account.owed_minor + total_minor
        accounts.append((account.customer_id, account.version + 1, each.bill.next_on, owed_minor, look))
    update_rows(session, Account, ["customer_id"], ACCOUNT, accounts)
    update_rows(session, Subscription, ["id"], ["charged_through"], list(_cursors(rated)))


def _cursors(rated: Sequence[Rated]) -> Iterator[tuple[str, date]]:
    for each in rated:
        for place, day in each.bill.cursors.items():
            head = each.subscriptions[place]
            yield head, day
            for member in each.members.get(head, ()):
                yield member, day


def _post(session: Session, bills: Sequence[IssuedBill], days: _Days, *, now: datetime) -> None:
    kind = "invoice_issued"
    txs: list[tuple[Any, ...]] = []
    entries: list[tuple[Any, ...]] = []
    for tx_id, bill in zip(new_ids("jtx", len(bills)), bills, strict=True):
        account, customer_id = bill.rated.account, bill.customer_id
        posted_on = days[account.timezone]
        txs.append(
            (
                *(tx_id, f"{kind}:{bill.id}", kind, bill.id, customer_id, account.partner_id),
                *(account.currency, posted_on, now),
            )
        )
        for position, name, owned, minor in _entries(bill.document):
            entries.append((tx_id, position, name, customer_id if owned else "", minor))
    insert_rows(session, JournalTx, TX, txs)
    insert_rows(session, JournalEntry, ENTRY, entries)


@lru_cache(REMEMBERED)
def _entries(sold: Document) -> list[tuple[int, str, bool, int]]:
    """
    Return what a document posts: position, account, whether it is the customer's own, and the amount.
    """
    lines = [
        ledger.Sold(item.line.kind, item.line.vat_basis_points, item.line.amount.minor, tax)
        for item, tax in zip(sold.items, sold.taxes, strict=True)
    ]
    posted = enumerate(ledger.invoice_issued("the customer", lines))
    return [(place, entry.account, bool(entry.owner), entry.minor) for place, entry in posted]


def _number(session: Session, bills: Sequence[IssuedBill]) -> None:
    """
    Give the bills consecutive numbers of their series; the last thing taken before the documents.
    """
    series = defaultdict(list)
    for bill in bills:
        series[bill.rated.account.partner_id, bill.issued_on.year].append(bill)
    for (partner_id, year), mine in sorted(series.items(), key=itemgetter(0)):
        first = take_numbers(session, series="invoice", partner_id=partner_id, year=year, count=len(mine))
        partner = session.scalar(select(Partner.number).where(Partner.id == partner_id)) or 0
        for count, bill in enumerate(mine, first):
            bill.number = document.number(year=year, partner=partner, count=count)


def _store(session: Session, bills: Sequence[IssuedBill], *, now: datetime, run_id: str | None) -> None:
    buyers = _buyers(session, [bill.customer_id for bill in bills])
    sellers = _sellers(session, {bill.rated.account.partner_id for bill in bills})
    invoices: list[tuple[Any, ...]] = []
    lines: list[tuple[Any, ...]] = []
    line_ids = new_ids("inl", sum(len(bill.document.items) for bill in bills))
    for bill in bills:
        account, made = bill.rated.account, bill.document
        customer_id, partner_id = account.customer_id, account.partner_id
        invoices.append(
            (
                *(bill.id, bill.number, customer_id, partner_id, None, _kind(made), run_id),
                *(account.currency, made.total_minor, sum(made.taxes), made.total_minor),
                *(bill.issued_on, bill.due_on, now),
                *(sellers.get(partner_id, NOBODY), buyers.get(customer_id, NO_BUYER)),
            )
        )
        for item, values in zip(made.items, _lines(made), strict=True):
            lines.append((next(line_ids), bill.id, _subscription(bill, item), *values))
    insert_rows(session, Invoice, INVOICE, invoices)
    insert_rows(session, InvoiceLine, LINE, lines)


@lru_cache(REMEMBERED)
def _lines(made: Document) -> list[tuple[Any, ...]]:
    """
    Return the columns of a document's lines that do not say whose they are.
    """
    rows = []
    for position, (item, tax) in enumerate(zip(made.items, made.taxes, strict=True)):
        values = columns(item.line)
        rows.append((position, *(values[name] for name in PRICED), tax, 0, 0))
    return rows


def _subscription(bill: IssuedBill, item: Item) -> str | None:
    if item.place is not None:
        return bill.rated.subscriptions[item.place]
    return item.waited.subscription_id if item.waited else None


@lru_cache(REMEMBERED)
def _kind(made: Document) -> document.InvoiceKind:
    recurring = any(item.line.period for item in made.items)
    return document.InvoiceKind.RECURRING if recurring else document.InvoiceKind.ONE_TIME


def _settle_charges(session: Session, bills: Sequence[IssuedBill]) -> None:
    rows = [(charge.charge_id, ChargeStatus.INVOICED, bill.id) for bill in bills for charge in _charges(bill)]
    update_rows(session, Charge, ["id"], ["status", "invoice_id"], rows)


def _charges(bill: IssuedBill) -> Iterator[Waiting]:
    return (item.waited for item in bill.document.items if item.waited)


def _buyers(session: Session, customer_ids: Sequence[str]) -> dict[str, dict[str, str]]:
    named = select(Customer.id, Customer.full_name, Customer.number, Customer.address)
    rows = plain_rows(session, named.where(among(Customer.id, customer_ids)))
    return {
        id: {"name": name, "number": f"{number:06d}", "address": address}
        for id, name, number, address in rows
    }


def _sellers(session: Session, partner_ids: set[str]) -> dict[str, dict[str, str]]:
    rows = session.execute(select(Partner.id, Partner.name).where(Partner.id.in_(partner_ids)))
    return {id: {"name": name} for id, name in rows}
