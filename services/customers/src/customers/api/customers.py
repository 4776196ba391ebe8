"""Customers, partners and credentials over HTTP, for the gateway."""

from typing import Any

from customers import queries
from customers.api.schemas import CredentialCheck, CustomerView, PartnerView
from customers.usecases.check_credentials import check_credentials
from shared.errors import NotFound
from shared.web.access import gateway, principal, service
from shared.web.app import database
from shared.web.strict import Blueprint

blueprint = Blueprint(
    "customers", __name__, url_prefix="/api/v1", description="Customers, partners, credentials"
)


@blueprint.post("/credential-checks")
@service
@blueprint.arguments(CredentialCheck)
@blueprint.response(200, CustomerView)
def check(body: dict[str, str]) -> Any:
    """
    Say whose login and password these are.
    """
    with database().begin() as session:
        customer = check_credentials(session, login=body["login"], password=body["password"])
        return queries.facts(session, customer.id)


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
