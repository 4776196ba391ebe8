"""The faults: where which process dies, and what people do meanwhile (reliability.md 2.3)."""

from dataclasses import dataclass

RECOVERY_SECONDS = 10.0
# A request whose process died keeps its key until the lease is over; only then may it be sent again.
OF_A_KEYED_REQUEST = 20.0


@dataclass(frozen=True)
class Fault:
    """
    *id* is its name in reliability.md 2.3; *process* dies at *point* while people do what *story* tells
    (``stories.py``). All must be well *within* so many seconds of the death.
    """

    id: str
    process: str
    point: str
    story: str = "orders"
    within: float = RECOVERY_SECONDS

    @property
    def name(self) -> str:
        """
        How a table shows it.
        """
        return f"{self.id}-{self.point}"


def _at(
    id: str, process: str, *points: str, story: str = "orders", within: float = RECOVERY_SECONDS
) -> tuple[Fault, ...]:
    return tuple(Fault(id, process, point, story, within) for point in points)


WORKER = "billing-worker"
STATUS = "customers.status_changed"
ACTIVATED = "billing.subscription_activated"

GATEWAY = (
    *_at("F01", "portal-gateway", "gateway.order.before_billing", within=OF_A_KEYED_REQUEST),
    *_at("F02", "portal-gateway", "gateway.order.after_billing", within=OF_A_KEYED_REQUEST),
    *_at("F03", "portal-gateway", "gateway.order.waiting", within=OF_A_KEYED_REQUEST),
)
PLACING = (
    *_at("F04", "billing", "billing.place_order.before_commit"),
    *_at("F05", "billing", "billing.place_order.after_commit"),
)
PAYING = (
    *_at("F06", WORKER, "billing.pay.before_provider"),
    *_at("F07", WORKER, "billing.pay.after_provider"),
    *_at("F08", WORKER, "billing.settle.inside"),
    *_at("F09", WORKER, "billing.settle.after_commit"),
    *_at("F10", WORKER, "billing.relay.after_publish"),
    *_at("F11", WORKER, "billing.relay.before_publish"),
)
HEARING = (
    *_at("F12", "customers-worker", f"customers.consumer.before_commit@{ACTIVATED}", story="newcomers"),
    *_at("F13", "customers-worker", f"customers.consumer.after_commit@{ACTIVATED}", story="newcomers"),
    *_at("F14", "customers-worker", f"customers.relay.before_publish@{STATUS}", story="newcomers"),
    *_at("F14", "customers-worker", f"customers.relay.after_publish@{STATUS}", story="newcomers"),
    *_at("F15", WORKER, f"billing.consumer.before_commit@{STATUS}", story="newcomers"),
    *_at("F15", WORKER, f"billing.consumer.after_commit@{STATUS}", story="newcomers"),
    *_at("F15", WORKER, f"billing.consumer.after_ack@{STATUS}", story="newcomers"),
)
ASKING = tuple(
    fault
    for step in ("before_commit", "after_commit", "after_ack")
    for fault in _at(
        "F16", "tickets-worker", f"tickets.consumer.{step}@billing.order_requested", story="requests"
    )
)
APPROVING = (
    *_at("F17", "billing", "billing.approve_order.before_commit", story="approval"),
    *_at("F17", "billing", "billing.approve_order.after_commit", story="approval"),
    *_at("F17", WORKER, "billing.relay.before_publish@billing.credit_note_issued", story="approval"),
)
REJECTING = (
    *_at("F18", "billing", "billing.reject_order.before_commit", story="rejection"),
    *_at("F18", "billing", "billing.reject_order.after_commit", story="rejection"),
    *_at("F18", WORKER, "billing.refund.before_provider", story="rejection"),
    *_at("F18", WORKER, "billing.refund.after_provider", story="rejection"),
)
CHANGING = (
    *_at("plan-change", "billing", "billing.book_plan_change.before_commit", story="plan_change"),
    *_at("plan-change", WORKER, "billing.apply_plan_change.inside", story="plan_change"),
    *_at("plan-change", WORKER, "billing.apply_plan_change.before_commit", story="plan_change"),
    *_at("plan-change", WORKER, "billing.apply_plan_change.after_commit", story="plan_change"),
)
BILLING = (
    *_at("F71", WORKER, "billing.run.filling", story="month"),
    *_at("F71", WORKER, "billing.run.issued", story="month"),
    *_at("F71", WORKER, "billing.run.noted", story="month"),
    *_at("F71", WORKER, "billing.run.committed", story="month"),
)
BILLS = (
    *_at("bill-payment", WORKER, "billing.pay.before_provider", story="month"),
    *_at("bill-payment", WORKER, "billing.pay.after_provider", story="month"),
    *_at("bill-payment", WORKER, "billing.settle.inside", story="month"),
)
RENEWING = _at("renewal", WORKER, "billing.prepaid.inside", story="renewal")
MANY = _at("bulk-change", WORKER, "billing.bulk_change.before_commit", story="bulk_change")
APPROVALS = _at("bulk-approval", WORKER, "billing.bulk_act.before_commit", story="approvals")
PAUSING = _at("pause", WORKER, "billing.work_pauses.inside", story="pause")

KILLS = (
    *(*GATEWAY, *PLACING, *PAYING, *HEARING, *ASKING),
    *(*APPROVING, *REJECTING, *CHANGING, *BILLING, *BILLS, *RENEWING, *MANY, *APPROVALS, *PAUSING),
)
"""Every fault, one at a time: ``make chaos``."""

QUICK: dict[str, tuple[Fault, ...]] = {
    "the gateway dies at every step of an order": GATEWAY,
    "billing dies while it places orders": PLACING,
    "the worker dies at every step of paying and telling": PAYING,
    "whoever hears of a new customer dies at every step": HEARING,
    "tickets dies at every step of a request": ASKING,
    "billing and its worker die while an order is refused and refunded": (REJECTING[0], REJECTING[3]),
    "the worker dies at every step of a plan change": CHANGING,
    "the worker dies in a billing run, and while its bills are paid": (
        BILLING[0],
        BILLING[2],
        BILLING[3],
        BILLS[1],
        BILLS[2],
    ),
    "the worker dies while prepaid services renew": RENEWING,
}
"""In ``make test``: the same points in fewer scenes, each dies once, in this order as the clock goes on."""
