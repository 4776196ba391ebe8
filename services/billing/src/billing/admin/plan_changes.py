"""
Change the plan of one service for its customer (A7): choose, see the price line by line, book, undo.

A request that came as a ticket is applied with one click: the ticket's page posts here.
"""

from datetime import date
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from billing.admin.forms import required_date
from billing.admin.shell import PREFIX, back_to, scope
from billing.domain.change import Source
from billing.domain.change_settings import PrepaidRefund, Refund
from billing.domain.change_terms import Decided
from billing.queries.plan_change_desk import desk, owner_of_change, subscription_in, version_sold
from billing.queries.quotes import PlanQuoteView, QuoteView, find_quote, quote_view
from billing.usecases.book_plan_change import Booking, book_plan_change, quote_again
from billing.usecases.quote_order import QuoteChanged
from billing.usecases.quote_plan_change import Wanted, quote_plan_change
from billing.usecases.withdraw_plan_change import withdraw_plan_change
from shared import clock, ui
from shared.errors import FieldError, Invalid, NotFound, Refusal
from shared.money import Money, UnclearAmount
from shared.ui.formats import day
from shared.web.access import staff
from shared.web.app import database
from shared.web.errors import status_of

pages = Blueprint("billing_plan_changes", __name__, url_prefix=PREFIX, template_folder="templates")

LONGEST_REASON = 300
REFUNDS = {*Refund, *PrepaidRefund}


@pages.get("/subscriptions/<subscription_id>/change-plan")
@staff("orders.approve")
def choose(subscription_id: str) -> ResponseReturnValue:
    """
    Show the plans this service may move to.
    """
    given = {name: request.args.get(name, "") for name in ("plan_id", "start_on", "ticket_id")}
    return _page(subscription_id, given)


@pages.post("/subscriptions/<subscription_id>/change-plan/quote")
@staff("orders.approve")
def quote(subscription_id: str) -> ResponseReturnValue:
    """
    Show what the change would cost, line by line, and hold the price.
    """
    try:
        with database().begin() as session:
            found = quote_view(
                _quoted(session, subscription_id, source=Source.ADMIN, decided=_decided(session))
            )
    except Refusal as refusal:
        return again(subscription_id, refusal)
    return _page(subscription_id, request.form, found)


@pages.post("/subscriptions/<subscription_id>/change-plan")
@staff("orders.approve")
def book(subscription_id: str) -> ResponseReturnValue:
    """
    Book what was quoted.
    """
    ticket_id = request.form.get("ticket_id", "") or None
    booking = Booking(source=Source.REQUEST if ticket_id else Source.ADMIN, ticket_id=ticket_id)
    try:
        with database().begin() as session:
            _book(session, subscription_id, request.form.get("quote_id", ""), booking)
    except QuoteChanged as refusal:
        return _changed(subscription_id, refusal)
    except Refusal as refusal:
        return again(subscription_id, refusal)
    return _back(subscription_id)


@pages.post("/plan-change-requests/apply")
@staff("orders.approve")
def apply_request() -> ResponseReturnValue:
    """
    Do what a customer asked for in a ticket, at today's price, with one click.
    """
    subscription_id = request.form.get("subscription_id", "")
    booking = Booking(source=Source.REQUEST, ticket_id=request.form.get("ticket_id", "") or None)
    try:
        with database().begin() as session:
            found = _quoted(session, subscription_id, source=Source.REQUEST, decided=None)
            _book(session, subscription_id, found.id, booking)
    except NotFound:
        raise
    except Refusal as refusal:
        return again(subscription_id, refusal)
    return _back(subscription_id)


@pages.post("/plan-changes/<change_id>/undo")
@staff("orders.approve")
def undo(change_id: str) -> ResponseReturnValue:
    """
    Undo a booked change.
    """
    with database().begin() as session:
        customer_id = owner_of_change(session, change_id, scope=scope())
        change = withdraw_plan_change(session, change_id=change_id, partner_ids=scope(), now=clock.now())
    ui.toast(_("The change to %(plan)s is undone.", plan=change.to_name), tone="info")
    return redirect(f"{PREFIX}/customers/{customer_id}/services", 303)


def again(subscription_id: str, refusal: Refusal) -> ResponseReturnValue:
    """
    Return the page as it was sent, with what was refused about it.
    """
    return _page(subscription_id, request.form, refusal=refusal, status=status_of(refusal))


