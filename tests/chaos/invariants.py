"""
The invariants of reliability.md 2.1, as SQL over all databases: each returns what violates it, in words.

I1 no double charge, I2 no lost order, I3 ledger zero, I4 one invoice per period and gapless numbers, I5 every
fact handled once, I6 every ticket kept, I7 paid means active, I8 projections agree.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module

from tests.chaos.evidence import Evidence

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
    "awaiting_approval",
    "action_required",
}


def violations(evidence: Evidence, accepted: Iterable[str]) -> list[str]:
    """
    Return everything that is not as it must be; *accepted* are the orders the portal said yes to.
    """
    found = [f"{check.__name__}: {what}" for check in CHECKS for what in check(evidence)]
    return found + [f"i2_no_lost_order: {what}" for what in _lost(evidence, accepted)]


def i1_no_double_charge(evidence: Evidence) -> Iterator[str]:
    """
    At most one charge that was not given back per order, of exactly the order's total.
    """
    charges = evidence.by(
        "sandbox-payments",
        "reference",
        "SELECT reference, amount, refunded FROM charges WHERE status = 'succeeded'",
    )
    orders = evidence.by("billing", "id", "SELECT id, number, total_minor FROM orders")
    kept: dict[str, list[int]] = defaultdict(list)
    for payment in evidence.rows("billing", "SELECT id, order_id FROM payments"):
        charge = charges.pop(payment["id"], None)
        if charge and charge["refunded"] < charge["amount"]:
            kept[payment["order_id"]].append(charge["amount"])
    for order_id, amounts in kept.items():
        if len(amounts) > 1 or amounts[0] != orders[order_id]["total_minor"]:
            yield f"order {order_id} of {orders[order_id]['total_minor']} was charged {amounts}"
    for reference in charges:
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


def i4_one_invoice_per_period(evidence: Evidence) -> Iterator[str]:
    """
    One live invoice line per subscription and period; document numbers without a gap.
    """
    twice = (
        "SELECT subscription_id, from_on FROM invoice_lines"
        " WHERE subscription_id IS NOT NULL AND from_on IS NOT NULL AND credited_minor < amount_minor"
        " GROUP BY subscription_id, code, from_on HAVING COUNT(*) > 1"
    )
    for row in evidence.rows("billing", twice):
        yield f"{row['subscription_id']} is charged twice from {row['from_on']}"
    for table in ("invoices", "credit_notes"):
        numbers = sorted(row["number"] for row in evidence.rows("billing", f"SELECT number FROM {table}"))
        yield from (f"{table}: {gap}" for gap in _gaps(numbers))


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
    status = {
        row["id"]: row for row in evidence.rows("billing", "SELECT id, status, approval, mode FROM orders")
    }
    for payment in evidence.rows("billing", "SELECT id, order_id FROM payments WHERE status = 'succeeded'"):
        order = status[payment["order_id"]]["status"]
        if order not in ("active", "rejected", "refunded", "cancelled", "expired"):
            yield f"payment {payment['id']} succeeded and its order is {order}"
    for row in evidence.rows("billing", "SELECT id, order_id FROM subscriptions WHERE status = 'active'"):
        order = status[row["order_id"]]["status"]
        if order != "active":
            yield f"subscription {row['id']} is active and its order is {order}"
    paid = {
        row["order_id"]
        for row in evidence.rows("billing", "SELECT order_id FROM payments WHERE status = 'succeeded'")
    }
    for order_id, order in status.items():
        if order["status"] == "active" and order["mode"] == "payment" and order_id not in paid:
            yield f"order {order_id} is active and was never paid"


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
    i4_one_invoice_per_period,
    i5_every_fact_handled_once,
    i6_one_ticket_per_request,
    i7_paid_means_active,
    i8_projections_agree,
)


def _lost(evidence: Evidence, accepted: Iterable[str]) -> Iterator[str]:
    known = {row["id"] for row in evidence.rows("billing", "SELECT id FROM orders")}
    answers = Counter(accepted)
    for order_id, times in answers.items():
        if order_id not in known:
            yield f"order {order_id} was accepted and is gone"
        if times > 1:
            yield f"two requests got one order {order_id}"


def _gaps(numbers: list[str]) -> Iterator[str]:
    series: dict[str, list[int]] = defaultdict(list)
    for number in numbers:
        series[number[:-6]].append(int(number[-6:]))
    for name, counted in series.items():
        if counted != list(range(1, len(counted) + 1)):
            yield f"series {name} has {counted}"


def _hearers(fact: str) -> list[str]:
    return [name for name, package in SERVICES.items() if _hears(package, fact)]


def _hears(package: str, fact: str) -> bool:
    names = import_module(f"{package}.handlers").handlers.names
    return fact in names or "*.*" in names
