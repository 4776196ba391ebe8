"""
Change the plan of a service (P6, P7, P8): choose, see what it costs and why, book it, ask for it, or undo it.

The page works as a sheet and as a page: choosing is a GET that shows the price, confirming POSTs the quote.
"""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal_gateway.clients.plan_changes import ChangeQuote, Target
from portal_gateway.domain.portal_settings import ChangeMode
from portal_gateway.portal.caller import caller, service_page, signed_in, upstreams
from portal_gateway.usecases.book_plan_change import book_plan_change
from portal_gateway.usecases.find_plan_changes import Options, find_plan_changes
from portal_gateway.usecases.quote_plan_change import quote_plan_change
from portal_gateway.usecases.request_plan_change import Wish, request_plan_change
from portal_gateway.usecases.withdraw_plan_change import withdraw_plan_change
from shared import ui
from shared.errors import FieldError, Invalid, Refusal
from shared.ids import new_id
from shared.ui.bill_words import paid_with
from shared.ui.formats import day, instant, money
from shared.web.wiring import database

blueprint = Blueprint("portal_plan_change", __name__, url_prefix="/portal")

LONGEST_MESSAGE = 5000
OTHER_DAY = "other"


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """
    What the form says: a plan, and a day (empty: as soon as possible).
    """

    plan_id: str
    start_on: str


@blueprint.get("/services/<service_id>/change-plan")
@signed_in
def change_page(service_id: str) -> ResponseReturnValue:
    """
    Show what the service can become, and the price of what is chosen.
    """
    options = find_plan_changes(database(), upstreams(), caller(), service_id=service_id)
    return _page(options, _chosen(options, request.args))


@blueprint.post("/services/<service_id>/plan-changes")
@signed_in
def book(service_id: str) -> ResponseReturnValue:
    """
    Book exactly what was quoted.
    """
    try:
        booked = book_plan_change(
            database(),
            upstreams(),
            caller(),
            quote_id=request.form.get("quote_id", "")[:40],
            payment_method_id=_card(),
            key=request.form.get("key", "")[:200],
        )
    except Refusal as refusal:
        return _again(service_id, refusal)
    ui.toast(
        _(
            "Booked. %(plan)s starts on %(day)s. You can undo this until %(moment)s.",
            plan=booked["to_plan_name"],
            day=day(booked["starts_on"]),
            moment=instant(booked["undo_until"]),
        ),
        undo=f"/portal/plan-changes/{booked['id']}/undo",
    )
    return redirect(f"/portal/services/{service_id}", 303)


@blueprint.post("/services/<service_id>/plan-change-requests")
@signed_in
def ask(service_id: str) -> ResponseReturnValue:
    """
    Ask us to change the plan.
    """
    options = find_plan_changes(database(), upstreams(), caller(), service_id=service_id)
    chosen = _chosen(options, request.form)
    message = request.form.get("message", "").strip()
    try:
        if len(message) > LONGEST_MESSAGE:
            raise Invalid(FieldError("#/message", "too_long", _("Use at most 5,000 characters.")))
        wish = Wish(message=message, quote=_quote(options, chosen) if chosen.plan_id else None)
        key = request.form.get("key", "")[:200]
        ticket = request_plan_change(upstreams(), caller(), options, wish, key=key)
    except Refusal as refusal:
        return _again(service_id, refusal)
    ui.toast(_("Request #%(number)s sent. We answer under Support.", number=ticket["number"]))
    return redirect(f"/portal/support/{ticket['id']}", 303)


@blueprint.post("/plan-changes/<change_id>/undo")
@signed_in
def undo(change_id: str) -> ResponseReturnValue:
    """
    Take a booked change back.
    """
    withdrawn = withdraw_plan_change(upstreams(), caller(), change_id=change_id)
    ui.toast(_("Undone. Your plan stays as it is, nothing was charged."))
    return redirect(service_page(withdrawn["subscription_id"]), 303)


def _page(
    options: Options, chosen: Chosen, form: ui.Form | None = None, status: int = 200
) -> ResponseReturnValue:
    quote, problem = _quoted(options, chosen)
    asking = "ask" in request.args or ChangeMode.SELF not in options.modes
    cards = [] if asking else _cards(quote)
    page = render_template(
        "portal/change_plan.html",
        service=options.service,
        options=options,
        pending=options.possible.get("pending_change"),
        plans=_plan_cards(options),
        days=_days(options),
        dates=options.possible["dates"],
        choosing=ui.Form({"plan": chosen.plan_id, **_day_fields(options, chosen)}),
        quote=quote,
        problem=problem,
        asking=asking,
        may_ask=ChangeMode.REQUEST in options.modes,
        cards=cards,
        taken=lambda amount: {**amount, "amount": amount["amount"].removeprefix("-")},
        form=form or ui.Form({"payment_method_id": cards[0][0]} if cards else {}),
        key=new_id("key"),
    )
    return page, status


