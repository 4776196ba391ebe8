"""The tickets of one customer, and opening one for them."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from shared import clock
from shared.errors import Invalid
from shared.ui import Form, toast
from shared.web.access import principal, staff
from shared.web.app import database
from shared.web.fields import after
from tickets import queries
from tickets.admin import words
from tickets.domain import place
from tickets.domain import ticket as rules
from tickets.queries import PAGE, Filters
from tickets.usecases.open_ticket import Opening, open_ticket

blueprint = Blueprint("ticket_customers", __name__, url_prefix="/admin/tickets", template_folder="templates")

BLANK = {"type": rules.Type.QUESTION.value, "priority": rules.Priority.MEDIUM.value}


@blueprint.get("/customers")
@staff("tickets.view")
def search() -> str:
    """
    Find a customer by name, login or number.
    """
    asked = request.args.get("q", "")
    with database().read() as session:
        found = queries.find_customers(session, scope=words.staff_scope(), search=asked)
        return render_template("tickets/customers.html", found=found, form=Form(request.args), opening=False)


@blueprint.get("/customers/<customer_id>")
@staff("tickets.view")
def of_customer(customer_id: str) -> str:
    """
    Show the tickets of one customer, open and solved.
    """
    scope = words.staff_scope()
    filters = Filters(customer_id=customer_id, after=place.read(after(request.args.get("cursor"))))
    with database().read() as session:
        customer = queries.customer(session, customer_id, scope=scope)
        rows = queries.tickets(session, scope=scope, filters=filters, limit=PAGE + 1)
        counts = queries.counts(session, scope=scope, customer_id=customer_id)
    return render_template(
        "tickets/customer.html",
        customer=customer,
        rows=rows[:PAGE],
        older=words.older(rows),
        newest=url_for("ticket_customers.of_customer", customer_id=customer_id) if filters.after else None,
        still_open=sum(count for status, count in counts.items() if status in rules.OPEN),
        may_reply=principal().may("tickets.reply"),
        words=words,
    )


@blueprint.get("/new")
@staff("tickets.reply")
def new() -> str:
    """
    Show the form of a new ticket, or let choose whose it is first.
    """
    customer_id = request.args.get("customer", "")
    if customer_id:
        return _form(customer_id, Form(BLANK))
    with database().read() as session:
        asked = request.args.get("q", "")
        found = queries.find_customers(session, scope=words.staff_scope(), search=asked)
        return render_template("tickets/customers.html", found=found, form=Form(request.args), opening=True)


@blueprint.post("/new")
@staff("tickets.reply")
def create() -> Response | tuple[str, int]:
    """
    Open a ticket for a customer.
    """
    customer_id = request.args.get("customer", "")
    try:
        with database().begin() as session:
            customer = queries.customer(session, customer_id, scope=words.staff_scope())
            opened = open_ticket(session, opening=_opening(customer), now=clock.now())
    except Invalid as refusal:
        return _form(customer_id, words.form_again(request.form, refusal)), 422
    toast(_("Ticket #%(number)s is open.", number=opened.number))
    return redirect(url_for("thread.show", ticket_id=opened.id), 303)


def _opening(customer: queries.KnownCustomer) -> Opening:
    asked = request.form
    kind, priority = asked.get("type", ""), asked.get("priority", "")
    return Opening(
        customer_id=customer.id,
        partner_id=customer.partner_id,
        type=rules.Type(kind) if kind in rules.ASKABLE else rules.Type.QUESTION,
        priority=rules.Priority(priority) if priority in set(rules.Priority) else rules.Priority.MEDIUM,
        source=rules.Source.ADMINISTRATION,
        subject=asked.get("subject", ""),
        message=asked.get("message", ""),
        by=rules.Author.AGENT,
        author=principal().name,
    )


def _form(customer_id: str, form: Form) -> str:
    with database().read() as session:
        customer = queries.customer(session, customer_id, scope=words.staff_scope())
    askable = [(kind.value, words.TYPES[kind]) for kind in rules.ASKABLE]
    return render_template("tickets/new.html", customer=customer, form=form, askable=askable, words=words)
