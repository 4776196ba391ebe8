"""The shapes of pauses and ends in billing's JSON."""

from marshmallow import Schema, fields

from shared.web.fields import MoneyField


class PauseSchema(Schema):
    """
    A pause of a service: booked or running; *last_on* is its last day, none until somebody says so.

    Its customer can undo it until *undo_until*, if at all.
    """

    id = fields.String()
    state = fields.String()
    from_on = fields.Date()
    last_on = fields.Date()
    billed = fields.Boolean()
    message = fields.String()
    undo_until = fields.AwareDateTime()
    subscription_id = fields.String()


class CancellationSchema(Schema):
    """
    An end the customer asked for: booked, ended or withdrawn; *fee* is what ending costs.
    """

    id = fields.String()
    subscription_id = fields.String()
    status = fields.String()
    last_on = fields.Date()
    fee = MoneyField()
    undo_until = fields.AwareDateTime()
