"""
The shape of the broker: one exchange of facts, two queues per service, and the limits of both engines.

Code declares names only; limits are policy, because arguments of a queue cannot be changed later. The
embedded bus reads them here; RabbitMQ loads ``deploy/rabbitmq/definitions.json``, written from here.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

EXCHANGE = "ledgerline.events"
VHOST = "ledgerline"
SERVICES = ("customers", "catalog", "billing", "tickets", "portal-gateway")

DELIVERY_LIMIT = (
    5  # returns to the queue; the sixth delivery that is not acknowledged goes to the dead letters
)
MAX_LENGTH = 1_000_000  # facts waiting in one queue, after which publishers are refused

EVENTS, DEAD = ".events", ".dead"


def queue_name(service: str) -> str:
    """
    Return the queue of facts for *service*.
    """
    return service + EVENTS


def dead_name(service: str) -> str:
    """
    Return the queue of what *service* could not take, for a person to look at.
    """
    return service + DEAD


def dead_letters_of(queue: str) -> str | None:
    """
    Return where messages of *queue* go that were returned too often; None: nowhere.
    """
    return dead_name(queue.removesuffix(EVENTS)) if queue.endswith(EVENTS) else None


def limits(service: str) -> dict[str, object]:
    """
    Return the policy of the queue of *service*, in RabbitMQ's words.
    """
    return {
        "dead-letter-exchange": "",
        "dead-letter-routing-key": dead_name(service),
        "dead-letter-strategy": "at-least-once",
        "delivery-limit": DELIVERY_LIMIT,
        "max-length": MAX_LENGTH,
        "overflow": "reject-publish",
    }


def definitions(
    services: Sequence[str] = SERVICES, *, vhost: str = VHOST, passwords: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """
    Return the document RabbitMQ loads at its start; with *passwords*, one user per service that may
    configure nothing, write only facts of its own and read only its own queues.
    """
    document: dict[str, Any] = {
        "vhosts": [{"name": vhost}],
        "exchanges": [_durable(EXCHANGE, vhost, type="topic", internal=False)],
        "queues": [_quorum(name, vhost) for service in services for name in _queues(service)],
        "policies": [_policy(service, vhost) for service in services],
    }
    if passwords:
        document["users"] = [
            {"name": service, "password": passwords[service], "tags": []} for service in services
        ]
        document["permissions"] = [_permission(service, vhost) for service in services]
        document["topic_permissions"] = [_topic_permission(service, vhost) for service in services]
    return document


def definitions_json() -> str:
    """
    Return the committed file ``deploy/rabbitmq/definitions.json``.
    """
    return json.dumps(definitions(), indent=2) + "\n"


def _queues(service: str) -> tuple[str, str]:
    return queue_name(service), dead_name(service)


def _durable(name: str, vhost: str, **more: object) -> dict[str, object]:
    return {
        "name": name,
        "vhost": vhost,
        "durable": True,
        "auto_delete": False,
        "arguments": {},
        **more,
    }


def _quorum(name: str, vhost: str) -> dict[str, object]:
    return _durable(name, vhost, arguments={"x-queue-type": "quorum"})


def _policy(service: str, vhost: str) -> dict[str, object]:
    return {
        "vhost": vhost,
        "name": queue_name(service),
        "pattern": f"^{_literal(queue_name(service))}$",
        "apply-to": "queues",
        "priority": 1,
        "definition": limits(service),
    }


def _permission(service: str, vhost: str) -> dict[str, str]:
    own = "|".join(_literal(name) for name in _queues(service))
    everything = _literal(EXCHANGE)
    return {
        "user": service,
        "vhost": vhost,
        "configure": "^$",
        "write": f"^({everything}|{own})$",
        "read": f"^({everything}|{own})$",
    }


def _topic_permission(service: str, vhost: str) -> dict[str, str]:
    owner = service.removesuffix("-gateway")
    return {"user": service, "vhost": vhost, "exchange": EXCHANGE, "write": f"^{owner}\\.", "read": ".*"}


def _literal(name: str) -> str:
    return name.replace(".", "\\.")
