"""A subscriber orders a plan, pays, and sees it active seconds later."""

from billing.clients.fake_provider import Knob
from tests.journeys.world import World


def test_a_subscriber_orders_pays_and_has_it(world: World) -> None:
    elena = world.sign_in("prepaid")
    quote = elena.quote("Fibre 500", "Router")

    order = elena.post(
        "/orders",
        {"quote_id": quote["id"], "payment": {"payment_method_id": elena.card("4242")}},
        key="once",
    )

    assert order["status"] == "active"
    assert order["payment"]["label"] == "Successful"
    assert order["payment"]["amount"] == quote["due_now"] == order["total"]
    names = {(each["plan"]["name"], each["status"]) for each in elena.get("/services")["items"]}
    assert ("Fibre 500", "active") in names
    assert elena.get("/basket")["count"] == 0
    invoice = elena.get("/invoices")["items"][0]
    assert (invoice["status"], invoice["total"]) == ("paid", quote["due_now"])


def test_pressing_twice_charges_once(world: World) -> None:
    elena = world.sign_in("prepaid")
    body = {"quote_id": elena.quote("Fibre 500")["id"], "payment": {"payment_method_id": elena.card("4242")}}

    first = elena.post("/orders", body, key="same")
    second = elena.post("/orders", body, key="same")

    assert first["id"] == second["id"]
    assert len(world.provider.payments) == 1


def test_a_declined_card_keeps_the_basket_and_can_be_tried_again(world: World) -> None:
    elena = world.sign_in("prepaid")
    world.provider.knob = Knob.DECLINE
    order = elena.order("Fibre 500")
    assert (order["status"], order["payment"]["label"]) == ("failed", "Failed")
    assert elena.get("/basket")["count"] == 1

    world.provider.knob = Knob.SUCCEED
    body = {"order_id": order["id"], "payment": {"payment_method_id": elena.card("4242")}}
    payment = elena.post("/payments", body, key=elena.new_key())

    assert payment["label"] == "Successful"
    assert elena.get(f"/orders/{order['id']}")["status"] == "active"


def test_a_bank_that_does_not_answer_leaves_the_order_pending(world: World) -> None:
    elena = world.sign_in("prepaid")
    world.provider.knob = Knob.PEND

    order = elena.order("Fibre 500")

    assert (order["status"], order["payment"]["label"]) == ("paying", "Pending")
    assert elena.get("/services")["items"] == [] or all(
        each["status"] != "active" or each["plan"]["name"] != "Fibre 500"
        for each in elena.get("/services")["items"]
    )


def test_the_first_active_service_makes_a_new_customer_active(world: World) -> None:
    robert = world.sign_in("postpaid")
    assert robert.get("/home")["account"]["status"] == "new"

    robert.order("Fibre 300")

    world.until(lambda: robert.get("/home")["account"]["status"] == "active", "Robert is active")
