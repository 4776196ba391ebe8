"""All of Home in one call."""

from collections.abc import Callable
from typing import Any

from marshmallow import Schema, fields

from portal_gateway.api import present, wire
from portal_gateway.api.caller import caller, now, subscriber, upstreams
from portal_gateway.usecases.home import home
from shared.web.strict import Blueprint
from shared.web.wiring import database

blueprint = Blueprint("home", __name__, url_prefix="/api/v1", description="Everything the first screen shows")


SHOWN: dict[str, Callable[[Any], dict[str, Any]]] = {
    "services": present.service,
    "orders": present.order,
    "tickets": present.ticket,
}


class Section(Schema):
    """
    A part of the page: *state* is ok, stale (as of *as_of*) or unavailable (ask again after *retry_after*).
    """

    state = fields.String()
    as_of = fields.String(allow_none=True)
    retry_after = fields.Integer()


class NextStep(Schema):
    """
    What happens on a day if the bill is not paid: payment_due, service_pauses or service_ends.
    """

    on = fields.String()
    code = fields.String()
    label = fields.String()


class Account(Section):
    """
    Who it is.
    """

    number = fields.String()
    name = fields.String()
    status = fields.String()
    label = fields.String()
    billing_type = fields.String()
    next_steps = fields.List(fields.Nested(NextStep))


class BillDue(Schema):
    """
    A bill by its number.
    """

    id = fields.String()
    number = fields.String()


class SavedCard(Schema):
    """
    A saved card by its name.
    """

    payment_method_id = fields.String()
    label = fields.String()


class AmountDue(Section):
    """
    What is to be paid: *invoices* can be paid now, with the saved card *pay_with* if there is one.
    """

    total = fields.Nested(wire.Amount, allow_none=True)
    due_on = fields.String(allow_none=True)
    days_left = fields.Integer(allow_none=True)
    invoices_due = fields.Integer()
    invoices = fields.List(fields.Nested(BillDue))
    pay_with = fields.Nested(SavedCard, allow_none=True)


class Wallet(Section, wire.WalletNow):
    """
    The balance of a prepaid customer: how long it lasts, and what is *needed* to bring paused services back.
    """


class HomeServices(Section):
    """
    What the customer has.
    """

    monthly_total = fields.Nested(wire.Amount, allow_none=True)
    items = fields.List(fields.Nested(wire.Service))


class NextInvoice(Section):
    """
    The next bill, as an estimate.
    """

    on = fields.String(allow_none=True)
    total = fields.Nested(wire.Amount, allow_none=True)
    estimate = fields.Boolean()


class HomeOrders(Section):
    """
    Orders on their way.
    """

    items = fields.List(fields.Nested(wire.Order))


class HomeTickets(Section):
    """
    Open support cases.
    """

    items = fields.List(fields.Nested(wire.Ticket))


class Home(Schema):
    """
    Every section answers for itself: one that fails takes no other with it.
    """

    account = fields.Nested(Account)
    amount_due = fields.Nested(AmountDue)
    wallet = fields.Nested(Wallet, allow_none=True)
    services = fields.Nested(HomeServices)
    next_invoice = fields.Nested(NextInvoice)
    orders = fields.Nested(HomeOrders)
    tickets = fields.Nested(HomeTickets)
    notices = fields.List(fields.Raw())
    capabilities = fields.List(fields.String())


@blueprint.route("/home", methods=["GET"])
@subscriber
@blueprint.response(200, Home)
def get_home() -> dict[str, Any]:
    """
    Tell everything the first screen shows; answers 200 even while a service is down.
    """
    return shown(home(database(), upstreams(), caller(), now=now()))


def shown(sections: dict[str, Any]) -> dict[str, Any]:
    """
    Put labels on what the services answered.
    """
    body = dict(sections)
    if "status" in body["account"]:
        steps = [present.next_step(step) for step in body["account"]["next_steps"]]
        body["account"] = {**present.labelled("customer", body["account"]), "next_steps": steps}
    for name, show in SHOWN.items():
        found = body[name].get("items", [])  # an array is never null, not even when nothing is known
        body[name] = {**body[name], "items": [show(each) for each in found]}
    prepaid = str(body["account"].get("billing_type", "")).startswith("prepaid")
    if not prepaid and body["wallet"] and body["wallet"]["state"] != "ok":
        body["wallet"] = None  # nobody misses what they never had
    return body
