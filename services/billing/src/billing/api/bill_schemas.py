"""The shapes of bills, credit notes, comparisons and statements in billing's JSON."""

from marshmallow import Schema, fields

from billing.api.schemas import LineSchema, SpanSchema
from shared.web.fields import MoneyField, Said


class InvoiceLineSchema(LineSchema):
    """
    A line of a bill, the service it is for, and what of it was credited.
    """

    id = fields.String()
    subscription_id = fields.String()
    credited = MoneyField()


class TaxedSchema(Schema):
    """
    What a document holds of one VAT rate (in percent).
    """

    rate = fields.String()
    net = MoneyField()
    tax = MoneyField()
    gross = MoneyField()


class InvoiceSchema(Schema):
    """
    A bill; *paying* is the payment under way for it.
    """

    id = fields.String()
    number = fields.String()
    order_id = fields.String()
    kind = fields.String()
    issued_on = fields.Date()
    due_on = fields.Date()
    period = fields.Nested(SpanSchema)
    total = MoneyField()
    tax_included = MoneyField()
    taxes = fields.List(fields.Nested(TaxedSchema))
    open = MoneyField()
    status = fields.String()
    paying = fields.String()
    lines = fields.List(fields.Nested(InvoiceLineSchema))


class AppliedSchema(Schema):
    """
    Money of a payment or credit note used for a bill.
    """

    kind = fields.String()
    id = fields.String()
    label = fields.String()
    on = fields.Date()
    amount = MoneyField()


class BillSchema(InvoiceSchema):
    """
    A bill with what was used for it.
    """

    applied = fields.List(fields.Nested(AppliedSchema))


class CreditNoteLineSchema(Schema):
    """
    What of a bill's line went back.
    """

    label = fields.String()
    days = fields.Integer()
    period = fields.Nested(SpanSchema)
    amount = MoneyField()


class CreditNoteSchema(Schema):
    """
    A correction of a bill.
    """

    id = fields.String()
    number = fields.String()
    invoice_id = fields.String()
    invoice_number = fields.String()
    issued_on = fields.Date()
    total = MoneyField()
    tax_included = MoneyField()
    taxes = fields.List(fields.Nested(TaxedSchema))
    left = MoneyField()
    reason = Said()
    status = fields.String()
    lines = fields.List(fields.Nested(CreditNoteLineSchema))


class EarlierSchema(Schema):
    """
    The bill compared with.
    """

    id = fields.String()
    number = fields.String()
    total = MoneyField()


class DifferenceSchema(Schema):
    """
    A service that costs more or less than before, and why.
    """

    code = fields.String()
    label = fields.String()
    before = MoneyField()
    now = MoneyField()
    difference = MoneyField()
    days_before = fields.Integer()
    days_now = fields.Integer()


class ComparisonSchema(Schema):
    """
    Why a bill is different from the one before.
    """

    earlier = fields.Nested(EarlierSchema)
    difference = MoneyField()
    changes = fields.List(fields.Nested(DifferenceSchema))


class Days(Schema):
    """
    The days of a statement, both included; this year until today, unless said otherwise.
    """

    from_on = fields.Date(load_default=None, data_key="from")
    to_on = fields.Date(load_default=None, data_key="to")


class RowSchema(Schema):
    """
    A line of the ledger; an amount below zero is a debit.
    """

    id = fields.String()
    on = fields.Date()
    kind = fields.String()
    ref = fields.String()
    label = Said()
    amount = MoneyField()
    balance = MoneyField()


class StatementSchema(Schema):
    """
    What happened to the balance between two days.
    """

    from_on = fields.Date(data_key="from")
    to_on = fields.Date(data_key="to")
    opening = MoneyField()
    rows = fields.List(fields.Nested(RowSchema))
    closing = MoneyField()
