"""The list of customers, and adding one."""

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from customers import queries
from customers.admin import wording
from customers.admin.forms import (
    again,
    attempt,
    number,
    one_of_each,
    page,
    read_in_zone_of,
    refuse_others,
    scope,
)
from customers.domain.customer import Details, listed
from customers.usecases.register_customer import register_customer
from shared import ui
from shared.web.access import staff
from shared.web.app import database

blueprint = Blueprint("customers_list", __name__, url_prefix="/admin/customers", template_folder="templates")

SORTS = ("number", "-number", "name", "-name")
SIZES = (25, 50, 100)
ONE_LINE = ("full_name", "login", "partner_id", "location_id", "category", "billing_type", "language")
LISTS = ("emails", "billing_emails", "phones")
ADDRESS = ("street", "zip_code", "city")
FIELDS = (*ONE_LINE, *LISTS, *ADDRESS, "label_ids")


@blueprint.get("")
@staff("customers.view")
def index() -> ResponseReturnValue:
    """
    Show the customers that pass the filters in the address.
    """
    filters = queries.Filters(
        search=request.args.get("q", "").strip(),
        **{
            name: request.args.get(name, "")
            for name in ("status", "partner", "location", "category", "label")
        },
    )
    sort = request.args.get("sort", "-number")
    limit = number(request.args.get("limit", ""))
    with database().read() as session:
        read_in_zone_of(session)
        found = queries.customer_page(
            session,
            filters,
            scope(),
            sort=sort if sort in SORTS else "-number",
            after=_cursor("after"),
            before=_cursor("before"),
            limit=limit if limit in SIZES else SIZES[0],
        )
        ids = [customer.id for customer in found.items]
        return render_template(
            "customers/list.html",
            found=found,
            filters=filters,
            values=request.args,
            labels=queries.labels_of(session, ids),
            balances=queries.balances(session, ids),
            newer=_address(before=found.newer) if found.newer is not None else None,
            older=_address(after=found.older) if found.older is not None else None,
            sorts=_sort_links(sort),
            choices=choices(session),
        )


@blueprint.get("/new")
@staff("customers.edit")
def new() -> ResponseReturnValue:
    """
    Show the form for a new customer.
    """
    with database().read() as session:
        first = choices(session)["partners"][0][0]
        values = {
            "partner_id": first,
            "category": "individual",
            "billing_type": "recurring",
            "language": "en",
        }
        return page("new.html", form=ui.Form(values), choices=choices(session))


@blueprint.post("/new")
@staff("customers.edit")
def create() -> ResponseReturnValue:
    """
    Add the customer, or give the form back.
    """
    refuse_others(*FIELDS)
    written = posted_details(request.form)
    customer, refusal = attempt(lambda session: register_customer(session, details=written, scope=scope()))
    if customer is None:
        with database().read() as session:
            return page("new.html", form=again(refusal), choices=choices(session))
    ui.toast(_("%(name)s was added.", name=customer.full_name))
    return redirect(url_for("information.show", customer_id=customer.id), 303)


def posted_details(form: "MultiDict[str, str]") -> Details:
    """
    Read the fields of a customer from a posted form.
    """
    one_line = one_of_each(*ONE_LINE)
    return Details(
        **{**one_line, "location_id": one_line["location_id"] or None},  # type: ignore[arg-type]
        **one_of_each(*ADDRESS),
        emails=listed(form.get("emails", "")),
        billing_emails=listed(form.get("billing_emails", "")),
        phones=listed(form.get("phones", "")),
        label_ids=tuple(form.getlist("label_ids")),
    )


def choices(session: Session) -> dict[str, list[tuple[str, Any]]]:
    """
    Return what the select boxes about a customer offer.
    """
    return {
        "partners": [(partner.id, partner.name) for partner in queries.partners(session, scope())],
        "locations": [(location.id, location.name) for location in queries.locations(session)],
        "labels": [(label.id, label.name) for label in queries.labels(session)],
        "statuses": list(wording.STATUSES.items()),
        "categories": list(wording.CATEGORIES.items()),
        "billing_types": list(wording.BILLING_TYPES.items()),
        "languages": list(wording.LANGUAGES.items()),
    }


def _cursor(name: str) -> int | None:
    given = number(request.args.get(name, ""))
    return given if given >= 0 else None


def _address(**changes: Any) -> str:
    kept = {key: value for key, value in request.args.items() if value and key not in {"after", "before"}}
    return f"{request.path}?{urlencode({**kept, **changes})}"


def _sort_links(sort: str) -> dict[str, tuple[str, str | None]]:
    links = {}
    for key in ("number", "name"):
        shown = {key: "ascending", f"-{key}": "descending"}.get(sort)
        links[key] = (_address(sort=f"-{key}" if sort == key else key), shown)
    return links
