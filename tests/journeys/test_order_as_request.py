"""A subscriber sends an order as a request and sees the ticket it became."""

from tests.journeys.world import World


def test_a_request_becomes_exactly_one_ticket(world: World) -> None:
    quay = world.sign_in("requestonly")

    order = quay.request("Fibre 500")

    assert order["status"] == "awaiting_approval"
    assert order["ticket_id"]
    tickets = [each for each in quay.get("/tickets")["items"] if each["order_id"] == order["id"]]
    assert len(tickets) == 1
    assert str(tickets[0]["number"]) == order["ticket_number"]
    assert "Fibre 500" in quay.get(f"/tickets/{order['ticket_id']}")["messages"][0]["body"]
    assert quay.get("/basket")["count"] == 0


def test_somebody_elses_order_and_ticket_do_not_exist(world: World) -> None:
    quay, robert = world.sign_in("requestonly"), world.sign_in("postpaid")
    order = quay.request("Fibre 500")

    for path in (f"/orders/{order['id']}", f"/tickets/{order['ticket_id']}"):
        answer = robert.client.get(f"/api/v1{path}", headers=robert.headers)
        assert answer.status_code == 404


def test_where_nothing_is_sold_nothing_is_offered(world: World) -> None:
    maria = world.sign_in("noplans")

    assert maria.get("/products")["items"] == []
