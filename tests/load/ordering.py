"""
Twenty orders a second through the portal's API: how soon each is answered, and shown as active once paid.

Quotes are made beforehand, with billing. Measured is ``POST /orders`` at the gateway, from the instant the
order was due; the gateway places it and waits up to four seconds for the payment to be settled.
"""

import json
import secrets
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any

from sqlalchemy import select

from billing.clients.sandbox.records import Charge
from billing.models import Payment, Plan
from deploy.local.installation import Installation
from deploy.local.services import PAYMENTS
from shared import clock
from shared.db import Database
from tests.load.crowd import Desk, Person, fill_baskets, gather, insist
from tests.load.figures import Figure, percentile, spread
from tests.load.processes import Meter

RATE, SECONDS = 20, 30
ALONE = 10
AT_ONCE = 64
QUOTES_AT_ONCE = 4
LOOK_EVERY_SECONDS, LOOK_SECONDS = 0.05, 10.0
LATEST_SECONDS = 10.0  # an order that is still waiting for a free line then is given up
FIBRE = "plan_00000000000000000000000101"


@dataclass(frozen=True)
class Outcome:
    """
    What became of one order; *active_at* is real time (seconds), None when it was not active in time.

    One that was refused or never sent counts as answered after the longest time; *refusal* says why.
    """

    order_id: str = ""
    answered_ms: float = LATEST_SECONDS * 1000
    active_at: float | None = None
    refusal: str = ""


@dataclass(frozen=True)
class Due:
    """
    One order to be sent: who orders, and what was quoted.
    """

    person: Person
    quote: dict[str, Any]


def ordering(ledgerline: Installation, engine: str) -> Iterator[Figure]:
    """
    Measure f1 and f2, beside the same orders sent one at a time.
    """
    people = gather(ledgerline, RATE * SECONDS + ALONE)  # one order each: a customer has one basket
    due = _quoted(ledgerline, people)
    fill_baskets(ledgerline, {one.person.customer_id: one.quote for one in due})
    url = ledgerline.urls["portal-gateway"]
    alone = [_order(url, one, time.monotonic()) for one in due[:ALONE]]
    meter = Meter(ledgerline.pids())
    crowded = _send(url, due[ALONE:])
    words = f"{_summary(crowded)}; CPU an order: {meter.words(len(crowded))}"
    for id, share, ours, lone in (
        ("f1", 0.95, [one.answered_ms for one in crowded], [one.answered_ms for one in alone]),
        ("f2", 0.99, _after_payment(ledgerline, crowded), _after_payment(ledgerline, alone)),
    ):
        yield Figure(
            id=id,
            engine=engine,
            value=percentile(ours, share),
            compared_with="the median order sent alone, before",
            compared_value=percentile(lone, 0.5),
            note=f"{spread(ours)}; {words}",
        )


def _summary(outcomes: Sequence[Outcome]) -> str:
    active = sum(one.active_at is not None for one in outcomes)
    refusals = Counter(one.refusal for one in outcomes if one.refusal)
    return ", ".join(
        [f"{active} of {len(outcomes)} active", *(f"{n} {words}" for words, n in refusals.items())]
    )


def _quoted(ledgerline: Installation, people: Sequence[Person]) -> list[Due]:
    desk, url = Desk(ledgerline), ledgerline.urls["billing"] + "/api/v1/quotes"
    item = {"plan_id": FIBRE, "version": _version(ledgerline), "quantity": 1}
    body = {"kind": "order", "items": [item], "billing_type": "recurring", "timezone": "Europe/Dublin"}
    with ThreadPoolExecutor(QUOTES_AT_ONCE) as pool:
        return list(pool.map(lambda person: _quote(url, body, desk, person), people))


def _version(ledgerline: Installation) -> int:
    with Database(ledgerline.database_urls["billing"]).read() as session:
        return session.get_one(Plan, FIBRE).version


def _quote(url: str, body: object, desk: Desk, person: Person) -> Due:
    headers = {"Authorization": desk.bearer("billing", person.customer_id)}
    return Due(person, insist(url, body, headers))


def _send(url: str, due: Sequence[Due]) -> list[Outcome]:
    start = time.monotonic() + 0.2
    with ThreadPoolExecutor(AT_ONCE) as pool:
        planned = [(one, start + n / RATE) for n, one in enumerate(due)]
        return list(pool.map(lambda plan: _order(url, *plan), planned))


def _order(url: str, due: Due, at: float) -> Outcome:
    time.sleep(max(0.0, at - time.monotonic()))
    if time.monotonic() > at + LATEST_SECONDS:
        return Outcome(refusal="not sent in time")
    with closing(HTTPConnection(url.removeprefix("http://"), timeout=30)) as http:
        headers = {"Authorization": due.person.bearer}
        body = {"quote_id": due.quote["id"], "payment": {"payment_method_id": due.person.card_id}}
        keyed = headers | {"Idempotency-Key": secrets.token_hex(8), "Content-Type": "application/json"}
        status, answer = _ask(http, "POST", "/api/v1/orders", keyed, json.dumps(body))
        answered = (time.monotonic() - at) * 1000
        if status >= 400:
            return Outcome(refusal=f"{status} {answer.get('code')}")
        active = _seen_active(http, f"/api/v1/orders/{answer['id']}", headers, answer["status"])
        return Outcome(answer["id"], answered, active)


def _ask(
    http: HTTPConnection, method: str, path: str, headers: dict[str, str], body: str | None = None
) -> tuple[int, Any]:
    # Without a library for it: what asks shares the processor with what is measured.
    http.request(method, path, body, headers)
    answer = http.getresponse()
    return answer.status, json.loads(answer.read())


def _seen_active(http: HTTPConnection, path: str, headers: dict[str, str], status: str) -> float | None:
    end = time.monotonic() + LOOK_SECONDS
    while status != "active" and time.monotonic() < end:
        time.sleep(LOOK_EVERY_SECONDS)
        status = _ask(http, "GET", path, headers)[1].get("status", "")
    return clock.real_now().timestamp() if status == "active" else None


def _after_payment(ledgerline: Installation, outcomes: Sequence[Outcome]) -> list[float]:
    """
    Return the milliseconds from the provider's charge to active; an order that never got there counts whole.
    """
    paid = _paid_at(ledgerline)
    never = LOOK_SECONDS * 1000
    return [
        (one.active_at - paid[one.order_id]) * 1000 if one.active_at and one.order_id in paid else never
        for one in outcomes
    ]


def _paid_at(ledgerline: Installation) -> dict[str, float]:
    with Database(ledgerline.database_urls["billing"]).read() as session:
        orders = dict(session.execute(select(Payment.id, Payment.order_id)).tuples().all())
    with Database(ledgerline.database_urls[PAYMENTS]).read() as session:
        charges = session.execute(select(Charge.reference, Charge.created_at)).tuples().all()
    return {order: at.timestamp() for reference, at in charges if (order := orders.get(reference))}
