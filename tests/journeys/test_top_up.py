"""A prepaid service is paused for want of money, and a top-up from the portal brings it back."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from billing.clients.fake_provider import Knob
from customers.models import Message
from shared import clock
from shared.bus.outbox import outbox
from shared.contracts.envelope import Envelope
from shared.money import Money
from tests.journeys.world import World

TWENTY = {"amount": "20.00", "currency": "EUR"}


def services(elena: Any) -> list[str]:
    return [each["status"] for each in elena.get("/services")["items"]]


def money_facts(world: World) -> list[tuple[str, Any]]:
    """
    Return what billing told about money, the newest last: the fact and its amount.
    """
    with world.databases["billing"].read() as session:
        rows = session.scalars(select(outbox.c.payload).order_by(outbox.c.seq)).all()
    told = [Envelope.load(row) for row in rows]
    names = {"billing.payment_succeeded": "amount", "billing.balance_changed": "balance"}
    return [(each.type, each.data[names[each.type]]["amount"]) for each in told if each.type in names]


def test_a_declined_then_a_good_card_switch_a_paused_service_on(
    world: World, travel: Callable[[datetime], None]
) -> None:
    elena = world.sign_in("prepaid")
    elena.order("Mobile 5 GB")
    travel(clock.now() + timedelta(days=30))
    world.until(lambda: services(elena) == ["paused"], "Elena's service is paused")
    wallet = elena.get("/home")["wallet"]
    assert (wallet["needed"]["amount"], wallet["balance"]["amount"]) == ("10.00", "0.00")
    assert [each["amount"] for each in wallet["top_up"]["suggested"]] == ["10.00", "20.00", "40.00"]
    before = len(world.provider.taken())
    body = {"amount": TWENTY, "payment": {"payment_method_id": elena.card("4242")}}

    world.provider.knob = Knob.DECLINE
    failed = elena.post("/top-ups", body, key=elena.new_key())
    assert (failed["label"], failed["failure"]["code"]) == ("Failed", "card_declined")
    assert services(elena) == ["paused"]
    world.provider.knob = Knob.SUCCEED
    facts = len(money_facts(world))
    key = elena.new_key()
    first, again = (elena.post("/top-ups", body, key=key) for _ in range(2))

    assert (first["label"], first["id"]) == ("Successful", again["id"])
    world.until(lambda: services(elena) == ["active"], "Elena's service works again")
    assert world.provider.taken()[before:] == [Money.parse("20.00", "EUR")]
    wallet = elena.get("/wallet")
    assert (wallet["balance"]["amount"], wallet["needed"], wallet["days_left"]) == ("10.00", None, 60)
    assert money_facts(world)[facts:] == [
        ("billing.payment_succeeded", "20.00"),
        ("billing.balance_changed", "20.00"),
        ("billing.balance_changed", "10.00"),
    ]

    def receipt() -> Message | None:
        with world.databases["customers"].read() as session:
            return session.scalars(select(Message).where(Message.about == first["id"])).first()

    mail = world.until(receipt, "Elena has the receipt by mail")
    assert "€20.00" in mail.subject_line
    assert "It is on your balance." in mail.body
