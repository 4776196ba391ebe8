"""
Pause or end a service (P9): choose days, see line by line what it comes to, book that, or undo it.

Choosing is a GET that shows the figures, confirming POSTs their quote.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, TypeVar

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal_gateway.clients.self_service import ServiceQuote
from portal_gateway.portal.caller import caller, portal_settings, service_page, signed_in, upstreams
from portal_gateway.usecases.book_cancellation import book_cancellation
from portal_gateway.usecases.book_pause import book_pause
from portal_gateway.usecases.find_cancellation import find_cancellation
from portal_gateway.usecases.find_pause import find_pause
from portal_gateway.usecases.quote_cancellation import quote_cancellation
from portal_gateway.usecases.quote_pause import quote_pause
from portal_gateway.usecases.withdraw_cancellation import withdraw_cancellation
from portal_gateway.usecases.withdraw_pause import withdraw_pause
from shared import ui
from shared.errors import NotFound, Refusal
from shared.ids import new_id
from shared.ui.formats import day
from shared.ui.service_words import END_REASONS, PAUSE_REASONS, reason_word
from shared.web.wiring import database

blueprint = Blueprint("portal_self_service", __name__, url_prefix="/portal")

SHORT = 14  # days of the pause that is shown first
OTHER_DAY = "other"
Booked = TypeVar("Booked")


@blueprint.get("/services/<service_id>/pause")
@signed_in
def pause_page(service_id: str) -> ResponseReturnValue:
    """
    Show what pausing on these days gives back; at first for two weeks as soon as possible.
    """
    return _pause_page(service_id)


@blueprint.post("/services/<service_id>/pauses")
@signed_in
def pause(service_id: str) -> ResponseReturnValue:
    """
    Book exactly what was quoted.
    """
    said = _said(PAUSE_REASONS)
    booked, refusal = _tried(lambda: book_pause(database(), upstreams(), caller(), **said))
    if booked is None:
        return _pause_page(service_id, refusal)
    ui.toast(
        _("Booked. It pauses from %(day)s.", day=day(booked["from_on"])),
        undo=f"/portal/service-pauses/{booked['id']}/undo",
    )
    return redirect(f"/portal/services/{service_id}", 303)


@blueprint.post("/service-pauses/<pause_id>/undo")
@signed_in
def undo_pause(pause_id: str) -> ResponseReturnValue:
    """
    Take a booked pause back.
    """
    gone = withdraw_pause(upstreams(), caller(), pause_id=pause_id)
    ui.toast(_("Undone. Your service goes on."))
    return redirect(service_page(gone["subscription_id"]), 303)


@blueprint.get("/services/<service_id>/cancel")
@signed_in
def cancel_page(service_id: str) -> ResponseReturnValue:
    """
    Show what ending the service on a day comes to; at first on the last day that is paid for.
    """
    return _cancel_page(service_id)


@blueprint.post("/services/<service_id>/cancellations")
@signed_in
def cancel(service_id: str) -> ResponseReturnValue:
    """
    Book exactly what was quoted.
    """
    booked, refusal = _tried(
        lambda: book_cancellation(database(), upstreams(), caller(), **_said(END_REASONS))
    )
    if booked is None:
        return _cancel_page(service_id, refusal)
    ui.toast(
        _("Booked. It works until the end of %(day)s.", day=day(booked["last_on"])),
        undo=f"/portal/service-cancellations/{booked['id']}/undo",
    )
    return redirect(f"/portal/services/{service_id}", 303)


@blueprint.post("/service-cancellations/<cancellation_id>/undo")
@signed_in
def undo_cancellation(cancellation_id: str) -> ResponseReturnValue:
    """
    Take a booked end back.
    """
    gone = withdraw_cancellation(upstreams(), caller(), cancellation_id=cancellation_id)
    ui.toast(_("Undone. Your service goes on."))
    return redirect(service_page(gone["subscription_id"]), 303)


def _pause_page(service_id: str, refusal: Refusal | None = None) -> ResponseReturnValue:
    options = find_pause(database(), upstreams(), caller(), service_id)
    first = request.values.get("start_on", "") or options["earliest_on"]
    last = request.values.get("last_on", "") or _later(first, min(SHORT, options["longest_days"]) - 1)
    wanted = (first, last)
    return _page(
        "portal/pause_service.html",
        service_id,
        refusal,
        options=options,
        ask=lambda: quote_pause(database(), upstreams(), caller(), service_id, wanted),
        asked={"start_on": first, "last_on": last},
        reasons=_reasons(PAUSE_REASONS),
        latest=_later(first, options["longest_days"] - 1),
    )


def _cancel_page(service_id: str, refusal: Refusal | None = None) -> ResponseReturnValue:
    options = find_cancellation(database(), upstreams(), caller(), service_id)
    days = [each["on"] for each in options["suggested"]]
    paid = [each["on"] for each in options["suggested"] if each["code"] == "paid_until"]
    chosen = request.values.get("end", "") or next(iter([*paid, *days]))
    last = request.values.get("last_on", "") if chosen not in days else chosen
    last = last or days[0]
    return _page(
        "portal/cancel_service.html",
        service_id,
        refusal,
        options=options,
        ask=lambda: quote_cancellation(database(), upstreams(), caller(), service_id, last),
        asked={"end": last if last in days else OTHER_DAY, "last_on": last},
        reasons=_reasons(END_REASONS),
        days=[(each["on"], _day_word(each)) for each in options["suggested"]],
        equipment=portal_settings().equipment_note,
        next_day=lambda on: _later(on, 1),
    )


def _page(
    template: str,
    service_id: str,
    refusal: Refusal | None,
    *,
    options: Any,
    ask: Callable[[], ServiceQuote],
    asked: dict[str, str],
    **more: Any,
) -> ResponseReturnValue:
    quote, problem = (None, None) if options.get("refusal") else _tried(ask)
    errors = getattr(problem, "errors", ())
    page = render_template(
        template,
        service=upstreams().billing.subscription(caller(), service_id),
        options=options,
        quote=quote,
        problem=None if errors else problem,
        choosing=ui.Form(asked, errors),
        form=ui.Form(request.form, getattr(refusal, "errors", ()), problem=refusal),
        taken=lambda amount: {**amount, "amount": amount["amount"].removeprefix("-")},
        key=new_id("key"),
        **more,
    )
    return page, _status(refusal) if refusal else 200


def _tried(act: Callable[[], Booked]) -> tuple[Booked | None, Refusal | None]:
    try:
        return act(), None
    except NotFound:
        raise
    except Refusal as refusal:
        return None, refusal


def _status(refusal: Refusal) -> int:
    if getattr(refusal, "errors", ()):
        return 422
    return 503 if refusal.code == "upstream_unavailable" else 409


def _said(reasons: tuple[str, ...]) -> dict[str, str]:
    reason = request.form.get("reason", "")
    return {
        "quote_id": request.form.get("quote_id", "")[:40],
        "reason": reason if reason in reasons else "",
        "key": request.form.get("key", "")[:200],
    }


def _reasons(codes: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(code, reason_word(code)) for code in codes]


def _day_word(suggested: dict[str, str]) -> str:
    on = day(suggested["on"], "short")
    words = {
        "earliest": _("As soon as possible, %(day)s", day=on),
        "paid_until": _("When what is paid ends, %(day)s", day=on),
        "contract_end": _("When the contract ends, %(day)s", day=on),
    }
    return str(words[suggested["code"]])


def _later(first: str, days: int) -> str:
    try:
        return (date.fromisoformat(first) + timedelta(days=days)).isoformat()
    except (ValueError, OverflowError):
        return first
