"""The invariants of time: what was charged for which days, what was given back, and who is late."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

from tests.chaos.evidence import Evidence, Row

PERIODIC = "subscription_id IS NOT NULL AND from_on IS NOT NULL AND code IN ('first_period', 'recurring')"

Days = dict[str, Counter[date]]


def i4_one_invoice_per_period(evidence: Evidence) -> Iterator[str]:
    """
    Every day a service is charged up to was charged once and no other day was; document numbers have no gap.

    A service is one whatever replaced it: another plan, or the copy that waits while a customer is inactive.
    The days nobody was served in between may have been billed ahead (docs/algorithms/dunning.md).
    """
    first = _first(evidence)
    charged, (wanted, between) = _charged(evidence, first), _wanted(evidence, first)
    for service in sorted(charged.keys() | wanted.keys()):
        had, should = charged[service], wanted[service]
        for what, days in (
            ("twice or unasked", had - should - between[service]),
            ("not at all", should - had),
        ):
            if days:
                yield f"{service} is charged {what}: {len(days)} days from {min(days)}"
    for table in ("invoices", "credit_notes"):
        numbers = evidence.rows("billing", f"SELECT partner_id, number FROM {table}")
        yield from (f"{table}: {gap}" for gap in _gaps(numbers))


def i4_nothing_left_out(evidence: Evidence) -> Iterator[str]:
    """
    Nobody is still due on a day whose run is done, and no prepaid service goes on without being paid.

    Whoever came back by paying after the run of the day was made is billed with the next day's.
    """
    left_out = (
        "SELECT a.customer_id, r.cut_off_on FROM billing_accounts a"
        " JOIN billing_runs r ON r.partner_id = a.partner_id AND r.mode = 'issue' AND r.state = 'done'"
        " WHERE a.next_bill_on <= r.cut_off_on AND a.billing_type = 'recurring' AND a.dunning <> 'inactive'"
        " AND NOT EXISTS (SELECT 1 FROM billing_runs o WHERE o.state IN ('filling', 'running'))"
        " AND NOT EXISTS (SELECT 1 FROM dunning_events e WHERE e.customer_id = a.customer_id"
        " AND e.old = 'inactive' AND e.at >= r.created_at)"
    )
    for row in evidence.rows("billing", left_out):
        yield f"{row['customer_id']} was not billed in the run of {row['cut_off_on']}"
    unpaid = (
        "SELECT s.id, s.charged_through FROM subscriptions s"
        " JOIN billing_accounts a ON a.customer_id = s.customer_id"
        " WHERE s.status = 'active' AND s.bundle_id IS NULL AND s.charged_through <= :today"
        " AND s.ends_on IS NULL AND a.billing_type IN ('prepaid', 'prepaid_daily')"
    )
    for row in evidence.rows("billing", unpaid, today=evidence.today().isoformat()):
        yield f"{row['id']} is prepaid, active, and paid until {row['charged_through']} only"


def i12_credit_notes(evidence: Evidence) -> Iterator[str]:
    """
    A credit is what its days cost, no line gives back more than it charged, and no money leaves twice.
    """
    given: Counter[str] = Counter()
    lines = evidence.by("billing", "id", "SELECT * FROM invoice_lines")
    for note in evidence.rows("billing", "SELECT * FROM credit_note_lines"):
        line = lines[note["invoice_line_id"]]
        given[line["id"]] += note["amount_minor"]
        if note["from_on"] and note["amount_minor"] != _worth(line, note, left=line["amount_minor"]):
            whole = given[line["id"]] == line["amount_minor"]  # the last of a line takes what is left
            if not whole:
                yield f"{note['credit_note_id']} gives {note['amount_minor']} for {note['days']} days"
    for id, amount in given.items():
        if not amount == lines[id]["credited_minor"] <= lines[id]["amount_minor"]:
            yield f"{amount} of line {id} of {lines[id]['amount_minor']} was given back"
    yield from _approved(evidence)
    yield from _refunded(evidence)


def i14_dunning(evidence: Evidence) -> Iterator[str]:
    """
    The steps of each account follow one another, each once; none is overdue; the customer's status follows.
    """
    last: dict[str, Row] = {}
    events = "SELECT * FROM dunning_events ORDER BY customer_id, seq"
    for event in evidence.rows("billing", events):
        before = last.get(event["customer_id"])
        expected = (before["seq"] + 1, before["new"]) if before else (event["seq"], "clear")
        if (event["seq"], event["old"]) != expected or event["old"] == event["new"]:
            yield f"step {event['seq']} of {event['customer_id']} goes from {event['old']} to {event['new']}"
        last[event["customer_id"]] = event
    people = evidence.by("customers", "id", "SELECT id, status, status_reason FROM customers")
    accounts = "SELECT customer_id, dunning, dunning_next_on FROM billing_accounts"
    for account in evidence.rows("billing", accounts):
        id, state = account["customer_id"], account["dunning"]
        if state != (last[id]["new"] if id in last else "clear"):
            yield f"{id} is {state} and no step says so"
        if account["dunning_next_on"] and evidence.day(account["dunning_next_on"]) < evidence.today():
            yield f"the step of {id} on {account['dunning_next_on']} was not taken"
        status = (people[id]["status"], people[id]["status_reason"])
        if (state == "blocked") != (status == ("blocked", "auto")) and status[1] == "auto":
            yield f"{id} is {state} for billing and {status[0]} for customers"


def _first(evidence: Evidence) -> dict[str, str]:
    """
    Return by subscription which one it replaces, or the one that replaced, and so on to the first.
    """
    rows = evidence.rows("billing", "SELECT id, parent_id FROM subscriptions ORDER BY created_at, id")
    found: dict[str, str] = {}
    for row in rows:
        found[row["id"]] = found.get(row["parent_id"], row["id"])
    return found


def _charged(evidence: Evidence, first: dict[str, str]) -> Days:
    """
    Return for each service which days are charged and not given back, and how often.
    """
    days: Days = defaultdict(Counter)
    columns = "subscription_id, from_on, until_on"
    for query in (
        f"SELECT {columns} FROM invoice_lines WHERE {PERIODIC}",
        f"SELECT {columns} FROM charges WHERE {PERIODIC} AND status = 'pending'",
    ):
        for row in evidence.rows("billing", query):
            days[first[row["subscription_id"]]].update(_days(evidence, row["from_on"], row["until_on"]))
    back = (
        "SELECT l.subscription_id, n.from_on, n.until_on FROM credit_note_lines n"
        f" JOIN (SELECT id, subscription_id FROM invoice_lines WHERE {PERIODIC}) l"
        " ON l.id = n.invoice_line_id WHERE n.from_on IS NOT NULL"
    )
    for row in evidence.rows("billing", back):
        days[first[row["subscription_id"]]].subtract(_days(evidence, row["from_on"], row["until_on"]))
    return defaultdict(Counter, {id: +counted for id, counted in days.items()})


def _wanted(evidence: Evidence, first: dict[str, str]) -> tuple[Days, Days]:
    """
    Return for each service the days it had a price, up to the day it is charged through, and those between
    the end of one subscription and the start of the one that replaced it.
    """
    days: Days = defaultdict(Counter)
    between: Days = defaultdict(Counter)
    query = (
        "SELECT s.id, s.charged_through, g.from_on, g.until_on FROM subscriptions s"
        " JOIN segments g ON g.subscription_id = s.id"
        " WHERE s.bundle_id IS NULL AND s.charged_through IS NOT NULL AND s.interval_months > 0"
        " ORDER BY g.from_on"
    )
    last: dict[str, tuple[str, date]] = {}
    for row in evidence.rows("billing", query):
        service, through = first[row["id"]], evidence.day(row["charged_through"])
        until = min(evidence.day(row["until_on"] or through), through)
        days[service].update(_days(evidence, row["from_on"], until))
        before, ended = last.get(service, (row["id"], through))
        if before != row["id"]:
            between[service].update(_days(evidence, ended, row["from_on"]))
        last[service] = row["id"], until
    return days, between


def _days(evidence: Evidence, start: object, end: object) -> list[date]:
    first = evidence.day(start)
    return [first + timedelta(days=n) for n in range((evidence.day(end) - first).days)]


def _worth(line: Row, note: Row, *, left: int) -> int:
    whole = line["price_minor"] * line["quantity"] * (10_000 - line["discount_basis_points"]) * note["days"]
    parts = line["nominal_days"] * 10_000
    return min((2 * whole + parts) // (2 * parts), left)


def _approved(evidence: Evidence) -> Iterator[str]:
    """
    What was paid and begins later gives back the days before, as many as there are.
    """
    query = (
        "SELECT id, starts_on, confirmed_start_on, credited_days FROM orders"
        " WHERE mode = 'payment' AND status = 'active' AND confirmed_start_on IS NOT NULL"
    )
    for order in evidence.rows("billing", query):
        late = (evidence.day(order["confirmed_start_on"]) - evidence.day(order["starts_on"])).days
        if order["credited_days"] != late:
            yield f"order {order['id']} began {late} days late and got {order['credited_days']} back"


def _refunded(evidence: Evidence) -> Iterator[str]:
    """
    What we say went back to a card is what the provider gave back, and not more than was paid.
    """
    charges = evidence.by("sandbox-payments", "reference", "SELECT reference, amount, refunded FROM charges")
    ours = (
        "SELECT payment_id, SUM(amount_minor) AS total FROM refunds"
        " WHERE way = 'card' AND status = 'succeeded' GROUP BY payment_id"
    )
    sent = {row["payment_id"]: int(row["total"]) for row in evidence.rows("billing", ours)}
    for id, charge in charges.items():
        if charge["refunded"] != sent.get(id, 0) or charge["refunded"] > charge["amount"]:
            yield f"of payment {id} {charge['refunded']} went back, and we say {sent.get(id, 0)}"
    waiting = "SELECT id, order_id FROM refunds WHERE status = 'pending'"
    for refund in evidence.rows("billing", waiting):
        yield f"refund {refund['id']} of order {refund['order_id']} is still on its way"


def _gaps(documents: list[Row]) -> Iterator[str]:
    series: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in documents:
        series[row["partner_id"], row["number"][:-6]].append(int(row["number"][-6:]))
    for name, counted in series.items():
        if sorted(counted) != list(range(1, len(counted) + 1)):
            yield f"series {name} has {sorted(counted)}"
