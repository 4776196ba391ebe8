"""Customers, partners and credentials over HTTP, for the gateway."""

from typing import Any

from customers import queries
from customers.api.schemas import (
    CredentialCheck,
    CustomerView,
    Forgotten,
    PartnerView,
    PasswordChoice,
    Reset,
    ResetRequest,
    SignedInView,
)
from customers.domain.texts import N_
from customers.usecases.check_credentials import check_credentials
from customers.usecases.choose_password import choose_password
from customers.usecases.reset_password import reset_password
from customers.usecases.send_reset_code import send_reset_code
from shared import clock
from shared.errors import FieldError, Invalid, NotFound
from shared.web.access import gateway, principal, service
from shared.web.app import database
from shared.web.strict import Blueprint

blueprint = Blueprint(
    "customers", __name__, url_prefix="/api/v1", description="Customers, partners, credentials"
)


@blueprint.post("/credential-checks")
@service
@blueprint.arguments(CredentialCheck)
@blueprint.response(200, SignedInView)
def check(body: dict[str, str]) -> Any:
    """
    Say whose login and password these are.
    """
    with database().begin() as session:
        customer = check_credentials(session, login=body["login"], password=body["password"])
        temporary = queries.is_temporary(session, customer.id)
        return {**queries.facts(session, customer.id), "password_is_temporary": temporary}


@blueprint.post("/customers/<customer_id>/passwords")
@gateway
@blueprint.arguments(PasswordChoice)
@blueprint.response(204)
def choose(body: dict[str, str], customer_id: str) -> None:
    """
    Set the password a subscriber chose for themselves.
    """
    if principal().kind != "customer" or principal().id != customer_id:
        raise NotFound
    with database().begin() as session:
        choose_password(session, customer_id=customer_id, **body)


@blueprint.post("/password-resets")
@service
@blueprint.arguments(Forgotten)
@blueprint.response(202, ResetRequest)
def forgotten(body: dict[str, str]) -> dict[str, str]:
    """
    Mail a code to whoever has this login; the answer is the same if nobody has.
    """
    with database().begin() as session:
        return {"id": send_reset_code(session, login=body["login"], now=clock.real_now())}


@blueprint.post("/password-resets/<reset_id>/confirmations")
@service
@blueprint.arguments(Reset)
@blueprint.response(204)
def reset(body: dict[str, str], reset_id: str) -> None:
    """
    Set a new password by a mailed code.
    """
    code = "".join(letter for letter in body["code"] if letter not in " -")
    with database().begin() as session:
        done = reset_password(
            session, reset_id=reset_id, code=code, password=body["password"], now=clock.real_now()
        )
    if not done:  # refused only now: the try is kept
        wrong = N_("This code cannot be used. Ask for a new one.")
        raise Invalid(FieldError("#/code", "not_usable", wrong))


@blueprint.get("/customers/<customer_id>")
@gateway
@blueprint.response(200, CustomerView)
def customer(customer_id: str) -> Any:
    """
    Return a customer; a subscriber sees only themselves.
    """
    caller = principal()
    if caller.kind == "customer" and caller.id != customer_id:
        raise NotFound
    with database().read() as session:
        return queries.facts(session, customer_id)


@blueprint.get("/partners/<partner_id>")
@gateway
@blueprint.response(200, PartnerView)
def partner(partner_id: str) -> Any:
    """
    Return a partner; a subscriber sees only their own.
    """
    caller = principal()
    own = frozenset(filter(None, [caller.partner_id])) if caller.kind == "customer" else None
    with database().read() as session:
        return queries.partner(session, partner_id, own)
