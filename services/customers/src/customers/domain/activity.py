"""
How every fact reads in the activity log.

A line is a sentence with named gaps and the values for them; both are stored, so that each reader gets it in
their own language and with their own way of writing money and dates.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from customers.domain.texts import N_

GAP = re.compile(r"%\((\w+)\)s")


class Source(StrEnum):
    """
    Where something was done.
    """

    ADMIN = "admin"
    PORTAL = "portal"
    API = "api"
    BILLING = "billing"
    SYSTEM = "system"


@dataclass(frozen=True)
class Line:
    """
    A sentence with gaps, and what goes into them.
    """

    words: str
    params: dict[str, Any]


SENTENCES = {
    "billing.order_placed": N_("Order %(number)s was placed: %(items)s, total %(total)s"),
    "billing.order_requested": N_("Order %(number)s was sent as a request: %(items)s, total %(total)s"),
    "billing.order_changed": N_("Order %(number)s went from %(old)s to %(new)s"),
    "billing.order_approved": N_("Order %(number)s was approved, start %(starts_on)s"),
    "billing.order_rejected": N_("Order %(number)s was rejected: %(reason)s"),
    "billing.payment_succeeded": N_("Payment of %(amount)s arrived, %(method_label)s"),
    "billing.payment_decided": N_(
        "%(taken)s was paid instead of %(asked)s, decision: %(decision)s. %(reason)s"
    ),
    "billing.payment_failed": N_("Payment of %(amount)s failed: %(code)s"),
    "billing.payment_reversed": N_("The bank took %(amount)s back: %(reason)s"),
    "billing.opening_balance_set": N_("Opening balance is %(amount)s: %(reason)s"),
    "billing.opening_balance_undone": N_("Opening balance of %(amount)s was taken back: %(reason)s"),
    "billing.invoice_written_off": N_("%(amount)s of invoice %(number)s was written off: %(reason)s"),
    "billing.write_off_undone": N_("%(amount)s of invoice %(number)s is owed again: %(reason)s"),
    "billing.payment_refunded": N_("%(amount)s went back to the customer: %(reason)s"),
    "billing.subscription_activated": N_("%(plan_name)s is active, start %(starts_on)s"),
    "billing.subscription_changed": N_("%(plan_name)s is now %(status)s, start %(starts_on)s"),
    "billing.invoice_issued": N_("Invoice %(number)s of %(total)s was issued, due %(due_on)s"),
    "billing.invoice_sent_again": N_("Invoice %(number)s was mailed again, %(open)s to pay"),
    "billing.billing_run_finished": N_(
        "Billing run for %(cut_off_on)s finished: %(invoices)s invoices, %(failed)s failed"
    ),
    "billing.credit_note_issued": N_("Credit note %(number)s of %(total)s was issued: %(reason)s"),
    "billing.balance_changed": N_("Balance is now %(balance)s"),
    "billing.account_blocked": N_("Blocked on %(on)s: %(owed)s due since %(due_since)s"),
    "billing.account_deactivated": N_("Services ended on %(on)s: %(owed)s due since %(due_since)s"),
    "billing.account_cleared": N_("Nothing overdue is left on %(on)s"),
    "billing.reminder_due": N_("Reminder %(step)s: %(owed)s to pay"),
    "billing.next_steps_changed": N_("The days ahead of what is owed moved"),
    "billing.plan_change_booked": N_("A change to %(to_plan_name)s was booked for %(effective_on)s"),
    "billing.plan_change_withdrawn": N_("The booked change to %(to_plan_name)s was withdrawn"),
    "billing.plan_changed": N_(
        "Plan went from %(from_plan_name)s to %(to_plan_name)s on %(effective_on)s: "
        "%(credited)s credited, %(charged)s billed"
    ),
    "billing.plan_change_failed": N_("The booked change to %(to_plan_name)s could not be made: %(code)s"),
    "billing.subscription_pause_booked": N_("A pause of %(plan_name)s was booked from %(from_on)s"),
    "billing.subscription_pause_withdrawn": N_("The booked pause of %(plan_name)s was undone"),
    "billing.subscription_paused": N_("%(plan_name)s pauses since %(on)s: %(credited)s credited"),
    "billing.subscription_resumed": N_("%(plan_name)s works again since %(on)s"),
    "billing.subscription_end_booked": N_("%(plan_name)s will end on %(last_on)s"),
    "billing.subscription_end_withdrawn": N_("The booked end of %(plan_name)s was undone"),
    "billing.plan_change_offered": N_(
        "A change from %(from_plan_name)s to %(to_plan_name)s on %(starts_on)s was offered for consent"
    ),
    "billing.plan_change_offer_closed": N_("The offer of %(to_plan_name)s is %(status)s"),
    "catalog.plan_published": N_("Plan %(name)s was published, version %(version)s"),
    "catalog.plan_retired": N_("Plan %(plan_id)s was retired"),
    "customers.customer_changed": N_("Customer record was saved"),
    "customers.password_changed": N_("A temporary portal password was set"),
    "customers.status_changed": N_("Status went from %(old)s to %(new)s, %(reason)s"),
    "customers.partner_changed": N_("Partner %(name)s was saved"),
    "customers.location_changed": N_("Location %(name)s was saved"),
    "customers.label_changed": N_("Label %(name)s was saved"),
    "customers.bill_mailed": N_("Mail tried: %(subject_line)s, %(answer)s"),
    "customers.message_failed": N_("Message could not be delivered: %(subject_line)s"),
    "customers.staff_signed_out": N_("Signed out everywhere"),
    "portal.signed_in": N_("Signed in to the portal"),
    "portal.settings_changed": N_("Portal settings were changed"),
    "tickets.ticket_opened": N_("Ticket %(number)s was opened: %(subject_line)s"),
    "tickets.ticket_answered": N_("Ticket %(number)s was answered by the %(by)s"),
    "tickets.ticket_closed": N_("Ticket %(number)s was closed"),
    "tickets.ticket_reopened": N_("Ticket %(number)s was reopened by the %(by)s"),
}


# Why billing gives money back: texts of billing's that come with their parameters.
REASONS = (
    N_("Unused days of %(plan)s"),
    N_("Days of the pause of %(plan)s"),
    N_("Days before the start on %(day)s"),
    N_("Order %(number)s was rejected"),
    N_("Order %(number)s was undone"),
    N_("Credit note %(number)s"),
    N_("The money arrived after the payment was given up."),
)
WITH_REASON = {
    "billing.subscription_pause_booked": N_(
        "A pause of %(plan_name)s was booked from %(from_on)s: %(reason)s"
    ),
    "billing.subscription_end_booked": N_("%(plan_name)s will end on %(last_on)s: %(reason)s"),
}


def line_for(kind: str, data: Mapping[str, Any]) -> Line:
    """
    Return how the fact named *kind* reads; a fact this code does not know reads by its name.
    """
    words = SENTENCES.get(kind, "%(fact)s")
    if data.get("reason"):
        words = WITH_REASON.get(kind, words)
    known = {**data, "fact": kind, "items": _items(data.get("items", ()))}
    if data.get("because"):
        known["reason"] = json.loads(data["because"])
    return Line(words, {gap: known.get(gap) for gap in GAP.findall(words)})


# Steps between what a person did and what came of it: shown when somebody asks for technical events.
STEPS = {
    "billing.balance_changed",
    "billing.next_steps_changed",
    "customers.customer_changed",
    "customers.bill_mailed",
}
PASSING_STATES = {"placed", "paying", "action_required", "paid", "approved", "active"}


def is_technical(kind: str, data: Mapping[str, Any]) -> bool:
    """
    Tell whether a line is only a step on the way, which another line sums up.
    """
    return kind in STEPS or (kind == "billing.order_changed" and data.get("new") in PASSING_STATES)


def source_of(actor: str, owner: str) -> Source:
    """
    Return where *actor* acted when a fact of the service *owner* came out of it.
    """
    who = actor.partition(":")[0]
    if who in {"staff", "customer", "api"}:
        return {"staff": Source.ADMIN, "customer": Source.PORTAL, "api": Source.API}[who]
    return Source.BILLING if owner == "billing" else Source.SYSTEM


def _items(items: Any) -> str:
    named = ((item.get("quantity", 1), item.get("name", "")) for item in items if isinstance(item, Mapping))
    return ", ".join(name if count == 1 else f"{count} × {name}" for count, name in named)
