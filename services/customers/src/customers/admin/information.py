"""The Information page of one customer: everything written down about them, and everything that happened."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from customers import queries
from customers.admin import wording
from customers.admin.customers import FIELDS, LISTS, choices, posted_details
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
from customers.domain.activity import Source
from customers.domain.customer import Details, mail_rule
from customers.domain.status import Status
from customers.domain.status import choices as status_choices
from customers.domain.texts import N_
from customers.usecases.change_status import change_status
from customers.usecases.edit_customer import FIELDS as TITLES
from customers.usecases.edit_customer import ChangedMeanwhile, edit_customer
from customers.usecases.set_password import set_temporary_password
from shared import clock
from shared.errors import FieldError, Invalid, Refusal
from shared.ui import Form, toast
from shared.web.access import staff
from shared.web.app import database

blueprint = Blueprint("information", __name__, url_prefix="/admin/customers", template_folder="templates")

PERIODS = {"7": 7, "30": 30, "90": 90, "all": None}


@blueprint.get("/<customer_id>")
@staff("customers.view")
def show(customer_id: str) -> ResponseReturnValue:
    """
    Show one customer.
    """
    with database().read() as session:
        return _page(session, customer_id)


@blueprint.post("/<customer_id>")
@staff("customers.edit")
def save(customer_id: str) -> ResponseReturnValue:
    """
    Save what was written down, or give the form back; when somebody was faster, with their values beside.
    """
    refuse_others(*FIELDS, "version")
    written = posted_details(request.form)
    customer, refusal = attempt(
        lambda session: edit_customer(
            session,
            customer_id=customer_id,
            version=number(request.form.get("version", "")),
            details=written,
            scope=scope(),
        )
    )
    if customer is not None:
        toast(_("Saved."))
        return redirect(url_for("information.show", customer_id=customer_id), 303)
    with database().read() as session:
        return _page(
            session, customer_id, form=again(refusal), theirs=_theirs(session, customer_id, refusal, written)
        )


@blueprint.post("/<customer_id>/status")
@staff("customers.edit")
def move(customer_id: str) -> ResponseReturnValue:
    """
    Set the status a person chose.
    """
    refuse_others("status", "why")
    fields = one_of_each("status", "why")
    customer, refusal = attempt(lambda session: _set_status(session, customer_id, fields))
    if customer is not None:
        toast(_("Status is now %(status)s.", status=wording.STATUSES[customer.status.value]))
        return redirect(url_for("information.show", customer_id=customer_id), 303)
    with database().read() as session:
        return _page(session, customer_id, status_form=again(refusal))


@blueprint.post("/<customer_id>/temporary-password")
@staff("customers.edit")
def temporary_password(customer_id: str) -> ResponseReturnValue:
    """
    Set a random portal password and show it this once.
    """
    refuse_others()
    with database().begin() as session:
        password = set_temporary_password(session, customer_id=customer_id, scope=scope())
        customer = queries.customer(session, customer_id, scope())
    return render_template("customers/temporary_password.html", customer=customer, password=password)


@blueprint.get("/<customer_id>/activity")
@staff("customers.view")
def activity(customer_id: str) -> ResponseReturnValue:
    """
    Show more of what happened to one customer.
    """
    with database().read() as session:
        customer = queries.customer(session, customer_id, scope())
        read_in_zone_of(session, customer.partner_id)
        context = {**activity_context(session, customer_id=customer_id), "customer": customer}
        return render_template("customers/customer_activity.html", **context)


@blueprint.get("/activity")
@staff("customers.view")
def log() -> ResponseReturnValue:
    """
    Show what happened anywhere.
    """
    with database().read() as session:
        read_in_zone_of(session)
        return render_template("customers/activity.html", **activity_context(session))


def activity_context(session: Session, *, customer_id: str | None = None) -> dict[str, Any]:
    """
    Return the lines of the log that pass the filters in the address, worded for the reader.
    """
    period, source = request.args.get("period", "all"), request.args.get("source", "")
    days, technical = PERIODS.get(period), request.args.get("technical") == "on"
    before = number(request.args.get("before", ""))
    lines = queries.activity_of(
        session,
        scope(),
        customer_id=customer_id,
        source=source if source in set(Source) else "",
        since=clock.now() - timedelta(days=days) if days else None,
        technical=technical,
        before=before if before >= 0 else None,
    )
    people = queries.people(session, (line.actor for line in lines.items))
    kept = {key: value for key, value in request.args.items() if value and key != "before"}
    return {
        "lines": [_worded(line, people, technical=technical) for line in lines.items],
        "older": f"{request.path}?{urlencode({**kept, 'before': lines.older})}" if lines.older else None,
        "sources": list(wording.SOURCES.items()),
        "narrowed": bool(source or technical or days),
        "values": {"period": period, "source": source, "technical": technical},
    }


def _worded(line: Any, people: dict[str, str], *, technical: bool) -> dict[str, Any]:
    note = f"{line.kind} · {line.event_id} · {line.correlation_id or '-'}" if technical else None
    if line.on_behalf_of:
        behalf = _("on behalf of %(name)s", name=wording.actor(line.on_behalf_of, people))
        note = f"{behalf} · {note}" if note else behalf
    return {
        "by": wording.actor(line.actor, people),
        "text": wording.line(line.words, line.params),
        "note": note,
        "source": wording.SOURCES[line.source.value],
        "at": line.at,
    }


def _page(
    session: Session,
    customer_id: str,
    *,
    form: Form | None = None,
    status_form: Form | None = None,
    theirs: list[tuple[str, str]] | None = None,
) -> ResponseReturnValue:
    customer = queries.customer(session, customer_id, scope())
    read_in_zone_of(session, customer.partner_id)
    shown = form or Form(_values(queries.details(session, customer)))
    returned = status_form or shown
    return page(
        "information.html",
        form=returned if returned.failed else shown,
        info=shown,
        status_form=status_form or Form({"status": customer.status.value}, prefix="s-"),
        theirs=theirs or [],
        customer=customer,
        labels=queries.labels_of(session, [customer_id])[customer_id],
        partner=queries.partner(session, customer.partner_id, scope()),
        balance=queries.balance(session, customer_id),
        ahead=queries.ahead(session, customer_id),
        today=clock.today(queries.partner(session, customer.partner_id, scope()).timezone),
        has_password=queries.password_hash(session, customer_id) is not None,
        mail_rule=wording.MAIL_RULES[mail_rule(customer.emails, customer.billing_emails)],
        statuses=[(each.value, wording.STATUSES[each.value]) for each in status_choices(customer.status)],
        choices=choices(session),
        wording=wording,
        **activity_context(session, customer_id=customer_id),
    )


def _values(details: Details) -> dict[str, Any]:
    joined = {name: ", ".join(getattr(details, name)) for name in LISTS}
    return {**{name: getattr(details, name) for name in FIELDS}, **joined}


def _theirs(
    session: Session, customer_id: str, refusal: Refusal | None, mine: Details
) -> list[tuple[str, str]]:
    """
    Return the fields somebody else saved differently from what is in the form.
    """
    if not isinstance(refusal, ChangedMeanwhile):
        return []
    saved = queries.details(session, queries.customer(session, customer_id, scope()))
    return [
        (_(title), queries.shown(session, name, getattr(saved, name)) or "-")
        for name, title in TITLES.items()
        if getattr(saved, name) != getattr(mine, name)
    ]


def _set_status(session: Session, customer_id: str, fields: dict[str, str]) -> Any:
    if fields["status"] not in set(Status):
        raise Invalid(FieldError("#/status", "not_a_choice", N_("Choose a status")))
    if len(fields["why"]) > 200:
        raise Invalid(FieldError("#/why", "too_long", N_("Use at most 200 characters")))
    return change_status(
        session, customer_id=customer_id, to=Status(fields["status"]), why=fields["why"], scope=scope()
    )
