"""The faults of a quick run: where the process dies, and what the subscriber does meanwhile."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """
    *id* is its name in reliability.md 2.3; *process* dies at *point* while orders of *mode* are made
    (payment, request, newcomers: people whose first order makes them active customers).
    """

    id: str
    process: str
    point: str
    mode: str = "payment"

    @property
    def name(self) -> str:
        """
        How a test shows it.
        """
        return f"{self.id}-{self.point}"


KILLS = (
    Fault("F01", "portal-gateway", "gateway.order.before_billing"),
    Fault("F02", "portal-gateway", "gateway.order.after_billing"),
    Fault("F03", "portal-gateway", "gateway.order.waiting"),
    Fault("F04", "billing", "billing.place_order.before_commit"),
    Fault("F05", "billing", "billing.place_order.after_commit"),
    Fault("F06", "billing-worker", "billing.pay.before_provider"),
    Fault("F07", "billing-worker", "billing.pay.after_provider"),
    Fault("F08", "billing-worker", "billing.settle.inside"),
    Fault("F09", "billing-worker", "billing.settle.after_commit"),
    Fault("F10", "billing-worker", "billing.relay.after_publish"),
    Fault("F11", "billing-worker", "billing.relay.before_publish"),
    Fault("F12", "customers-worker", "customers.consumer.before_commit"),
    Fault("F13", "customers-worker", "customers.consumer.after_commit"),
    Fault("F14", "customers-worker", "customers.relay.before_publish", mode="newcomers"),
    Fault("F14", "customers-worker", "customers.relay.after_publish", mode="newcomers"),
    Fault("F15", "billing-worker", "billing.consumer.before_commit", mode="request"),
    Fault("F15", "billing-worker", "billing.consumer.after_commit", mode="request"),
    Fault("F15", "billing-worker", "billing.consumer.after_ack", mode="request"),
    Fault("F16", "tickets-worker", "tickets.consumer.before_commit", mode="request"),
    Fault("F16", "tickets-worker", "tickets.consumer.after_commit", mode="request"),
    Fault("F16", "tickets-worker", "tickets.consumer.after_ack", mode="request"),
)
