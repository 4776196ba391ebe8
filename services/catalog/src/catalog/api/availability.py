"""What one customer may order, and why not the rest."""

from typing import Any

from marshmallow import Schema, fields, validate

from catalog import queries
from catalog.domain.availability import Customer
from catalog.domain.plan import BillingType, Category
from shared.contracts.event import MoneyField
from shared.web.access import service
from shared.web.app import database
from shared.web.strict import Blueprint

MOST_PLANS = 200

blueprint = Blueprint("availability", __name__, url_prefix="/api/v1", description="What may be ordered")


class CustomerFacts(Schema):
    """
    What the answer depends on.
    """

    partner_id = fields.String(required=True)
    location_id = fields.String(load_default=None, allow_none=True)
    category = fields.String(required=True, validate=validate.OneOf([item.value for item in Category]))
    billing_type = fields.String(required=True, validate=validate.OneOf([item.value for item in BillingType]))
    label_ids = fields.List(fields.String(), load_default=list, validate=validate.Length(max=MOST_PLANS))


class Question(Schema):
    """
    Who asks, about which plans; without *plan_ids*, about all.
    """

    customer = fields.Nested(CustomerFacts, required=True)
    plan_ids = fields.List(
        fields.String(), load_default=None, allow_none=True, validate=validate.Length(max=MOST_PLANS)
    )


class ChangeQuestion(Schema):
    """
    Who asks, and which plan they have now.
    """

    customer = fields.Nested(CustomerFacts, required=True)
    from_plan_id = fields.String(required=True)


class MemberView(Schema):
    """
    One plan inside a bundle.
    """

    id = fields.String()
    name = fields.String()


class OfferView(Schema):
    """
    A plan the customer may order, with the version the offer was made from.
    """

    id = fields.String(attribute="plan.id")
    version = fields.Integer(attribute="plan.version")
    kind = fields.String(attribute="plan.kind.value")
    name = fields.String(attribute="plan.name")
    description = fields.String(attribute="plan.description")
    details = fields.String(attribute="plan.details")
    bullets = fields.List(fields.String(), attribute="plan.bullets")
    price = MoneyField(attribute="plan.price")
    interval_months = fields.Integer(attribute="plan.interval_months")
    prepaid_days = fields.Integer()
    included_mb = fields.Integer(attribute="plan.included_mb")
    activation_fee = MoneyField(attribute="plan.activation_fee")
    contract_months = fields.Integer(attribute="plan.contract_months")
    auto_renewal = fields.Boolean(attribute="plan.auto_renewal")
    cancellation_fee = MoneyField(attribute="plan.cancellation_fee")
    early_end_fee = MoneyField(attribute="plan.early_end_fee")
    max_quantity = fields.Integer(attribute="plan.max_quantity")
    members = fields.List(fields.Nested(MemberView))


class Offers(Schema):
    """
    Bundles, internet, voice, recurring, one-time; the cheapest of each kind first.
    """

    items = fields.List(fields.Nested(OfferView))


class ObstacleView(Schema):
    """
    One layer that stands in the way: the plan is for *allowed*, the customer has *has*.
    """

    layer = fields.String(attribute="layer.value")
    allowed = fields.List(fields.String())
    has = fields.List(fields.String())


class VerdictView(Schema):
    """
    Whether the customer may order the plan.
    """

    id = fields.String(attribute="plan.id")
    name = fields.String(attribute="plan.name")
    kind = fields.String(attribute="plan.kind.value")
    available = fields.Function(lambda verdict: not verdict.obstacles, metadata={"type": "boolean"})
    obstacles = fields.List(fields.Nested(ObstacleView))


class Verdicts(Schema):
    """
    Every plan asked about.
    """

    items = fields.List(fields.Nested(VerdictView))


@blueprint.post("/availability")
@service
@blueprint.arguments(Question)
@blueprint.response(200, Offers)
def offers(question: dict[str, Any]) -> dict[str, Any]:
    """
    List what this customer may order in the portal.
    """
    with database().read() as session:
        found = queries.offers(session, customer=_customer(question), plan_ids=question["plan_ids"])
    return {"items": found}


@blueprint.post("/availability/changes")
@service
@blueprint.arguments(ChangeQuestion)
@blueprint.response(200, Offers)
def changes(question: dict[str, Any]) -> dict[str, Any]:
    """
    List what this customer may change to from the plan they have, the cheapest first.
    """
    with database().read() as session:
        found = queries.change_targets(
            session, customer=_customer(question), from_plan_id=question["from_plan_id"]
        )
    return {"items": found}


@blueprint.post("/availability/explanations")
@service
@blueprint.arguments(Question)
@blueprint.response(200, Verdicts)
def explanations(question: dict[str, Any]) -> dict[str, Any]:
    """
    Say of every plan whether this customer may order it in the portal, and which layers stand in the way.
    """
    with database().read() as session:
        found = queries.verdicts(session, customer=_customer(question), plan_ids=question["plan_ids"])
    return {"items": found}


def _customer(question: dict[str, Any]) -> Customer:
    facts = question["customer"]
    return Customer(**{**facts, "label_ids": tuple(facts["label_ids"])})
