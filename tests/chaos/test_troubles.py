"""F19, F25, F56, F60, F61, F64, F65: troubles that are not one process dying at one point."""

import json
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from shared.bus.broker import connect, parcel, publish_batch
from shared.contracts.envelope import Envelope
from tests.chaos.run import Laboratory, laboratory
from tests.chaos.subscriber import Subscriber

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(180)]

WEBHOOKS = "/api/v1/webhooks/sandbox"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    lab = laboratory(tmp_path_factory.mktemp("troubles"))
    yield lab
    lab.close()
    lab.installation.stop()


@pytest.fixture
def turn(lab: Laboratory) -> Iterator["Knobs"]:
    knobs = Knobs(lab)
    yield knobs
    knobs(**dict.fromkeys(knobs.turned, 0))


class Knobs:
    """
    Makes the payment provider misbehave.
    """

    def __init__(self, lab: Laboratory) -> None:
        keys = json.loads((lab.installation.root / "keys" / "payments.json").read_text())
        self._url = lab.installation.urls["sandbox-payments"] + "/v1/knobs"
        self._headers = {"Authorization": f"Bearer {keys['PAYMENTS_API_KEY']}"}
        self.turned: set[str] = set()

    def __call__(self, **wanted: float) -> None:
        self.turned |= set(wanted)
        requests.put(self._url, json=wanted, headers=self._headers, timeout=20).raise_for_status()


def charges(lab: Laboratory, order_id: str) -> int:
    payments = lab.evidence.rows("billing", "SELECT id FROM payments WHERE order_id = :order", order=order_id)
    taken = lab.evidence.rows("sandbox-payments", "SELECT reference FROM charges WHERE status = 'succeeded'")
    return len({row["id"] for row in payments} & {row["reference"] for row in taken})


def test_f19_everything_dies_in_a_burst_and_all_orders_arrive(lab: Laboratory) -> None:
    people = [lab.person(login) for login in ("postpaid", "prepaid")]

    def order_five(person: Subscriber) -> list[str]:
        return [person.order() for _ in range(5)]

    with ThreadPoolExecutor() as pool:
        bursts = [pool.submit(order_five, person) for person in people]
        for name in lab.installation.pids():
            lab.installation.kill(name)
        lab.accepted += [order for burst in bursts for order in burst.result()]
    _, violated = lab.settle(within=30)

    assert violated == []
    assert lab.statuses(lab.accepted[-10:]) == ["active"] * 10


def test_f25_facts_told_again_and_again_change_nothing(lab: Laboratory) -> None:
    lab.order_four("request")
    lab.settle()
    before = lab.evidence.rows("tickets", "SELECT COUNT(*) AS tickets FROM messages")
    told = lab.evidence.rows("billing", "SELECT payload FROM outbox ORDER BY seq")
    parcels = [parcel(Envelope.load(bytes(row["payload"]))) for row in told]

    with connect(lab.installation.bus_url) as connection:
        for _ in range(3):
            publish_batch(connection, parcels)
    _, violated = lab.settle()

    assert violated == []
    assert lab.evidence.rows("tickets", "SELECT COUNT(*) AS tickets FROM messages") == before


def test_f56_twenty_clicks_at_once_make_one_order(lab: Laboratory) -> None:
    person, key = lab.person("postpaid"), secrets.token_hex(8)
    body = person.ready_to_confirm()

    with ThreadPoolExecutor(20) as pool:
        orders = {each.result() for each in [pool.submit(person.confirm, body, key=key) for _ in range(20)]}
    _, violated = lab.settle()

    assert len(orders) == 1
    assert violated == []
    assert charges(lab, orders.pop()) == 1


@pytest.mark.parametrize(
    ("case", "knobs"),
    [
        ("f60 timeout after the charge", {"hang_after_charge": 6}),
        ("f61 timeout before the charge", {"hang_before_charge": 6}),
        ("f64 webhook before the answer", {"hang_after_charge": 2}),
        ("f65 webhooks doubled and reordered", {"duplicate_webhooks": 4, "reorder_webhooks": 1}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_provider_that_misbehaves_is_paid_once(
    lab: Laboratory, turn: Knobs, case: str, knobs: dict[str, float]
) -> None:
    turn(**knobs)

    order_id = lab.order("postpaid")
    shown = lab.person("postpaid").status(order_id)
    _, violated = lab.settle(within=30)

    assert shown in ("active", "paying"), f"{case}: never shown as failed while the outcome is unknown"
    assert violated == []
    assert lab.statuses([order_id]) == ["active"]
    assert charges(lab, order_id) == 1


@pytest.mark.parametrize("signature", ["", "t=1,v1=00", "t=9999999999,v1=" + "0" * 64])
def test_f65_a_webhook_nobody_signed_is_refused_and_not_kept(lab: Laboratory, signature: str) -> None:
    body = {"id": "evt_forged", "type": "payment.succeeded", "data": {"reference": "pay_1"}}

    answer = requests.post(
        lab.installation.urls["billing"] + WEBHOOKS,
        json=body,
        headers={"Sandbox-Signature": signature},
        timeout=10,
    )

    assert answer.status_code == 400
    assert lab.evidence.rows("billing", "SELECT id FROM webhook_receipts WHERE id = 'evt_forged'") == []


def test_f23_what_cannot_be_read_is_parked_and_stops_nobody(lab: Laboratory) -> None:
    good = lab.evidence.rows("billing", "SELECT payload FROM outbox WHERE type = 'billing.order_changed'")[0][
        "payload"
    ]
    broken = json.loads(bytes(good)) | {"id": f"evt_{secrets.token_hex(4)}", "data": {"nonsense": True}}

    with connect(lab.installation.bus_url) as connection:
        publish_batch(connection, [parcel(Envelope.load(json.dumps(broken).encode()))])
    order_id = lab.order("postpaid")
    lab.settle(within=3)

    assert lab.statuses([order_id]) == ["active"]
    parked = lab.evidence.rows(
        "tickets", "SELECT state FROM inbox WHERE event_id = :event", event=broken["id"]
    )
    assert [row["state"] for row in parked] == ["parked"]
