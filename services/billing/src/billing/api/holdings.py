"""What a customer has: subscriptions, bills, the account, and all of it at once for the home page."""

from typing import Any

from marshmallow import Schema, fields

from billing.api.lists import page_schema
from billing.api.schemas import (
    AccountSchema,
    MethodSchema,
    MomentSchema,
    OrderSchema,
    SubscriptionSchema,
)
from billing.api.usage import MeterSchema, WalletSchema
from billing.queries.holdings import (
    AccountView,
    SubscriptionView,
    account_of,
    find_subscription,
    subscriptions_of,
)
from billing.queries.orders import open_orders_of
from billing.queries.service_story import service_story
from billing.queries.to_pay import to_pay_of
from billing.queries.usage import meters_of
from billing.queries.wallet import wallet_of
from shared.web.access import customer_id, portal, principal
from shared.web.fields import MoneyField
from shared.web.strict import Blueprint
from shared.web.wiring import database

api = Blueprint("holdings", __name__, url_prefix="/api/v1")


class Payable(Schema):
    """
    A bill that can be paid.
    """

    id = fields.String()
    number = fields.String()
    open = MoneyField()


class ToPay(Schema):
    """
    The bills that can be paid now, and the card to pay them with.
    """

    invoices = fields.List(fields.Nested(Payable))
    amount = MoneyField()
    pay_with = fields.Nested(MethodSchema)


class Summary(Schema):
    """
    All the home page needs of billing.
    """

    account = fields.Nested(AccountSchema)
    subscriptions = fields.List(fields.Nested(SubscriptionSchema))
    orders = fields.List(fields.Nested(OrderSchema))
    wallet = fields.Nested(WalletSchema)
    usage = fields.List(fields.Nested(MeterSchema))
    to_pay = fields.Nested(ToPay)


class Story(Schema):
    """
    The moments of a subscription.
    """

    items = fields.List(fields.Nested(MomentSchema))


@api.get("/subscriptions")
@portal
@api.response(200, page_schema(SubscriptionSchema))
def subscriptions() -> dict[str, Any]:
    """
    List the customer's subscriptions, the current ones first.
    """
    with database().read() as session:
        return {"items": subscriptions_of(session, customer_id=customer_id())}


@api.get("/subscriptions/<subscription_id>")
@portal
@api.response(200, SubscriptionSchema)
def subscription(subscription_id: str) -> SubscriptionView:
    """
    Show a subscription.
    """
    with database().read() as session:
        return find_subscription(session, customer_id=customer_id(), subscription_id=subscription_id)


@api.get("/subscriptions/<subscription_id>/timeline")
@portal
@api.response(200, Story)
def timeline(subscription_id: str) -> dict[str, Any]:
    """
    Tell what happened to a subscription and those before it, and what is booked, in order of days.
    """
    with database().read() as session:
        mine = customer_id()
        return {"items": service_story(session, customer_id=mine, subscription_id=subscription_id)}


@api.get("/account")
@portal
@api.response(200, AccountSchema)
def account() -> AccountView:
    """
    Show how the account stands.
    """
    with database().read() as session:
        return account_of(session, customer_id=customer_id(), partner_id=principal().partner_id)


@api.get("/summary")
@portal
@api.response(200, Summary)
def summary() -> dict[str, Any]:
    """
    Show account, wallet, subscriptions with their data, and open orders in one answer.
    """
    mine = customer_id()
    with database().read() as session:
        account = account_of(session, customer_id=mine, partner_id=principal().partner_id)
        return {
            "account": account,
            "to_pay": to_pay_of(session, customer_id=mine) if account.invoices_due else None,
            "subscriptions": subscriptions_of(session, customer_id=mine),
            "orders": open_orders_of(session, customer_id=mine),
            "wallet": wallet_of(session, customer_id=mine),
            "usage": meters_of(session, customer_id=mine),
        }
