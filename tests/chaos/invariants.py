"""
The invariants of reliability.md 2.1, as SQL over all databases: each returns what violates it, in words.

I1 no double charge, I2 no lost order, I3 ledger zero, I4 one invoice per period and gapless numbers, I5 every
fact handled once, I6 every ticket kept, I7 paid means active, I8 projections agree, I12 credit notes, I13
honest status, I14 dunning (those of periods, credits and dunning are in ``periods.py``).
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module

from billing.queries.ledger_differences import differences
from tests.chaos import periods
from tests.chaos.evidence import Evidence, Row

SERVICES = {
    "customers": "customers",
    "catalog": "catalog",
    "billing": "billing",
    "tickets": "tickets",
    "portal-gateway": "portal_gateway",
}
RESTING = {
    "active",
    "failed",
    "expired",
    "cancelled",
    "rejected",
    "refunded",
    "taken_back",
    "awaiting_approval",
    "approved",
    "action_required",
}


def violations(evidence: Evidence, accepted: Iterable[str]) -> list[str]:
    """
    Return everything that is not as it must be; *accepted* are the orders the portal said yes to.
    """
    found = [f"{check.__name__}: {what}" for check in CHECKS for what in _found(check, evidence)]
    return found + [f"i2_no_lost_order: {what}" for what in _lost(evidence, accepted)]


def i1_no_double_charge(evidence: Evidence) -> Iterator[str]:
    """
    What was taken and not given back: once per order, of exactly its total; for bills never more than they
    came to; and only what we asked for.
    """
    taken = evidence.by(
        "sandbox-payments",
        "reference",
        "SELECT reference, amount, refunded FROM charges WHERE status = 'succeeded'",
    )
    orders = evidence.by("billing", "id", "SELECT id, total_minor FROM orders")
    bills = evidence.by("billing", "id", "SELECT id, total_minor FROM invoices")
    kept: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for payment in evidence.rows("billing", "SELECT id, order_id, invoice_ids, amount_minor FROM payments"):
        charge = taken.pop(payment["id"], None)
        if charge and charge["amount"] != payment["amount_minor"]:
            yield f"payment {payment['id']} of {payment['amount_minor']} took {charge['amount']}"
        if charge and charge["refunded"] < charge["amount"]:
            kept[_paid_for(payment)].append(charge["amount"])
    for what, amounts in kept.items():
        order = orders.get(what[0])
        most = order["total_minor"] if order else sum(bills[each]["total_minor"] for each in what)
        if sum(amounts) > most or (order and amounts != [most]):
            yield f"{'order' if order else 'bills'} {what} of {most} were charged {amounts}"
    for reference in taken:
        yield f"charge {reference} belongs to no payment"


def i2_every_order_rests(evidence: Evidence) -> Iterator[str]:
    """
    No order is left on its way.
    """
    for order in evidence.rows("billing", "SELECT id, status FROM orders"):
        if order["status"] not in RESTING:
            yield f"order {order['id']} is still {order['status']}"


def i3_ledger_zero(evidence: Evidence) -> Iterator[str]:
    """
    Every journal transaction sums to zero, and balances are the sum of entries.
    """
    sums = (
        "SELECT tx_id, SUM(amount_minor) AS total FROM journal_entries"
        " GROUP BY tx_id HAVING SUM(amount_minor) <> 0"
    )
    for row in evidence.rows("billing", sums):
        yield f"transaction {row['tx_id']} sums to {row['total']}"
    owned: dict[tuple[str, str], int] = {
        (row["owner"], row["account"]): int(row["total"])
        for row in evidence.rows(
            "billing",
            "SELECT owner, account, SUM(amount_minor) AS total FROM journal_entries GROUP BY owner, account",
        )
    }
    accounts = "SELECT customer_id, credit_minor, owed_minor FROM billing_accounts"
    for row in evidence.rows("billing", accounts):
        credit = -owned.get((row["customer_id"], "customer_credit"), 0)
        owed = owned.get((row["customer_id"], "receivable"), 0)
        if (credit, owed) != (row["credit_minor"], row["owed_minor"]):
            yield f"balance of {row['customer_id']} is not the sum of its entries"
    with evidence.session("billing") as session:
        yield from (f"{found.kind} of {found.id}: {found.stored}" for found in differences(session))


def i5_every_fact_handled_once(evidence: Evidence) -> Iterator[str]:
    """
    Every outbox is empty, and every told fact is done exactly once in each service that hears it.
    """
    heard = {
        name: Counter(
            {
                row["event_id"]: 1
                for row in evidence.rows(name, "SELECT event_id FROM inbox WHERE state = 'done'")
            }
        )
        for name in SERVICES
    }
    for teller in SERVICES:
        for fact in evidence.rows(teller, "SELECT id, type, published_at FROM outbox"):
            if fact["published_at"] is None:
                yield f"{teller} has not sent {fact['type']} {fact['id']}"
            for hearer in _hearers(fact["type"]):
                if hearer != teller and heard[hearer][fact["id"]] != 1:
                    yield f"{hearer} has not handled {fact['type']} {fact['id']}"
    for name in SERVICES:
        for row in evidence.rows(name, "SELECT event_id, type, error FROM inbox WHERE state <> 'done'"):
            yield f"{name} is stuck on {row['type']} {row['event_id']}: {row['error']}"


def i6_one_ticket_per_request(evidence: Evidence) -> Iterator[str]:
    """
    Every order request that goes to tickets has exactly one ticket, which billing knows.
    """
    tickets = Counter(
        row["order_id"]
        for row in evidence.rows("tickets", "SELECT order_id FROM tickets WHERE order_id IS NOT NULL")
    )
    asked = "SELECT id, ticket_id FROM orders WHERE mode = 'request' AND channel = 'tickets'"
    for order in evidence.rows("billing", asked):
        if tickets[order["id"]] != 1 or order["ticket_id"] is None:
            yield f"order {order['id']} has {tickets[order['id']]} tickets"


def i7_paid_means_active(evidence: Evidence) -> Iterator[str]:
    """
    What was paid is active or was given back, and nothing is active that was neither paid nor approved.
    """
    orders = evidence.by("billing", "id", "SELECT id, status, mode FROM orders")
    paid = set()
    for payment in evidence.rows("billing", "SELECT id, order_id FROM payments WHERE status = 'succeeded'"):
        if payment["order_id"] is None:
            continue  # it paid bills, which I1 and I3 look at
        paid.add(payment["order_id"])
        status = orders[payment["order_id"]]["status"]
        if status not in ("active", "rejected", "refunded", "cancelled", "expired"):
            yield f"payment {payment['id']} succeeded and its order is {status}"
    for row in evidence.rows("billing", "SELECT id, order_id FROM subscriptions WHERE status = 'active'"):
        if orders[row["order_id"]]["status"] != "active":
            yield f"subscription {row['id']} is active and its order is {orders[row['order_id']]['status']}"
    for order_id, order in orders.items():
        if order["status"] == "active" and order["mode"] == "payment" and order_id not in paid:
            yield f"order {order_id} is active and was never paid"


def i13_honest_status(evidence: Evidence) -> Iterator[str]:
    """
    Nothing is called failed or cancelled while its money is with us, and nothing succeeded without money.
    """
    charges = evidence.by(
        "sandbox-payments",
        "reference",
        "SELECT reference, amount - refunded AS kept FROM charges WHERE status = 'succeeded'",
    )
    payments = "SELECT id, status, provider FROM payments WHERE parked IS NULL"
    for payment in evidence.rows("billing", payments):
        kept = charges[payment["id"]]["kept"] if payment["id"] in charges else None
        if payment["status"] in ("failed", "cancelled") and kept:
            yield f"payment {payment['id']} is {payment['status']} and took {kept}"
        if payment["status"] == "succeeded" and payment["provider"] == "sandbox" and kept is None:
            yield f"payment {payment['id']} succeeded and took nothing"


def i8_projections_agree(evidence: Evidence) -> Iterator[str]:
    """
    Copies equal the owner's row at the same version.
    """
    owner = evidence.by("customers", "id", "SELECT id, version, status FROM customers")
    for service, table, key in COPIES:
        for row in evidence.rows(service, f"SELECT {key} AS id, version, status FROM {table}"):
            if (row["version"], row["status"]) != (owner[row["id"]]["version"], owner[row["id"]]["status"]):
                yield f"{service} has {row['id']} at version {row['version']} as {row['status']}"
    orders = evidence.by("billing", "id", "SELECT id, status FROM orders")
    for row in evidence.rows("tickets", "SELECT id, status FROM known_orders"):
        if row["status"] != orders[row["id"]]["status"]:
            yield f"tickets has order {row['id']} as {row['status']}"
    active = {
        row["customer_id"]
        for row in evidence.rows("billing", "SELECT customer_id FROM subscriptions WHERE status = 'active'")
    }
    for customer_id in active:
        if owner[customer_id]["status"] == "new":
            yield f"customer {customer_id} has an active subscription and is still new"


COPIES = (
    ("billing", "customers", "id"),
    ("tickets", "known_customers", "id"),
    ("portal-gateway", "customer_copy", "customer_id"),
)

CHECKS: tuple[Callable[[Evidence], Iterator[str]], ...] = (
    i1_no_double_charge,
    i2_every_order_rests,
    i3_ledger_zero,
    periods.i4_one_invoice_per_period,
    periods.i4_nothing_left_out,
    i5_every_fact_handled_once,
    i6_one_ticket_per_request,
    i7_paid_means_active,
    i8_projections_agree,
    periods.i12_credit_notes,
    i13_honest_status,
    periods.i14_dunning,
)


def _found(check: Callable[[Evidence], Iterator[str]], evidence: Evidence) -> list[str]:
    try:
        return list(check(evidence))
    except KeyError as unknown:  # it came between two looks; what is still unknown at the next one is wrong
        return [f"nobody knows {unknown}"]


def _lost(evidence: Evidence, accepted: Iterable[str]) -> Iterator[str]:
    known = {row["id"] for row in evidence.rows("billing", "SELECT id FROM orders")}
    answers = Counter(accepted)
    for order_id, times in answers.items():
        if order_id not in known:
            yield f"order {order_id} was accepted and is gone"
        if times > 1:
            yield f"two requests got one order {order_id}"


def _paid_for(payment: Row) -> tuple[str, ...]:
    if payment["order_id"]:
        return (payment["order_id"],)
    bills = payment["invoice_ids"]  # JSON: text in SQLite, a list in PostgreSQL
    return tuple(sorted(json.loads(bills) if isinstance(bills, str) else bills))


def _hearers(fact: str) -> list[str]:
    return [name for name, package in SERVICES.items() if _hears(package, fact)]


def _hears(package: str, fact: str) -> bool:
    names = import_module(f"{package}.handlers").handlers.names
    return fact in names or "*.*" in names
