"""
The word and the tone of every status, for agents and for subscribers.
"""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _
from markupsafe import Markup

Word = tuple[object, str]

STATUSES: Mapping[str, Mapping[str, Word]] = {
    "customer": {
        "new": (_("New"), "info"),
        "active": (_("Active"), "ok"),
        "blocked": (_("Blocked"), "bad"),
        "inactive": (_("Inactive"), "idle"),
    },
    "service": {
        "pending": (_("Pending"), "wait"),
        "active": (_("Active"), "ok"),
        "paused": (_("Paused"), "warn"),
        "disabled": (_("Disabled"), "idle"),
        "archived": (_("Archived"), "idle"),
    },
    "run": {
        "filling": (_("Starting"), "info"),
        "running": (_("Running"), "info"),
        "stopped": (_("Halted"), "warn"),
        "done": (_("Finished"), "ok"),
    },
    "order": {
        "placed": (_("Placed"), "info"),
        "paying": (_("Paying"), "wait"),
        "requested": (_("Requested"), "wait"),
        "awaiting_payment": (_("Waiting for payment"), "warn"),
        "payment_failed": (_("Payment failed"), "bad"),
        "paid": (_("Paid"), "ok"),
        "pending": (_("Pending"), "wait"),
        "awaiting_approval": (_("Waiting for approval"), "wait"),
        "waiting": (_("Waiting for approval"), "wait"),
        "approved": (_("Approved"), "ok"),
        "active": (_("Active"), "ok"),
        "activated": (_("Activated"), "ok"),
        "completed": (_("Completed"), "ok"),
        "done": (_("Completed"), "ok"),
        "rejected": (_("Rejected"), "bad"),
        "cancelled": (_("Cancelled"), "idle"),
        "expired": (_("Expired"), "idle"),
        "action_required": (_("Waiting for payment"), "warn"),
        "failed": (_("Payment failed"), "bad"),
        "refunded": (_("Refunded"), "idle"),
        "taken_back": (_("Taken back"), "idle"),
    },
    "charge": {
        "pending": (_("Waiting"), "wait"),
        "invoiced": (_("Billed"), "ok"),
        "dropped": (_("Dropped"), "idle"),
    },
    "invoice": {
        "draft": (_("Draft"), "idle"),
        "unpaid": (_("Unpaid"), "warn"),
        "pending": (_("Pending"), "wait"),
        "paid": (_("Paid"), "ok"),
        "partly_paid": (_("Partly paid"), "warn"),
        "overdue": (_("Overdue"), "bad"),
        "void": (_("Cancelled"), "idle"),
        "written_off": (_("Written off"), "idle"),
    },
    "mail": {
        "sent": (_("Sent"), "ok"),
        "queued": (_("Trying again"), "warn"),
        "failed": (_("Failed"), "bad"),
    },
    "credit_note": {
        "refund_due": (_("Refund due"), "warn"),
        "open": (_("Open"), "info"),
        "closed": (_("Closed"), "ok"),
        "refunded": (_("Refunded"), "ok"),
    },
    "payment": {
        "action_required": (_("Pending"), "wait"),
        "pending": (_("Pending"), "wait"),
        "succeeded": (_("Successful"), "ok"),
        "failed": (_("Failed"), "bad"),
        "cancelled": (_("Failed"), "bad"),
        "refunded": (_("Refunded"), "idle"),
        "reversed": (_("Taken back by the bank"), "bad"),
        "parked": (_("Needs a look"), "bad"),
        "given_up": (_("Given up"), "idle"),
    },
    "ticket": {
        "new": (_("New"), "info"),
        "in_progress": (_("Work in progress"), "wait"),
        "waiting_on_customer": (_("Waiting on customer"), "warn"),
        "waiting_on_agent": (_("Waiting on agent"), "info"),
        "resolved": (_("Resolved"), "ok"),
        "closed": (_("Closed"), "idle"),
    },
    "plan": {
        "draft": (_("Draft"), "idle"),
        "published": (_("Published"), "ok"),
        "enabled": (_("Enabled"), "ok"),
        "disabled": (_("Disabled"), "idle"),
        "retired": (_("Retired"), "idle"),
    },
    "event": {
        "done": (_("Done"), "ok"),
        "retry": (_("Trying again"), "warn"),
        "parked": (_("Stuck"), "bad"),
        "discarded": (_("Discarded"), "idle"),
    },
    "system": {
        "up": (_("Up"), "ok"),
        "down": (_("Down"), "bad"),
        "late": (_("Late"), "warn"),
        "unknown": (_("Unknown"), "idle"),
    },
}

FRIENDLIER: Mapping[tuple[str, str], Word] = {
    ("customer", "blocked"): (_("Paused: payment needed"), "bad"),
    ("service", "disabled"): (_("Ended"), "idle"),
    ("service", "archived"): (_("Ended"), "idle"),
    ("ticket", "new"): (_("With us"), "info"),
    ("ticket", "in_progress"): (_("With us"), "info"),
    ("ticket", "waiting_on_agent"): (_("With us"), "info"),
    ("ticket", "waiting_on_customer"): (_("Your turn"), "warn"),
    ("ticket", "resolved"): (_("Solved"), "ok"),
    ("ticket", "closed"): (_("Solved"), "ok"),
}


def status_word(kind: str, status: str, *, for_customer: bool = False) -> Word:
    """
    Return the word and the tone (ok, warn, bad, info, wait, idle) of *status*; an unknown one as it is.
    """
    status = str(status)
    friendlier = FRIENDLIER.get((kind, status)) if for_customer else None
    shown = status.replace("_", " ").capitalize()
    return friendlier or STATUSES.get(kind, {}).get(status) or (shown, "idle")


def status_tag(kind: str, status: str, *, for_customer: bool = False) -> Markup:
    """
    Return the tag of *status*: its word with a dot in its tone.
    """
    word, tone = status_word(kind, status, for_customer=for_customer)
    return Markup('<span class="tag {}">{}</span>').format(tone, word)
