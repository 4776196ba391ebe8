"""One place says what the broker looks like; RabbitMQ's file is a copy of it."""

from pathlib import Path

from shared.bus.topology import (
    DELIVERY_LIMIT,
    SERVICES,
    dead_letters_of,
    definitions,
    definitions_json,
    queue_name,
)

COMMITTED = Path(__file__).parents[3] / "deploy" / "rabbitmq" / "definitions.json"


def test_the_committed_definitions_are_the_generated_ones() -> None:
    assert COMMITTED.read_text() == definitions_json()


def test_every_queue_of_facts_has_dead_letters_and_a_limit() -> None:
    policies = {policy["name"]: policy["definition"] for policy in definitions()["policies"]}

    assert sorted(policies) == sorted(queue_name(service) for service in SERVICES)
    for queue, limits in policies.items():
        assert limits["delivery-limit"] == DELIVERY_LIMIT
        assert limits["dead-letter-routing-key"] == dead_letters_of(queue)
        # At-least-once dead-lettering works only together with refusing publishers.
        assert limits["dead-letter-strategy"] == "at-least-once"
        assert limits["overflow"] == "reject-publish"


def test_dead_letters_have_no_dead_letters() -> None:
    assert dead_letters_of("billing.dead") is None


def test_the_exchange_has_no_alternate() -> None:
    (exchange,) = definitions()["exchanges"]

    assert exchange["arguments"] == {}


def test_a_service_may_tell_only_its_own_facts_and_configure_nothing() -> None:
    document = definitions(passwords=dict.fromkeys(SERVICES, "secret"))

    (billing,) = (one for one in document["permissions"] if one["user"] == "billing")
    (gateway,) = (one for one in document["topic_permissions"] if one["user"] == "portal-gateway")
    assert billing["configure"] == "^$"
    assert billing["read"] == r"^(ledgerline\.events|billing\.events|billing\.dead)$"
    assert gateway["write"] == r"^portal\."


def test_no_password_is_committed() -> None:
    assert "password" not in definitions_json()
