"""
Wallet and top-up (P17, P18): how long the balance lasts, what a sum would do, paying it, what happened.

An amount is chosen by following a link, so the page that pays always says what the amount does and the button
names it, with or without JavaScript.
"""

from datetime import timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal_gateway.portal.caller import caller, partner, signed_in, told, upstreams
from portal_gateway.portal.checkout import at_the_choice, chosen_payment, pay_form, pay_options, return_url
from portal_gateway.portal.words import statement_rows
from portal_gateway.usecases.home import detailed
from portal_gateway.usecases.top_up import top_up
from shared import clock, ui
from shared.errors import FieldError, Invalid, NotFound, Refusal, Unavailable
from shared.ids import new_id
from shared.money import Money, UnclearAmount
from shared.ui.formats import money

blueprint = Blueprint("portal_wallet", __name__, url_prefix="/portal/wallet")

LOOK_BACK = timedelta(days=90)
MOST_ROWS = 20
SENT = frozenset({"top_up_not_possible", "idempotency_key_reused", "request_in_progress"})


@blueprint.get("")
@signed_in
def wallet_page() -> ResponseReturnValue:
    """
    Show the balance, what is paid from it, how to top it up, and what happened lately.
    """
    summary = upstreams().billing.summary(caller())
    if summary.get("wallet") is None:
        return redirect("/portal/bills", 303)
    names = {each["id"]: each["name"] for each in detailed(summary)}
    return render_template(
        "portal/wallet.html", wallet=summary["wallet"], names=names, rows=_lately(), chips=chips
    )


@blueprint.get("/top-up")
@signed_in
def top_up_page() -> ResponseReturnValue:
    """
    Show what a sum would do, and the ways to pay it.
    """
    return _page(request.args.get("amount"), ui.Form({}))


@blueprint.post("/top-ups")
@signed_in
def pay() -> ResponseReturnValue:
    """
    Pay the sum of the form, once however often it is sent.
    """
    typed = request.form.get("amount", "")[:30]
    try:
        wanted = _read(typed, _wallet())
        made = top_up(
            upstreams(),
            caller(),
            target={"amount": {"amount": wanted.amount, "currency": wanted.currency}},
            payment=chosen_payment(),
            return_url=return_url(),
            key=request.form.get("key", "")[:200],
        )
    except Refusal as refusal:
        return _refused(typed, refusal)
    if made["status"] == "action_required" and made["action"]:
        return redirect(made["action"]["url"], 303)
    return redirect(f"/portal/payments/{made['id']}", 303)


def chips(wallet: dict[str, Any]) -> list[tuple[str, str, str, None]]:
    """
    Return the sums worth offering as links to what they would do.
    """
    return [
        (each["amount"], money(each), f"/portal/wallet/top-up?amount={each['amount']}", None)
        for each in wallet["top_up"]["suggested"]
    ]


def _page(typed: str | None, form: ui.Form, status: int = 200) -> ResponseReturnValue:
    try:
        wallet = _wallet()
    except NotFound:
        return redirect("/portal/bills", 303)
    preview = None
    try:
        wanted = _suggested(wallet) if typed is None else _read(typed, wallet)
        preview = upstreams().billing.top_ups.preview(caller(), wanted.amount)
    except Invalid as refusal:
        form, status = ui.Form({"amount": typed}, refusal.errors), 422
    return _shown(wallet, preview, form, status)


def _shown(
    wallet: dict[str, Any] | None, preview: dict[str, Any] | None, form: ui.Form, status: int
) -> ResponseReturnValue:
    cards = told(lambda: upstreams().billing.payment_methods(caller()))
    page = render_template(
        "portal/top_up.html",
        wallet=wallet,
        preview=preview,
        chips=chips(wallet) if wallet else [],
        options=pay_options(cards),
        key=request.form.get("key") or new_id("key"),
        form=pay_form(form, cards) if preview or not wallet else form,
    )
    return page, status


def _wallet() -> dict[str, Any]:
    return upstreams().billing.wallet(caller())


def _suggested(wallet: dict[str, Any]) -> Money:
    first = wallet["top_up"]["suggested"][0]
    return Money.parse(first["amount"], first["currency"])


def _read(typed: str, wallet: dict[str, Any]) -> Money:
    least, most = (Money.parse(**wallet["top_up"][name]) for name in ("min", "max"))
    try:
        wanted = Money.parse(typed.strip().replace(",", "."), least.currency)
    except UnclearAmount:
        detail = _("Enter an amount such as %(sum)s", sum=_suggested(wallet).amount)
        raise Invalid(FieldError("#/amount", "invalid", detail)) from None
    if not least <= wanted <= most:
        detail = _("Enter between %(least)s and %(most)s", least=money(least), most=money(most))
        raise Invalid(FieldError("#/amount", "out_of_range", detail))
    return wanted


def _lately() -> list[dict[str, Any]]:
    today = clock.local_date(clock.now(), partner().timezone)
    days = {"from": (today - LOOK_BACK).isoformat(), "to": today.isoformat()}
    happened = statement_rows(upstreams().billing.bills.statement(caller(), **days))[1:-1]
    return happened[: -MOST_ROWS - 1 : -1]


def _refused(typed: str, refusal: Refusal) -> ResponseReturnValue:
    if refusal.code in SENT:
        running = str(refusal.params.get("payment_id", "")) if refusal.params else ""
        return redirect(f"/portal/payments/{running}" if running else "/portal/wallet", 303)
    if isinstance(refusal, Invalid):
        return _page(typed, ui.Form(request.form, at_the_choice(refusal.errors)), 422)
    if isinstance(refusal, Unavailable):
        again = Refusal(_("Nothing was charged twice. Try again."))
        return _shown(None, None, ui.Form(request.form, problem=again), 503)
    raise refusal
