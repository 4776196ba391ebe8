"""
Troubles that are not one process dying at one point: each happens in a laboratory, and must leave it well.

F19, F23, F25, F56, F60, F61, F64, F65 on any engines, F27 and F35 on a broker of its own.
"""

import json
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import requests

from shared.bus.broker import connect, parcel, publish_batch
from shared.contracts.envelope import Envelope
from tests.chaos.run import Laboratory
from tests.chaos.subscriber import Subscriber

WEBHOOKS = "/api/v1/webhooks/sandbox"
BROKER = "rabbitmq"


@dataclass(frozen=True)
class Trouble:
    """
    *happen* makes it and asserts what must hold. *engines* it needs: any, or full.
    """

    name: str
    happen: Callable[[Laboratory], None]
    engines: str = "any"


@contextmanager
def turned(lab: Laboratory, **knobs: float) -> Iterator[None]:
    """
    Have the payment provider misbehave during the block.
    """
    keys = json.loads((lab.installation.root / "keys" / "payments.json").read_text())
    url = lab.installation.urls["sandbox-payments"] + "/v1/knobs"
    headers = {"Authorization": f"Bearer {keys['PAYMENTS_API_KEY']}"}
    requests.put(url, json=knobs, headers=headers, timeout=20).raise_for_status()
    try:
        yield
    finally:
        requests.put(url, json=dict.fromkeys(knobs, 0), headers=headers, timeout=20).raise_for_status()


def charges(lab: Laboratory, order_id: str) -> int:
    """
    Return how often the provider took money for an order.
    """
    payments = lab.evidence.rows("billing", "SELECT id FROM payments WHERE order_id = :order", order=order_id)
    taken = lab.evidence.rows("sandbox-payments", "SELECT reference FROM charges WHERE status = 'succeeded'")
    return len({row["id"] for row in payments} & {row["reference"] for row in taken})


def everything_dies(lab: Laboratory) -> None:
    """
    F19: every process of ours dies while orders are made; all of them arrive.
    """
    people = [lab.person(login) for login in ("postpaid", "prepaid")]
    ours = [name for name in lab.installation.pids() if name.removesuffix("-worker") in lab.installation.urls]

    def order_five(person: Subscriber) -> list[str]:
        return [person.order() for _ in range(5)]

    with ThreadPoolExecutor() as pool:
        bursts = [pool.submit(order_five, person) for person in people]
        for name in ours:
            lab.installation.kill(name)
        made = [order for burst in bursts for order in burst.result()]
    lab.accepted += made
    _, wrong = lab.settle()

    assert wrong == []
    assert lab.statuses(made) == ["active"] * 10


def told_again(lab: Laboratory) -> None:
    """
    F25: every fact of billing is told three times more, and changes nothing.
    """
    lab.order("requestonly", mode="request")
    lab.settle()
    before = lab.evidence.rows("tickets", "SELECT COUNT(*) AS n FROM messages")
    told = lab.evidence.rows("billing", "SELECT payload FROM outbox ORDER BY seq")
    parcels = [parcel(Envelope.load(bytes(row["payload"]))) for row in told]

    with connect(lab.installation.bus_url) as connection:
        for _ in range(3):
            publish_batch(connection, parcels)
    _, wrong = lab.settle()

    assert wrong == []
    assert lab.evidence.rows("tickets", "SELECT COUNT(*) AS n FROM messages") == before


def twenty_clicks(lab: Laboratory) -> None:
    """
    F56: twenty clicks at once make one order.
    """
    person, key = lab.person("postpaid"), secrets.token_hex(8)
    body = person.ready_to_confirm()

    with ThreadPoolExecutor(20) as pool:
        orders = {each.result() for each in [pool.submit(person.confirm, body, key=key) for _ in range(20)]}
    _, wrong = lab.settle()

    assert len(orders) == 1
    assert wrong == []
    assert charges(lab, orders.pop()) == 1


def misbehaving(**knobs: float) -> Callable[[Laboratory], None]:
    """
    Return the trouble of a provider with these *knobs* turned: it is paid once, and never shown as failed.
    """

    def happen(lab: Laboratory) -> None:
        with turned(lab, **knobs):
            order_id = lab.order("postpaid")
            shown = lab.person("postpaid").status(order_id)
            _, wrong = lab.settle()

        assert shown in ("active", "paying"), "shown as failed while nobody knows"
        assert wrong == []
        assert lab.statuses([order_id]) == ["active"]
        assert charges(lab, order_id) == 1

    return happen


