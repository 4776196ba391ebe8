"""What staff does with money (C4): record a payment, give it back, take it back, try again."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from billing.admin.forms import again, form_id, money, required_date
from billing.admin.shell import PREFIX, scope
from billing.queries import staff as queries
from billing.queries.bills import open_invoices_of
from billing.queries.days import todays
from billing.usecases.charge_back import charge_back, restore_payment
from billing.usecases.give_up_refund import give_up_refund
from billing.usecases.record_payment import Receipt, Way, preview_payment, record_payment
from billing.usecases.return_money import return_money, returnable
from billing.usecases.try_payment_again import try_payment_again
from shared import clock, ui
from shared.errors import Conflict, FieldError, Invalid
from shared.ids import new_id
from shared.ui.bill_words import paid_with
from shared.ui.formats import said
from shared.web.access import staff
from shared.web.app import database
from shared.web.errors import status_of

pages = Blueprint("billing_money", __name__, url_prefix=PREFIX, template_folder="templates")

Done = Callable[[Session], Any]
# As they are kept with the payment; whoever reads it, the customer too, reads their own language.
WAYS = {Way.CASH: "Cash", Way.BANK: "Bank transfer", Way.OTHER: "Another way"}


@pages.get("/customers/<customer_id>/payments/new")
@staff("payments.record")
def new_payment(customer_id: str) -> ResponseReturnValue:
    """
    Show the form that records a payment.
    """
    with database().read() as session:
        customer = queries.one_customer(session, customer_id, scope=scope())
        today = todays(session).of(customer.partner_id)
        form = ui.Form({"way": Way.CASH.value, "received_on": today.isoformat()})
        return _payment_form(session, customer_id, form)


@pages.post("/customers/<customer_id>/payments/new")
@staff("payments.record")
def record(customer_id: str) -> ResponseReturnValue:
    """
    Show what the payment would pay, or record it.
    """
    try:
        if request.form.get("step") == "preview":
            return _preview(customer_id)
        with database().begin() as session:
            payment = record_payment(
                session,
                payment_id=form_id("pay"),
                customer_id=customer_id,
                receipt=_receipt(session, customer_id),
                partner_ids=scope(),
                now=clock.now(),
            )
    except (Invalid, Conflict) as refusal:
        with database().read() as session:
            return _payment_form(session, customer_id, again(refusal)), status_of(refusal)
    ui.toast(_("The payment is recorded."))
    return redirect(f"{PREFIX}/payments/{payment.id}", 303)


@pages.get("/payments/<payment_id>/refund")
@staff("payments.refund")
def refund_page(payment_id: str) -> ResponseReturnValue:
    """
    Show the form that gives a payment back.
    """
    with database().read() as session:
        return _refund_form(session, payment_id, None)


@pages.post("/payments/<payment_id>/refund")
@staff("payments.refund")
def refund(payment_id: str) -> ResponseReturnValue:
    """
    Give money of the payment back.
    """
    try:
        with database().begin() as session:
            found = queries.one_payment(session, payment_id, scope=scope())
            return_money(
                session,
                payment_id=payment_id,
                refund_id=form_id("ref"),
                amount=money("amount", found.currency),
                way=request.form.get("way", ""),
                reason=request.form.get("reason", ""),
                partner_ids=scope(),
                now=clock.now(),
            )
    except (Invalid, Conflict) as refusal:
        with database().read() as session:
            return _refund_form(session, payment_id, again(refusal)), status_of(refusal)
    ui.toast(_("The money goes back."))
    return redirect(f"{PREFIX}/payments/{payment_id}", 303)


@pages.get("/payments/<payment_id>/chargeback")
@staff("payments.refund")
def chargeback_page(payment_id: str) -> ResponseReturnValue:
    """
    Ask whether the bank really took the payment back.
    """
    with database().read() as session:
        return _chargeback_form(session, payment_id, ui.Form({}))


@pages.post("/payments/<payment_id>/chargeback")
@staff("payments.refund")
def chargeback(payment_id: str) -> ResponseReturnValue:
    """
    Book that the bank took the payment back.
    """
    try:
        with database().begin() as session:
            charge_back(
                session,
                payment_id=payment_id,
                reason=request.form.get("reason", ""),
                partner_ids=scope(),
                now=clock.now(),
            )
    except (Invalid, Conflict) as refusal:
        with database().read() as session:
            return _chargeback_form(session, payment_id, again(refusal)), status_of(refusal)
    ui.toast(_("The chargeback is booked. What it had paid is open again."), tone="info")
    return redirect(f"{PREFIX}/payments/{payment_id}", 303)


@pages.post("/payments/<payment_id>/restorations")
@staff("payments.refund")
def restore(payment_id: str) -> ResponseReturnValue:
    """
    Book that the bank gave the payment back.
    """
    return _act(
        lambda session: restore_payment(session, payment_id=payment_id, partner_ids=scope(), now=clock.now()),
        _("The payment counts again."),
        f"{PREFIX}/payments/{payment_id}",
    )


@pages.post("/payments/<payment_id>/tries")
@staff("payments.record")
def try_again(payment_id: str) -> ResponseReturnValue:
    """
    Try a failed payment again by the same card.
    """
    return _act(
        lambda session: try_payment_again(
            session, payment_id=payment_id, partner_ids=scope(), now=clock.now()
        ),
        _("The card is charged again."),
        f"{PREFIX}/payments/failed",
    )


@pages.post("/refunds/<refund_id>/given-up")
@staff("payments.refund")
def give_up(refund_id: str) -> ResponseReturnValue:
    """
    Make money the provider does not send back the customer's credit again.
    """
    return _act(
        lambda session: give_up_refund(session, refund_id=refund_id, partner_ids=scope(), now=clock.now()),
        _("The money is credit again."),
        f"{PREFIX}/payments",
    )


def _act(do: Done, words: str, back: str) -> ResponseReturnValue:
    try:
        with database().begin() as session:
            do(session)
    except (Invalid, Conflict) as refusal:
        ui.toast(said(refusal.detail), tone="bad")
        return redirect(back, 303)
    ui.toast(words)
    return redirect(back, 303)


def _payment_form(session: Session, customer_id: str, form: ui.Form, **more: Any) -> str:
    customer = queries.one_customer(session, customer_id, scope=scope())
    account = queries.account_of(session, customer_id)
    return render_template(
        "billing/record_payment.html",
        customer=customer,
        account=account,
        currency=account.currency if account else "EUR",
        bills=open_invoices_of(session, customer_id=customer_id),
        ways=[(way.value, _way(way)) for way in Way],
        key=request.form.get("key") or new_id("pay"),
        form=form,
        **more,
    )


def _preview(customer_id: str) -> ResponseReturnValue:
    with database().read() as session:
        receipt = _receipt(session, customer_id)
        plan, left = preview_payment(
            session, customer_id=customer_id, amount=receipt.amount, invoice_ids=receipt.invoice_ids
        )
        return _payment_form(session, customer_id, ui.Form(request.form), plan=plan, left=left)


def _receipt(session: Session, customer_id: str) -> Receipt:
    queries.one_customer(session, customer_id, scope=scope())
    account = queries.account_of(session, customer_id)
    way = _chosen_way()
    return Receipt(
        way=way,
        amount=money("amount", account.currency if account else "EUR"),
        received_on=required_date("received_on"),
        method_label=WAYS[way],
        invoice_ids=request.form.getlist("bills")[:100],
        number=request.form.get("number", "").strip()[:60],
        payer=request.form.get("payer", "").strip()[:120],
        comment=request.form.get("comment", "").strip()[:500],
    )


def _chosen_way() -> Way:
    try:
        return Way(request.form.get("way", ""))
    except ValueError:
        raise Invalid(FieldError("#/way", "required", _("Choose how the money came"))) from None


def _way(way: Way) -> str:
    return paid_with(WAYS[way])


def _refund_form(session: Session, payment_id: str, form: ui.Form | None) -> str:
    payment = queries.one_payment(session, payment_id, scope=scope())
    most = returnable(session, payment)
    card = [("card", paid_with(payment.method_label))] if payment.provider not in set(Way) else []
    return render_template(
        "billing/refund.html",
        payment=payment,
        customer=queries.one_customer(session, payment.customer_id, scope=scope()),
        most=most,
        ways=[*card, *((way.value, _way(way)) for way in Way)],
        key=request.form.get("key") or new_id("ref"),
        form=form or ui.Form({"amount": most.amount, "way": card[0][0] if card else payment.provider}),
    )


def _chargeback_form(session: Session, payment_id: str, form: ui.Form) -> str:
    payment = queries.one_payment(session, payment_id, scope=scope())
    customer = queries.one_customer(session, payment.customer_id, scope=scope())
    return render_template("billing/chargeback.html", payment=payment, customer=customer, form=form)
