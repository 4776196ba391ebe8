"""One ticket: what was written, what can be set, whose it is, and the order it is about."""

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shared import clock
from shared.errors import Conflict, Invalid, Refusal
from shared.money import Money
from shared.settings import origin
from shared.ui import Form, toast
from shared.web.access import principal, staff
from shared.web.app import database, wired
from shared.web.headers import content_security_policy
from tickets import queries
from tickets.admin import words
from tickets.domain import ticket as rules
from tickets.queries.words import item_words, subject_of, text_of, then_of
from tickets.usecases.add_note import add_note
from tickets.usecases.close_ticket import close_ticket
from tickets.usecases.edit_ticket import Properties, edit_ticket
from tickets.usecases.reopen_ticket import reopen_ticket
from tickets.usecases.reply import reply

blueprint = Blueprint("thread", __name__, url_prefix="/admin/tickets", template_folder="templates")

ONE_PERIOD, ONE_YEAR = timedelta(days=31), timedelta(days=365)
ME, NOBODY = "me", "nobody"
WRITE, SET, APPROVE, REJECT, CHANGE = "write-", "set-", "approve-", "reject-", "change-"


@blueprint.get("/<ticket_id>")
@staff("tickets.view")
def show(ticket_id: str) -> Response:
    """
    Show a ticket.
    """
    response = make_response(_page(ticket_id))
    # The page may hold a picture that signs on at billing, so that *Approve* there needs no second click.
    urls = wired().settings.admin_urls
    images = tuple(origin(urls[name]) for name in ("billing", "customers"))
    response.headers["Content-Security-Policy"] = content_security_policy(wired().settings, images=images)
    return response


@blueprint.post("/<ticket_id>/messages")
@staff("tickets.reply")
def write(ticket_id: str) -> Response | tuple[str, int]:
    """
    Reply to the customer, or leave a note for colleagues.
    """
    note = request.form.get("kind") == rules.Message.NOTE.value
    try:
        with database().begin() as session:
            (_note if note else _reply)(session, ticket_id)
    except (Invalid, Conflict) as refusal:
        return _page_again(ticket_id, refusal, WRITE)
    toast(_("Note kept.") if note else _("Reply sent."))
    return _back(ticket_id)


@blueprint.post("/<ticket_id>/properties")
@staff("tickets.reply")
def set_properties(ticket_id: str) -> Response | tuple[str, int]:
    """
    Set status, priority, type and assignee.
    """
    try:
        with database().begin() as session:
            edit_ticket(
                session,
                ticket_id=ticket_id,
                scope=words.staff_scope(),
                seen_version=_number("version"),
                properties=_properties(session, ticket_id),
                author=principal().name,
                now=clock.now(),
            )
    except (Invalid, Conflict) as refusal:
        return _page_again(ticket_id, refusal, SET)
    toast(_("Saved."))
    return _back(ticket_id)


@blueprint.post("/<ticket_id>/closures")
@staff("tickets.reply")
def close(ticket_id: str) -> Response:
    """
    Call the ticket solved.
    """
    with database().begin() as session:
        close_ticket(session, ticket_id=ticket_id, scope=words.staff_scope(), now=clock.now(), **_me())
    toast(_("Closed."))
    return _back(ticket_id)


@blueprint.post("/<ticket_id>/reopenings")
@staff("tickets.reply")
def reopen(ticket_id: str) -> Response:
    """
    Take the ticket up again.
    """
    with database().begin() as session:
        reopen_ticket(session, ticket_id=ticket_id, scope=words.staff_scope(), now=clock.now(), **_me())
    toast(_("Reopened."))
    return _back(ticket_id)


def _reply(session: Session, ticket_id: str) -> None:
    scope, now = words.staff_scope(), clock.now()
    seen = _number("seen")
    reply(
        session,
        ticket_id=ticket_id,
        scope=scope,
        body=request.form.get("body", ""),
        seen=seen,
        now=now,
        **_me(),
    )
    if request.form.get("then") == "close":
        close_ticket(session, ticket_id=ticket_id, scope=scope, now=now, **_me())


def _note(session: Session, ticket_id: str) -> None:
    add_note(
        session,
        ticket_id=ticket_id,
        scope=words.staff_scope(),
        author=principal().name,
        body=request.form.get("body", ""),
        now=clock.now(),
    )


def _me() -> dict[str, Any]:
    return {"by": rules.Author.AGENT, "author": principal().name}


def _properties(session: Session, ticket_id: str) -> Properties:
    found = queries.ticket(session, ticket_id, scope=words.staff_scope())
    asked = request.form
    assignee = _assignee(session, found, asked.get("assignee", ""))
    return Properties(
        status=_member(rules.Status, asked.get("status", ""), found.status),
        priority=_member(rules.Priority, asked.get("priority", ""), found.priority),
        type=_member(rules.Type, asked.get("type", ""), found.type),
        assignee_id=assignee[0],
        assignee_name=assignee[1],
    )


def _assignee(session: Session, found: queries.Ticket, asked: str) -> tuple[str | None, str]:
    if asked == ME:
        return principal().id, principal().name
    if asked == NOBODY:
        return None, ""
    known = queries.agents(session, scope=words.staff_scope())
    return (asked, known[asked]) if asked in known else (found.assignee_id, found.assignee_name)


