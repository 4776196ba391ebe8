"""The JSON the gateway sends and gets."""

from marshmallow import Schema, fields, validate

from customers.domain import password


class CredentialCheck(Schema):
    """
    Who somebody claims to be. A password of any length a person types is taken as it is, a megabyte is not.
    """

    login = fields.String(required=True, validate=validate.Length(min=1, max=254))
    password = fields.String(required=True, validate=validate.Length(min=1, max=password.LONGEST))


class PasswordChoice(Schema):
    """
    The password a customer has, unless it is temporary, and the one they chose.
    """

    present = fields.String(load_default="", validate=validate.Length(max=password.LONGEST))
    password = fields.String(required=True, validate=validate.Length(min=1, max=5000))


class Forgotten(Schema):
    """
    Who forgot their password.
    """

    login = fields.String(required=True, validate=validate.Length(min=1, max=254))


class ResetRequest(Schema):
    """
    What the code belongs to, whether anybody got one or not.
    """

    id = fields.String()


class Reset(Schema):
    """
    The mailed code, and the password chosen.
    """

    code = fields.String(required=True, validate=validate.Length(min=1, max=40))
    password = fields.String(required=True, validate=validate.Length(min=1, max=5000))


class CustomerView(Schema):
    """
    A customer, as far as the portal needs to know.
    """

    id = fields.String()
    number = fields.String()
    full_name = fields.String()
    login = fields.String()
    emails = fields.List(fields.String())
    status = fields.String()
    category = fields.String()
    billing_type = fields.String()
    partner_id = fields.String()
    location_id = fields.String(allow_none=True)
    location = fields.String(allow_none=True)
    label_ids = fields.List(fields.String())
    street = fields.String()
    zip_code = fields.String()
    city = fields.String()
    language = fields.String()
    version = fields.Integer()


class SignedInView(CustomerView):
    """
    A customer who signs in; with a temporary password they have to choose another first.
    """

    password_is_temporary = fields.Boolean()


class PartnerView(Schema):
    """
    A provider brand, as far as the portal needs to know.
    """

    id = fields.String()
    name = fields.String()
    title = fields.String()
    hue = fields.Integer()
    currency = fields.String()
    timezone = fields.String()
    languages = fields.List(fields.String())
    help_phone = fields.String()
    help_email = fields.String()
    default = fields.Boolean()
    version = fields.Integer()
