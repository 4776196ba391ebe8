"""The shapes of plan changes in billing's JSON."""

from marshmallow import Schema, fields, validate

from billing.api.schemas import PendingChangeSchema
from shared.web.fields import Id, Integer, MoneyField, Page, Said


class OfferedSchema(Schema):
    """
    A plan the catalogue lets the customer have.
    """

    plan_id = Id("plan", required=True)
    version = Integer(required=True)


class OptionsRequest(Schema):
    """
    What may this subscription be changed to, of what is offered?
    """

    subscription_id = Id("sub", required=True)
    offered = fields.List(fields.Nested(OfferedSchema), required=True, validate=validate.Length(max=500))


class PresentPlanSchema(Schema):
    """
    The plan a service has now.
    """

    plan_id = fields.String()
    name = fields.String()
    price = MoneyField()


class SuggestedSchema(Schema):
    """
    A day worth a button.
    """

    on = fields.Date()
    code = fields.String()


class DateRuleSchema(Schema):
    """
    Why earlier days are not offered.
    """

    code = fields.String()
    applies_to = fields.String()
    first_on = fields.Date()


class DatesSchema(Schema):
    """
    From when to when a change may begin.
    """

    earliest_on = fields.Date()
    latest_on = fields.Date()
    suggested = fields.List(fields.Nested(SuggestedSchema))
    rules = fields.List(fields.Nested(DateRuleSchema))


class TargetSchema(Schema):
    """
    A plan to change to.
    """

    plan_id = fields.String()
    version = fields.Integer()
    name = fields.String()
    price = MoneyField()
    months = fields.Integer()
    direction = fields.String()
    difference = MoneyField()


class RefusedSchema(Schema):
    """
    Why nothing can be changed now.
    """

    code = fields.String()
    detail = Said()


class OptionsSchema(Schema):
    """
    All the change-plan page needs of billing.
    """

    subscription_id = fields.String()
    current_plan = fields.Nested(PresentPlanSchema)
    dates = fields.Nested(DatesSchema)
    targets = fields.List(fields.Nested(TargetSchema))
    pending_change = fields.Nested(PendingChangeSchema)
    refusal = fields.Nested(RefusedSchema)


class ChangeRequest(Schema):
    """
    A quote to be booked; the card named pays its bill when the change is made.
    """

    quote_id = Id("quo", required=True)
    payment_method_id = Id("pm", load_default=None)


class ChangeSchema(Schema):
    """
    A change of plan: booked, applied, withdrawn or failed.
    """

    id = fields.String()
    status = fields.String()
    subscription_id = fields.String()
    new_subscription_id = fields.String()
    from_plan_id = fields.String()
    to_plan_id = fields.String()
    to_plan_name = fields.String()
    starts_on = fields.Date()
    undo_until = fields.AwareDateTime()
    invoice_id = fields.String()
    failure_code = fields.String()
    created_at = fields.AwareDateTime()


class ChangesOf(Page):
    """
    The changes of one subscription, or of all.
    """

    subscription_id = Id("sub", load_default=None)