def _quoted(session: Session, subscription_id: str, *, source: Source, decided: Decided | None) -> Any:
    plan_id = request.form.get("plan_id", "")
    if not plan_id:
        raise Invalid(FieldError("#/plan_id", "required", _("Choose a plan.")))
    wanted = Wanted(
        subscription_id=subscription_id,
        plan_id=plan_id,
        version=version_sold(session, plan_id),
        start_on=required_date("start_on"),
    )
    owner = subscription_in(session, subscription_id, scope=scope()).customer_id
    return quote_plan_change(
        session, customer_id=owner, wanted=wanted, now=clock.now(), source=source, decided=decided
    )


def _decided(session: Session) -> Decided:
    """
    Read what staff decide differently; it needs a reason, which is audited.

    :raises Invalid: if a field is wrong, or there is no reason
    """
    subscription = subscription_in(session, (request.view_args or {})["subscription_id"], scope=scope())
    refund, reason = request.form.get("refund", ""), request.form.get("reason", "").strip()
    decided = Decided(
        fee=_fee(request.form.get("fee", "").strip(), subscription.currency),
        refund=refund if refund in REFUNDS else None,
        reason=reason[:LONGEST_REASON],
        ignore_balance="ignore_balance" in request.form,
    )
    if (decided.fee is not None or decided.refund) and not reason:
        raise Invalid(FieldError("#/reason", "required", _("Say why the rules do not apply.")))
    return decided


def _fee(text: str, currency: str) -> Money | None:
    try:
        fee = Money.parse(text.replace(",", "."), currency) if text else None
    except UnclearAmount:
        fee = Money(-1, currency)
    if fee is not None and fee.minor < 0:
        raise Invalid(FieldError("#/fee", "out_of_range", _("Enter an amount such as 2.00, or nothing")))
    return fee


def _book(session: Session, subscription_id: str, quote_id: str, booking: Booking) -> None:
    owner = subscription_in(session, subscription_id, scope=scope()).customer_id
    change = book_plan_change(session, customer_id=owner, quote_id=quote_id, booking=booking, now=clock.now())
    ui.toast(
        _("Booked: %(plan)s from %(day)s.", plan=change.to_name, day=day(change.effective_on)),
        undo=f"{PREFIX}/plan-changes/{change.id}/undo",
    )


def _changed(subscription_id: str, refusal: Refusal) -> ResponseReturnValue:
    with database().begin() as session:
        owner = subscription_in(session, subscription_id, scope=scope()).customer_id
        renewed = quote_again(
            session,
            customer_id=owner,
            quote_id=request.form.get("quote_id", ""),
            source=Source.ADMIN,
            now=clock.now(),
        )
        shown = find_quote(session, customer_id=owner, quote_id=renewed.id)
    return _page(subscription_id, request.form, shown, refusal=refusal, status=409)


def _page(
    subscription_id: str,
    given: Any,
    found: QuoteView | None = None,
    *,
    refusal: Refusal | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    errors = refusal.errors if isinstance(refusal, Invalid) else ()
    with database().read() as session:
        at = desk(session, subscription_id, scope=scope(), now=clock.now())
        values = _filled(given, at.options.dates.suggested[0].on, ignore=not at.prepaid)
        form = ui.Form(values, errors, problem=None if errors else refusal)
        return (
            render_template(
                "billing/change_plan.html",
                desk=at,
                form=form,
                quote=found if isinstance(found, PlanQuoteView) else None,
                bounds=getattr(refusal, "params", {}),
                return_to=request.values.get("return_to", ""),
            ),
            status,
        )


def _filled(given: Any, suggested: date, *, ignore: bool) -> dict[str, Any]:
    names = ("plan_id", "start_on", "ticket_id", "fee", "refund", "reason")
    values = {name: given.get(name, "") for name in names}
    chosen = "ignore_balance" in given if request.method == "POST" else ignore
    return values | {
        "start_on": values["start_on"] or suggested.isoformat(),
        "ignore_balance": "yes" if chosen else "",
    }


def _back(subscription_id: str) -> ResponseReturnValue:
    with database().read() as session:
        owner = subscription_in(session, subscription_id, scope=scope()).customer_id
    return redirect(back_to(f"{PREFIX}/customers/{owner}/services"), 303)