def _member(kind: Any, text: str, present: Any) -> Any:
    return kind(text) if text in set(kind) else present


def _number(field: str) -> int:
    text = request.form.get(field, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def _back(ticket_id: str) -> Response:
    return redirect(url_for("thread.show", ticket_id=ticket_id), 303)


def _page_again(ticket_id: str, refusal: Refusal, prefix: str) -> tuple[str, int]:
    # What changed meanwhile is on the page now, so sending it again counts as having seen it.
    values = {name: value for name, value in request.form.items() if name not in ("seen", "version")}
    form = words.form_again(values, refusal, prefix=prefix)
    return _page(ticket_id, form), 422 if isinstance(refusal, Invalid) else 409


def _page(ticket_id: str, form: Form | None = None) -> str:
    scope = words.staff_scope()
    with database().read() as session:
        found = queries.ticket(session, ticket_id, scope=scope)
        messages = queries.messages(session, ticket_id, public_only=False)
        order = queries.order(session, found.order_id)
        partner = queries.partner(session, found.partner_id)
        return render_template(
            "tickets/thread.html",
            ticket=found,
            subject=subject_of(found),
            shown_messages=[_said(message, order) for message in messages],
            then=then_of(order) if order and order.then else "",
            seen=messages[-1].position if messages else 0,
            customer=queries.known_customer(session, found.customer_id),
            partner=partner,
            order=order,
            order_lines=_lines(order),
            waits_for_approval=_waits(order),
            **_wished(found, partner),
            form=form or Form(),
            writing=form if form and form.prefix == WRITE else Form(prefix=WRITE),
            setting=form if form and form.prefix == SET else Form(_shown(found), prefix=SET),
            approving=Form({"starts_on": _suggested(order, partner)}, prefix=APPROVE),
            starts_between=_starts_between(found, partner),
            rejecting=Form(prefix=REJECT),
            assignees=_assignees(session, found),
            note=_wants_note(form),
            may_reply=principal().may("tickets.reply"),
            may_approve=principal().may("orders.approve"),
            return_to=_after_deciding(ticket_id),
            words=words,
        )


def _after_deciding(ticket_id: str) -> str:
    # Billing sends staff back before we have heard of the decision; "decided" makes the page wait.
    return wired().settings.admin_urls["tickets"] + url_for("thread.show", ticket_id=ticket_id, decided=1)


def _today(partner: queries.KnownPartner | None) -> str:
    return clock.today(partner.timezone if partner else "UTC").isoformat()


def _suggested(order: queries.KnownOrder | None, partner: queries.KnownPartner | None) -> str:
    today, wished = _today(partner), order.preferred_start_on if order else None
    return max(today, wished.isoformat()) if wished else today


def _starts_between(found: queries.Ticket, partner: queries.KnownPartner | None) -> tuple[date, date]:
    """
    Return the days the field offers; billing knows the customer's periods and decides.
    """
    zone = partner.timezone if partner else "UTC"
    return clock.local_date(found.created_at, zone) - ONE_PERIOD, clock.today(zone) + ONE_YEAR


def _said(message: queries.Message, order: queries.KnownOrder | None) -> dict[str, Any]:
    sides = {rules.Message.REPLY: message.by.value, rules.Message.NOTE: "note"}
    note = message.kind is rules.Message.NOTE
    return {
        "by": sides.get(message.kind, "system"),
        "author": f"{message.author}, {_('internal note')}" if note else message.author,
        "body": text_of(message, order),
        "at": message.at,
    }


def _lines(order: queries.KnownOrder | None) -> list[dict[str, Any]]:
    if order is None or order.total is None:
        return []
    return [
        {
            **item_words(item),
            "quantity": item["quantity"],
            "amount": Money(item["amount_minor"], order.total.currency),
        }
        for item in order.items
    ]


def _wished(found: queries.Ticket, partner: queries.KnownPartner | None) -> dict[str, Any]:
    wish = found.plan_change
    if wish is None:
        return {"wish": None}
    today = _today(partner)
    return {
        "wish": wish,
        "changing": Form({"start_on": max(wish["start_on"] or today, today)}, prefix=CHANGE),
        "may_change": principal().may("orders.approve"),
    }


def _waits(order: queries.KnownOrder | None) -> bool:
    return order is not None and (order.status == "awaiting_approval" or order.approval == "open")


def _wants_note(form: Form | None) -> bool:
    kind = form.value("kind") if form and form.prefix == WRITE else request.args.get("write", "")
    return kind == rules.Message.NOTE.value


def _shown(found: queries.Ticket) -> dict[str, str]:
    mine = found.assignee_id == principal().id
    return {
        "status": found.status.value,
        "priority": found.priority.value,
        "type": found.type.value,
        "assignee": ME if mine else found.assignee_id or NOBODY,
    }


def _assignees(session: Session, found: queries.Ticket) -> list[tuple[str, str]]:
    others = queries.agents(session, scope=words.staff_scope())
    others.pop(principal().id, None)
    return [(NOBODY, _("Nobody")), (ME, _("Me, %(name)s", name=principal().name)), *sorted(others.items())]
