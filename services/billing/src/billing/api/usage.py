"""Data: networks report what was used, customers see what is left, and what their wallet lasts for."""

from typing import Any

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields, validate

from billing.api.schemas import NextInvoiceSchema
from billing.queries.usage import UsageView, usage_of
from billing.queries.wallet import WalletView, wallet_of
from billing.usecases.record_usage import Reported, Taken, record_usage
from shared import clock
from shared.errors import NotFound
from shared.web.access import customer_id, portal, service
from shared.web.fields import Id, Integer, MoneyField
from shared.web.strict import Blueprint, field_errors
from shared.web.wiring import database

api = Blueprint("usage", __name__, url_prefix="/api/v1")

MOST_RECORDS = 500
MOST_MB = 10**9


class RecordSchema(Schema):
    """
    So many megabytes used by a subscription at a moment; *external_id* makes repeating it harmless.
    """

    class Meta:
        """
        Nothing we did not ask for.
        """

        unknown = RAISE

    external_id = fields.String(required=True, validate=validate.Length(1, 120))
    subscription_id = Id("sub", required=True)
    used_at = fields.AwareDateTime(required=True)
    amount_mb = Integer(required=True, validate=validate.Range(1, MOST_MB))


class ReportSchema(Schema):
    """
    Up to 500 records of one reporter; each is judged alone.
    """

    reporter = fields.String(required=True, validate=validate.Length(1, 60))
    records = fields.List(fields.Dict(), required=True, validate=validate.Length(1, MOST_RECORDS))


class ProblemSchema(Schema):
    """
    Why a record was refused; *pointer* names its field, where it is one.
    """

    code = fields.String()
    pointer = fields.String()
    detail = fields.String()


class TakenSchema(Schema):
    """
    What became of a record: recorded, duplicate or refused.
    """

    external_id = fields.String()
    status = fields.String()
    uncovered_mb = fields.Integer()
    error = fields.Nested(ProblemSchema)


class AnswerSchema(Schema):
    """
    One answer for each record, in their order.
    """

    items = fields.List(fields.Nested(TakenSchema))


class LotSchema(Schema):
    """
    Data of one origin.
    """

    kind = fields.String()
    amount_mb = fields.Integer()
    left_mb = fields.Integer()
    expires_on = fields.Date()


class MeterSchema(Schema):
    """
    The data of a service as it is today.
    """

    class Meta:
        """
        Shown only.
        """

        unknown = EXCLUDE

    subscription_id = fields.String()
    total_mb = fields.Integer()
    left_mb = fields.Integer()
    used_mb = fields.Integer()
    lots = fields.List(fields.Nested(LotSchema))


class MoveSchema(Schema):
    """
    One change of the data.
    """

    at = fields.AwareDateTime()
    reason = fields.String()
    kind = fields.String()
    amount_mb = fields.Integer()


class UsageSchema(MeterSchema):
    """
    The data of a service with its latest changes.
    """

    uncovered_mb = fields.Integer()
    history = fields.List(fields.Nested(MoveSchema))


class WalletServiceSchema(Schema):
    """
    A service paid from the wallet.
    """

    subscription_id = fields.String()
    amount = MoneyField()
    every = fields.String()
    renews_on = fields.Date()
    paused = fields.Boolean()


class TopUpOfferSchema(Schema):
    """
    How much may be topped up at once.
    """

    min = MoneyField()
    max = MoneyField()
    suggested = fields.List(MoneyField())
    under_way = fields.String()


class WalletSchema(Schema):
    """
    The balance of a prepaid customer and how long it lasts.
    """

    balance = MoneyField()
    days_left = fields.Integer()
    lasts_until_on = fields.Date()
    more = fields.Boolean()
    next_payment = fields.Nested(NextInvoiceSchema)
    needed = MoneyField()
    owed = MoneyField()
    top_up = fields.Nested(TopUpOfferSchema)
    services = fields.List(fields.Nested(WalletServiceSchema))


@api.post("/usage-records")
@service
@api.arguments(ReportSchema)
@api.response(200, AnswerSchema)
def report(body: dict[str, Any]) -> dict[str, Any]:
    """
    Take what a network reports; repeating a report changes nothing.
    """
    read = [_read(each) for each in body["records"]]
    good = [each for each in read if isinstance(each, Reported)]
    with database().begin() as session:
        taken = iter(record_usage(session, reporter=body["reporter"], records=good, now=clock.now()))
    return {"items": [_answer(next(taken)) if isinstance(each, Reported) else each for each in read]}


@api.get("/subscriptions/<subscription_id>/usage")
@portal
@api.response(200, UsageSchema)
def usage(subscription_id: str) -> UsageView:
    """
    Show how much data a subscription has left, and what became of it.
    """
    with database().read() as session:
        return usage_of(session, customer_id=customer_id(), subscription_id=subscription_id)


@api.get("/wallet")
@portal
@api.response(200, WalletSchema)
def wallet() -> WalletView:
    """
    Show the wallet of a prepaid customer; 404 for customers who pay bills.
    """
    with database().read() as session:
        found = wallet_of(session, customer_id=customer_id())
    if found is None:
        raise NotFound
    return found


def _read(record: dict[str, Any]) -> Reported | dict[str, Any]:
    try:
        return Reported(**RecordSchema().load(record))
    except ValidationError as error:
        messages = error.messages if isinstance(error.messages, dict) else {"_schema": error.messages}
        first = field_errors(messages)[0]
        name = record.get("external_id")
        return {
            "external_id": name if isinstance(name, str) else "",
            "status": "refused",
            "uncovered_mb": 0,
            "error": {"code": first.code, "pointer": first.pointer, "detail": first.detail},
        }


DETAILS = {
    "not_found": "There is no such subscription.",
    "in_the_future": "It says it was used later than now.",
    "too_old": "It was used more than 90 days ago.",
    "external_id_reused": "Another record has this name.",
}


def _answer(taken: Taken) -> dict[str, Any]:
    error = {"code": taken.code, "pointer": None, "detail": DETAILS[taken.code]} if taken.code else None
    return {
        "external_id": taken.external_id,
        "status": taken.status,
        "uncovered_mb": taken.uncovered_mb,
        "error": error,
    }
