"""Turn what services answer into the words of the public API, with a label for each status."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext

from portal_gateway.api.caller import portal_settings
from portal_gateway.clients.billing import Order, Payment, Subscription
from portal_gateway.clients.bills import CreditNote, Invoice
from portal_gateway.clients.plan_changes import Booked
from portal_gateway.clients.self_service import Cancelled, Paused
from portal_gateway.clients.tickets import Ticket
from portal_gateway.domain.basket import Contents
from portal_gateway.domain.capabilities import capabilities
from portal_gateway.usecases.find_plan_changes import Options
from shared.money import Money
from shared.ui.service_words import moment_word
from shared.ui.statuses import status_word


def amount(money: Money) -> dict[str, str]:
    """
    Return money as it travels.
    """
    return {"amount": money.amount, "currency": money.currency}


def labelled(kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """
    Add the word subscribers read for the status of *body*.
    """
    return {**body, "label": str(status_word(kind, body["status"], for_customer=True)[0])}


def next_step(step: Mapping[str, str]) -> dict[str, str]:
    """
    Add what happens on the day, in words.
    """
    words = {
        "payment_due": gettext("Payment is due"),
        "service_pauses": gettext("Service pauses if the bill is not paid"),
        "service_ends": gettext("Service ends if the bill is not paid"),
    }
    return {**step, "label": words[step["code"]]}


def order(body: Order) -> dict[str, Any]:
    """
    Return an order as the API shows it.
    """
    paid = body["payment"]
    return {
        **labelled("order", body),
        "payment": payment(paid) if paid else None,
        "message": _message(body),
    }


def payment(body: Payment) -> dict[str, Any]:
    """
    Return a payment as the API shows it.
    """
    return labelled("payment", body)


def service(body: Subscription) -> dict[str, Any]:
    """
    Return a subscription as the API shows it, with what its holder may do with it.
    """
    return {
        **labelled("service", body),
        "plan": {"id": body["plan_id"], "name": body["name"]},
        "capabilities": capabilities(body, portal_settings()),
    }


def last_day(body: Mapping[str, str]) -> dict[str, str]:
    """
    Return a last day of a service with what is special about it, in words.
    """
    words = {
        "earliest": gettext("As soon as possible"),
        "paid_until": gettext("When what is paid ends"),
        "contract_end": gettext("When the contract ends"),
    }
    return {**body, "label": words.get(body["code"], body["code"])}


def service_pause(body: Paused) -> dict[str, Any]:
    """
    Return a pause as the API shows it, with how to undo it.
    """
    return _undoable(body, f"/api/v1/service-pauses/{body['id']}")


def service_cancellation(body: Cancelled) -> dict[str, Any]:
    """
    Return an end as the API shows it, with how to undo it.
    """
    return _undoable(body, f"/api/v1/service-cancellations/{body['id']}")


def _undoable(body: Paused | Cancelled, here: str) -> dict[str, Any]:
    links = {"undo": {"method": "DELETE", "href": here}} if body.get("undo_until") else {}
    return {**body, "service_id": body["subscription_id"], "links": links}


def moment(body: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return a moment of a service with what it is, in words.
    """
    return {**body, "label": moment_word(body)}


def invoice(body: Invoice) -> dict[str, Any]:
    """
    Return a bill as the API shows it.
    """
    return labelled("invoice", body)


def credit_note(body: CreditNote) -> dict[str, Any]:
    """
    Return a credit note as the API shows it.
    """
    return labelled("credit_note", body)


def difference(body: dict[str, Any]) -> dict[str, Any]:
    """
    Return a change between two bills with its reason in words.
    """
    words = {
        "new": gettext("New since the bill before"),
        "ended": gettext("Not on this bill any more"),
        "once_now": gettext("Charged once"),
        "once_before": gettext("Was charged once on the bill before"),
        "usage": gettext("Usage"),
        "plan_change": gettext("Plan changed"),
        "price_change": gettext("Price changed"),
        "quantity": gettext("Quantity changed"),
        "part_period": gettext(
            "%(now)d days instead of %(before)d", now=body["days_now"], before=body["days_before"]
        ),
    }
    return {**body, "reason": words.get(body["code"]) or gettext("Charged differently")}


def ticket(body: Ticket) -> dict[str, Any]:
    """
    Return a support case as its reporter sees it.
    """
    return labelled("ticket", body)


def basket(contents: Contents) -> dict[str, Any]:
    """
    Return a basket with its count and totals.
    """
    return {
        "id": contents.id or None,
        "revision": contents.revision,
        "count": contents.count,
        "order_id": contents.order_id,
        "totals": {"total": amount(contents.total), "monthly": amount(contents.monthly)},
        "items": [
            {
                "id": item.id,
                "plan_id": item.plan_id,
                "name": item.name,
                "kind": item.kind,
                "quantity": item.quantity,
                "price": amount(item.price),
                "amount": amount(item.amount),
                "interval_months": item.interval_months,
            }
            for item in contents.items
        ],
    }


def _message(body: Order) -> str | None:
    if body["mode"] != "request" or body["status"] not in ("placed", "awaiting_approval"):
        return None
    message: str = gettext(
        "Order #%(number)s received. We will confirm it and tell you the start date.", number=body["number"]
    )
    return message


def steps(body: Order) -> list[dict[str, Any]]:
    """
    Return the steps of an order in words.
    """
    return [{**step, "label": step_word(step["code"])} for step in body["steps"]]


def step_word(code: str) -> str:
    """
    Return what a step is called; one we do not know yet is shown as it is.
    """
    words = {
        "ordered": gettext("Ordered"),
        "placed": gettext("Ordered"),
        "paying": gettext("Payment"),
        "payment": gettext("Payment"),
        "paid": gettext("Paid"),
        "approval": gettext("Waiting for approval"),
        "awaiting_approval": gettext("Waiting for approval"),
        "approved": gettext("Approved"),
        "active": gettext("Activated"),
        "activated": gettext("Activated"),
        "rejected": gettext("Rejected"),
        "failed": gettext("Payment failed"),
        "cancelled": gettext("Cancelled"),
        "expired": gettext("Expired"),
        "refunded": gettext("Refunded"),
        "taken_back": gettext("Taken back by us"),
    }
    return words.get(code) or code.replace("_", " ").capitalize()


def plan_change(body: Booked) -> dict[str, Any]:
    """
    Return a change of plan as the API shows it, with the way to undo it while that is possible.
    """
    here = f"/api/v1/plan-changes/{body['id']}"
    links = {"undo": {"method": "DELETE", "href": here}} if body["status"] == "booked" else {}
    return {**body, "service_id": body["subscription_id"], "links": links}


def plan_change_options(options: Options) -> dict[str, Any]:
    """
    Return what a service can become as the API shows it.
    """
    possible = options.possible
    pending = possible.get("pending_change")
    current = possible["current_plan"]
    return {
        "service_id": options.service["id"],
        "modes": options.modes,
        "current_plan": {**current, "id": current["plan_id"]},
        "dates": {**possible["dates"], "suggested": suggested_days(possible["dates"]["suggested"])},
        "targets": [
            {**each, "bullets": options.facts[each["plan_id"]]["bullets"]} for each in options.targets
        ],
        "pending_change": plan_change(pending) if pending else None,
        "refusal": possible.get("refusal"),
    }


def suggested_days(days: list[dict[str, str]]) -> list[dict[str, str]]:
    """
    Add to each day worth offering what it is called.
    """
    words = {"today": gettext("Today"), "next_bill": gettext("Next bill")}
    return [{**each, "label": words.get(each["code"], each["on"])} for each in days]
