"""F35 and F27: the broker is not there, or dies, and nothing is lost."""

from collections.abc import Iterator

import pytest

from tests.chaos.run import Laboratory, laboratory

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.rabbitmq,
    pytest.mark.postgres,
    pytest.mark.timeout(240),
]

BROKER = "rabbitmq"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    lab = laboratory(tmp_path_factory.mktemp("broker"), engines="full")
    yield lab
    lab.close()
    lab.installation.stop()


def test_f35_services_start_without_a_broker_and_tell_later(lab: Laboratory) -> None:
    lab.installation.halt(BROKER)
    for name in ("billing", "billing-worker", "customers-worker", "portal-gateway"):
        lab.installation.restart(name)

    paid = lab.order("postpaid")
    unsent = lab.evidence.rows("billing", "SELECT COUNT(*) AS n FROM outbox WHERE published_at IS NULL")
    lab.installation.resume(BROKER)
    _, violated = lab.settle(within=30)

    assert lab.statuses([paid]) == ["active"]
    assert unsent[0]["n"] > 0
    assert violated == []


def test_f27_a_killed_broker_loses_nothing(lab: Laboratory) -> None:
    first = lab.order("postpaid")
    lab.installation.kill(BROKER)
    second = lab.order("prepaid")
    _, violated = lab.settle(within=45)

    assert lab.statuses([first, second]) == ["active", "active"]
    assert violated == []


def test_f16_a_dying_tickets_worker_opens_one_ticket_on_a_real_broker(lab: Laboratory) -> None:
    lab.installation.kill("tickets-worker")
    asked = lab.order("requestonly", mode="request")
    _, violated = lab.settle(within=30)

    assert lab.statuses([asked]) == ["awaiting_approval"]
    assert violated == []
