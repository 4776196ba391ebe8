"""Top-ups of a prepaid balance: what a sum would do, paying it, trying again."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from billing.api.choices import pay_by
from billing.api.schemas import URL, PaymentChoice, PaymentSchema
from billing.queries.payments import PaymentView, payment_view
from billing.queries.top_up import TopUpPreview, preview_of
from billing.usecases.top_up_wallet import retry_top_up, top_up_wallet
from shared import clock
from shared.errors import FieldError, Invalid
from shared.money import UnclearAmount
from shared.web.access import customer_id, portal
from shared.web.fields import Id, MoneyField
from shared.web.idempotency import idempotent, transaction
from shared.web.strict import Blueprint
from shared.web.wiring import database

api = Blueprint("top_ups", __name__, url_prefix="/api/v1")


class TopUpRequest(Schema):
    """
    How much comes onto the balance, or which top-up that failed is tried again.
    """

    amount = MoneyField(load_default=None)
    retry_of = Id("pay", load_default=None)
    payment = fields.Nested(PaymentChoice, required=True)
    return_url = fields.String(required=True, validate=URL)

    @validates_schema
    def _one_target(self, body: dict[str, Any], **_: Any) -> None:
        if (body["amount"] is None) == (body["retry_of"] is None):
            raise ValidationError("Say how much, or name a top-up to try again.", "amount")


class SumSchema(Schema):
    """
    How much, as a decimal string in the currency of the account.
    """

    amount = fields.String(required=True, validate=validate.Length(1, 30))


class PreviewSchema(Schema):
    """
    What a sum would do.
    """

    amount = MoneyField()
    pays_owed = MoneyField()
    balance = MoneyField()
    resumes = fields.Integer()
    days_left = fields.Integer()
    lasts_until_on = fields.Date()
    more = fields.Boolean()


@api.get("/wallet/top-up-preview")
@portal
@api.arguments(SumSchema, location="query")
@api.response(200, PreviewSchema)
def preview(wanted: dict[str, str]) -> TopUpPreview:
    """
    Show what topping up a sum would do, if it came now.
    """
    with database().read() as session:
        try:
            return preview_of(session, customer_id=customer_id(), amount=wanted["amount"])
        except UnclearAmount as unclear:
            raise Invalid(FieldError("#/amount", "wrong_type", "Not an amount of money.")) from unclear


@api.post("/top-ups")
@portal
@idempotent()
@api.arguments(TopUpRequest)
@api.response(202, PaymentSchema)
def top_up(body: dict[str, Any]) -> PaymentView:
    """
    Pay money onto the balance of a prepaid customer; 404 for customers who pay bills.
    """
    how, mine, now = pay_by(body), customer_id(), clock.now()
    with transaction() as session:
        if body["retry_of"]:
            payment = retry_top_up(session, customer_id=mine, payment_id=body["retry_of"], how=how, now=now)
        else:
            payment = top_up_wallet(session, customer_id=mine, amount=body["amount"], how=how, now=now)
        session.flush()
        return payment_view(session, payment)
