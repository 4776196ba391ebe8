"""Ask us to change a plan: one ticket that carries the service, the plan, the day and the price as shown."""

from dataclasses import dataclass
from typing import Any

from portal_gateway.clients import Upstreams
from portal_gateway.clients.calls import Caller
from portal_gateway.clients.plan_changes import ChangeQuote
from portal_gateway.clients.tickets import Ticket
from portal_gateway.domain.portal_settings import ChangeMode
from portal_gateway.usecases.find_plan_changes import Options, insist_on
from portal_gateway.usecases.order_with_payment import once
from shared.ui.bill_words import line_label, line_reason


@dataclass(frozen=True, kw_only=True)
class Wish:
    """
    What is asked for: a plan at the price that was shown, or without a *quote* just another plan.

    *message* is what the customer adds in their own words.
    """

    message: str = ""
    quote: ChangeQuote | None = None


def request_plan_change(
    upstreams: Upstreams, caller: Caller, options: Options, wish: Wish, *, key: str
) -> Ticket:
    """
    Open the ticket; asked twice with one *key*, it is the same ticket.

    :raises FeatureDisabled: if the partner does not take such requests
    """
    insist_on(options, ChangeMode.REQUEST)
    body = {
        "type": "plan_change",
        "message": wish.message,
        "plan_change": _wanted(options, wish),
    }
    return upstreams.tickets.open(caller, body=body, key=once(caller, key))


def _wanted(options: Options, wish: Wish) -> dict[str, Any]:
    service = {"subscription_id": options.service["id"], "service": options.service["name"]}
    quote = wish.quote
    if quote is None:
        return service
    return {
        **service,
        "plan_id": quote["plan_id"],
        "plan": options.target(quote["plan_id"])["name"],
        "start_on": quote["start_on"],
        "quote_id": quote["id"],
        "lines": [_line(each) for each in quote["lines"]],
        "due_now": quote["due_now"],
    }


def _line(line: dict[str, Any]) -> dict[str, Any]:
    # In the words the customer has just read: the ticket is what they say.
    why = line_reason(line["basis"]) if line.get("basis") else line["explanation"]
    return {"label": line_label(line["label"], line["code"]), "explanation": why, "amount": line["amount"]}
