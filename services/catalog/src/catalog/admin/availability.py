"""Who may order what, tried with any customer one can think of."""

from flask import Blueprint, render_template, request

from catalog import queries
from catalog.admin import choices, words
from catalog.domain.availability import Audience, Customer
from catalog.domain.plan import BillingType, Category
from shared.ui import Form
from shared.web.access import staff
from shared.web.app import database

blueprint = Blueprint("plan_availability", __name__, url_prefix="/admin/catalog", template_folder="templates")


@blueprint.get("/availability")
@staff("plans.view")
def check() -> str:
    """
    Show for every plan whether such a customer may order it, and why not.
    """
    customer, audience = _customer(), _audience()
    with database().read() as session:
        return render_template(
            "catalog/availability.html",
            form=Form(request.args),
            audience=audience,
            verdicts=queries.verdicts(session, customer=customer, audience=audience),
            names=queries.names(session),
            words=words,
            **choices.of_customers(session),
        )


def _customer() -> Customer:
    asked = request.args
    return Customer(
        partner_id=asked.get("partner_id", ""),
        category=_one_of(asked.get("category", ""), Category.INDIVIDUAL, [item.value for item in Category]),
        billing_type=_one_of(
            asked.get("billing_type", ""), BillingType.RECURRING, [item.value for item in BillingType]
        ),
        location_id=asked.get("location_id") or None,
        label_ids=tuple(asked.getlist("label_ids")),
    )


def _audience() -> Audience:
    return Audience.ADMIN if request.args.get("audience") == "admin" else Audience.PORTAL


def _one_of(text: str, usual: str, known: list[str]) -> str:
    return text if text in known else usual
