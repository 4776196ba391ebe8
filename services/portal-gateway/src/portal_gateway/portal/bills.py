"""Bills (P19, P20): what is open and how to pay it, each bill with its reasons, payments, the statement."""

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal_gateway.clients.bills import Invoice
from portal_gateway.clients.calls import Page
from portal_gateway.portal.caller import caller, signed_in, told, upstreams
from portal_gateway.portal.checkout import (
    at_the_choice,
    chosen_payment,
    pay_form,
    pay_options,
    return_url,
)
from portal_gateway.portal.pages import part, ways
from portal_gateway.usecases.pay_bills import pay_bills
from shared import ui
from shared.errors import Conflict, Invalid, Refusal, Unavailable
from shared.ids import new_id
from shared.money import Money, total

blueprint = Blueprint("portal_bills", __name__, url_prefix="/portal")

MOST_BILLS = 100


@blueprint.get("/bills")
@signed_in
def bills_page() -> ResponseReturnValue:
    """
    Show what is open, and the list the tab asks for.
    """
    tab = request.args.get("tab", "")
    tab = tab if tab in TABS else "bills"
    found = upstreams().billing.bills.open(caller())
    return render_template(
        "portal/bills.html",
        tab=tab,
        owed=_sum(found) if found else None,
        payable=[bill for bill in found if not bill["paying"]],
        account=upstreams().billing.summary(caller())["account"],
        **TABS[tab](),
    )


@blueprint.get("/bills/pay")
@signed_in
def pay_page() -> ResponseReturnValue:
    """
    Show what would be paid, and the ways to pay it.
    """
    chosen = {"payment": request.args.get("with", "")[:40]}
    return _pay(request.args.getlist("bill")[:MOST_BILLS], ui.Form(chosen))


@blueprint.post("/bills/pay")
@signed_in
def pay() -> ResponseReturnValue:
    """
    Pay the bills of the form, once however often it is sent.
    """
    wanted = request.form.get("bills", "").split(",")[:MOST_BILLS]
    try:
        made = pay_bills(
            upstreams(),
            caller(),
            target={"invoice_ids": wanted},
            payment=chosen_payment(),
            return_url=return_url(),
            key=request.form.get("key", "")[:200],
        )
    except Invalid as refusal:
        return _pay(wanted, ui.Form(request.form, at_the_choice(refusal.errors)), 422)
    except Conflict as refusal:
        return _refused(wanted, refusal)
    except Unavailable:
        again = Refusal(_("Nothing was charged twice. Try again."))
        return _pay(wanted, ui.Form(request.form, problem=again), 503)
    if made["status"] == "action_required" and made["action"]:
        return redirect(made["action"]["url"], 303)
    return redirect(f"/portal/payments/{made['id']}", 303)


@blueprint.get("/bills/<invoice_id>")
@signed_in
def bill_page(invoice_id: str) -> ResponseReturnValue:
    """
    Show one bill: its lines by service, why it differs from the one before, and what paid it.
    """
    bills = upstreams().billing.bills
    bill = bills.one(caller(), invoice_id)
    return render_template(
        "portal/bill.html",
        bill=bill,
        groups=_by_service(bill["lines"]),
        comparison=bills.comparison(caller(), invoice_id),
    )


@blueprint.get("/credit-notes/<note_id>")
@signed_in
def credit_note_page(note_id: str) -> ResponseReturnValue:
    """
    Show one credit note.
    """
    note = upstreams().billing.bills.credit_note(caller(), note_id)
    return render_template("portal/credit_note.html", note=note)


def _bills() -> dict[str, Any]:
    return _paged(upstreams().billing.bills.all(caller(), **part()))


def _payments() -> dict[str, Any]:
    return _paged(upstreams().billing.payments(caller(), **part()))


def _credit_notes() -> dict[str, Any]:
    return _paged(upstreams().billing.bills.credit_notes(caller(), **part()))


def _paged(shown: Page[Any]) -> dict[str, Any]:
    return {"shown": shown, "ways": ways(shown)}


def _statement() -> dict[str, Any]:
    first, last = _typed("from"), _typed("to")
    if first and last and first > last:
        first, last = last, first
    days = {name: day.isoformat() for name, day in (("from", first), ("to", last)) if day}
    return {"statement": upstreams().billing.bills.statement(caller(), **days)}


TABS: dict[str, Callable[[], dict[str, Any]]] = {
    "bills": _bills,
    "payments": _payments,
    "credit-notes": _credit_notes,
    "statement": _statement,
}


def _typed(name: str) -> date | None:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def _pay(wanted: list[str], form: ui.Form, status: int = 200) -> ResponseReturnValue:
    found = told(lambda: upstreams().billing.bills.open(caller()))
    if found is None and not form.failed:
        raise Unavailable
    asked = [bill for bill in found or () if not wanted or bill["id"] in wanted]
    chosen = [bill for bill in asked if not bill["paying"]]
    if found is not None and not chosen:
        paying = next((bill["paying"] for bill in asked if bill["paying"]), None)
        return redirect(f"/portal/payments/{paying}" if paying and form.failed else "/portal/bills", 303)
    cards = told(lambda: upstreams().billing.payment_methods(caller()))
    page = render_template(
        "portal/pay_bills.html",
        bills=chosen,
        wanted=[bill["id"] for bill in chosen] or wanted,
        amount=_sum(chosen) if chosen else None,
        options=pay_options(cards),
        key=request.form.get("key") or new_id("key"),
        form=pay_form(form, cards),
    )
    return page, status


def _refused(wanted: list[str], refusal: Refusal) -> ResponseReturnValue:
    running = str(refusal.params.get("payment_id", "")) if refusal.params else ""
    if running:
        return redirect(f"/portal/payments/{running}", 303)
    ui.toast(_("Nothing is left to pay."), tone="info")
    return redirect("/portal/bills", 303)


def _sum(bills: list[Invoice]) -> Money:
    amounts = [Money.parse(bill["open"]["amount"], bill["open"]["currency"]) for bill in bills]
    return total(amounts, amounts[0].currency)


def _by_service(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for line in lines:
        groups.setdefault(line["subscription_id"] or line["plan_id"], []).append(line)
    return [
        {"name": found[-1]["label"], "lines": found, "period": _period(found)} for found in groups.values()
    ]


def _period(lines: list[dict[str, Any]]) -> dict[str, str] | None:
    spans = [line["period"] for line in lines if line["period"]]
    if not spans:
        return None
    return {"from_on": min(each["from_on"] for each in spans), "to_on": max(each["to_on"] for each in spans)}