def _again(service_id: str, refusal: Refusal) -> ResponseReturnValue:
    options = find_plan_changes(database(), upstreams(), caller(), service_id=service_id)
    errors = getattr(refusal, "errors", ())
    form = ui.Form(request.form, errors, problem=None if errors else refusal)
    status = 422 if errors else 503 if refusal.code == "upstream_unavailable" else 409
    return _page(options, _chosen(options, request.form), form, status)


def _chosen(options: Options, said: Any) -> Chosen:
    """
    Return the plan and day the form names; at first the next dearer plan, as soon as possible.
    """
    known = [each["plan_id"] for each in options.targets]
    dearer = [each["plan_id"] for each in options.targets if each["direction"] == "up"]
    wanted = said.get("plan", "")
    plan_id = wanted if wanted in known else next(iter([*dearer, *known]), "")
    start = said.get("start", "")
    return Chosen(plan_id=plan_id, start_on=said.get("on", "") if start == OTHER_DAY else start)


def _quoted(options: Options, chosen: Chosen) -> tuple[ChangeQuote | None, Refusal | None]:
    possible = options.possible
    if not chosen.plan_id or possible.get("pending_change") or possible.get("refusal"):
        return None, None
    try:
        return _quote(options, chosen), None
    except Refusal as refusal:
        return None, refusal


def _quote(options: Options, chosen: Chosen) -> ChangeQuote:
    return quote_plan_change(
        upstreams(), caller(), options, plan_id=chosen.plan_id, start_on=chosen.start_on or None
    )


def _plan_cards(options: Options) -> list[dict[str, Any]]:
    """
    Return the plans to choose from, by price, and among them the present one, which nobody can choose.
    """
    if not options.targets:
        return []
    cheaper = [each for each in options.targets if each["direction"] == "down"]
    dearer = [each for each in options.targets if each["direction"] != "down"]
    cards = [_plan_card(each, options) for each in (*cheaper, *dearer)]
    cards.insert(len(cheaper), _present_card(options))
    return cards


def _plan_card(target: Target, options: Options) -> dict[str, Any]:
    bullets = options.facts[target["plan_id"]]["bullets"]
    return {
        "value": target["plan_id"],
        "title": target["name"],
        "text": bullets[0] if bullets else "",
        "end": money(target["price"]),
        "end_text": _("%(sum)s a month", sum=money(target["difference"], signed=True)),
    }


def _present_card(options: Options) -> dict[str, Any]:
    return {
        "value": options.service["plan_id"],
        "title": options.service["name"],
        "text": _("Your plan now"),
        "end": money(options.service["price"]),
        "disabled": True,
    }


def _days(options: Options) -> list[tuple[str, str]]:
    words = {"today": _("Today")}
    offered = [
        (each["on"], words.get(each["code"]) or _("Next bill, %(day)s", day=day(each["on"], "short")))
        for each in options.possible["dates"]["suggested"]
    ]
    return [*offered, (OTHER_DAY, _("Pick a date"))]


def _day_fields(options: Options, chosen: Chosen) -> dict[str, str]:
    dates = options.possible["dates"]
    offered = [each["on"] for each in dates["suggested"]]
    start_on = chosen.start_on or dates["earliest_on"]
    if start_on in offered:
        return {"start": start_on, "on": start_on}
    return {"start": OTHER_DAY, "on": start_on}


def _cards(quote: ChangeQuote | None) -> list[tuple[str, str]]:
    if quote is None or not _costs(quote):
        return []
    cards = upstreams().billing.payment_methods(caller())
    ordered = sorted(cards, key=lambda card: not card["default"])
    return [*((card["id"], paid_with(card["label"])) for card in ordered), ("", _("Send me a bill"))]


def _costs(quote: ChangeQuote) -> bool:
    return not quote["due_now"]["amount"].startswith("-") and any(
        digit not in "0." for digit in quote["due_now"]["amount"]
    )


def _card() -> str | None:
    return request.form.get("payment_method_id", "")[:40] or None