def forged_webhooks(lab: Laboratory) -> None:
    """
    F65: a webhook nobody signed is refused, and not kept.
    """
    url = lab.installation.urls["billing"] + WEBHOOKS
    body = {"id": "evt_forged", "type": "payment.succeeded", "data": {"reference": "pay_1"}}

    for signature in ("", "t=1,v1=00", "t=9999999999,v1=" + "0" * 64):
        answer = requests.post(url, json=body, headers={"Sandbox-Signature": signature}, timeout=10)
        assert answer.status_code == 400

    assert lab.evidence.rows("billing", "SELECT id FROM webhook_receipts WHERE id = 'evt_forged'") == []


def nonsense(lab: Laboratory) -> None:
    """
    F23: what cannot be read is parked, stops nobody.
    """
    told = "SELECT payload FROM outbox WHERE type = 'billing.order_changed'"
    good = json.loads(bytes(lab.evidence.rows("billing", told)[0]["payload"]))
    event = f"evt_{secrets.token_hex(4)}"
    broken = good | {"id": event, "data": {"nonsense": True}}

    with connect(lab.installation.bus_url) as connection:
        publish_batch(connection, [parcel(Envelope.load(json.dumps(broken).encode()))])
    order_id = lab.order("postpaid")
    lab.until(lambda: lab.statuses([order_id]) == ["active"], "the order is paid")
    parked = "SELECT 1 FROM inbox WHERE state = 'parked' AND event_id = :event"
    lab.until(lambda: lab.evidence.rows("tickets", parked, event=event), "it is parked")


def no_broker_at_the_start(lab: Laboratory) -> None:
    """
    F35: services start without a broker, take orders, and tell later.
    """
    lab.installation.halt(BROKER)
    for name in ("billing", "billing-worker", "customers-worker", "portal-gateway"):
        lab.installation.restart(name)

    paid = lab.order("postpaid")
    unsent = lab.evidence.rows("billing", "SELECT COUNT(*) AS n FROM outbox WHERE published_at IS NULL")
    lab.installation.resume(BROKER)
    _, wrong = lab.settle()

    assert wrong == []
    assert lab.statuses([paid]) == ["active"]
    assert unsent[0]["n"] > 0


def broker_dies(lab: Laboratory) -> None:
    """
    F27: a killed broker loses nothing.
    """
    first = lab.order("postpaid")
    lab.installation.kill(BROKER)
    second = lab.order("prepaid")
    _, wrong = lab.settle()

    assert wrong == []
    assert lab.statuses([first, second]) == ["active", "active"]


def tickets_dies(lab: Laboratory) -> None:
    """
    F16: a dying tickets worker opens one ticket.
    """
    lab.installation.kill("tickets-worker")
    asked = lab.order("requestonly", mode="request")
    _, wrong = lab.settle()

    assert wrong == []
    assert lab.statuses([asked]) == ["awaiting_approval"]


BROKER_TROUBLES = (
    Trouble("F35-no-broker-at-the-start", no_broker_at_the_start, "full"),
    Trouble("F27-broker-dies", broker_dies, "full"),
    Trouble("F16-tickets-dies", tickets_dies, "full"),
)
TROUBLES = (
    Trouble("F19-everything-dies", everything_dies),
    Trouble("F25-facts-told-again", told_again),
    Trouble("F56-twenty-clicks", twenty_clicks),
    Trouble("F60-timeout-after-the-charge", misbehaving(hang_after_charge=6)),
    Trouble("F61-timeout-before-the-charge", misbehaving(hang_before_charge=6)),
    Trouble("F64-webhook-before-the-answer", misbehaving(hang_after_charge=2)),
    Trouble("F65-webhooks-doubled-and-reordered", misbehaving(duplicate_webhooks=4, reorder_webhooks=1)),
    Trouble("F65-forged-webhooks", forged_webhooks),
)
LAST = Trouble("F23-nonsense", nonsense)
"""It leaves something parked, which is a violation to every invariant after it."""
