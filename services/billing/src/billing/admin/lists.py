"""Overview, and the lists of orders and customers."""

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from billing.admin.figure_words import points, rows_of
from billing.admin.shell import PREFIX, scope
from billing.domain.order import Status
from billing.queries import staff as queries
from billing.queries.clock_hold import open_hold
from billing.queries.days import todays
from billing.queries.failed_changes import count_failed_changes, failed_changes
from billing.queries.figures import figures_of
from billing.queries.last_check import last_check
from shared.ids import new_id
from shared.web.access import principal, staff
from shared.web.app import database

pages = Blueprint("billing_lists", __name__, url_prefix=PREFIX, template_folder="templates")


@pages.get("")
@staff("orders.view")
def overview() -> ResponseReturnValue:
    """
    Show what waits for a person, the oldest approvals first.
    """
    with database().read() as session:
        waiting = queries.find_orders(session, scope=scope(), wanted=queries.OrderFilter(approval_open=True))
        failed = queries.find_orders(session, scope=scope(), wanted=queries.OrderFilter(status="failed"))
        counts = queries.counts(session, scope=scope())
        money = figures_of(session, scope=scope()) if principal().may("invoices.view") else []
        today = todays(session).within(scope())
        check, hold = last_check(session), open_hold(session)
        unchanged = failed_changes(session, scope=scope())
        counts["changes"] = count_failed_changes(session, scope=scope())
    return render_template(
        "billing/overview.html",
        waiting=waiting,
        failed=failed,
        unchanged=unchanged,
        counts=counts,
        figures=money,
        points=points,
        rows_of=rows_of,
        today=today,
        check=check,
        hold=hold,
        may_believe=principal().may("runs.manage") and scope() is None,
    )


@pages.get("/orders")
@staff("orders.view")
def orders() -> ResponseReturnValue:
    """
    List orders, by status, open approval or number.
    """
    wanted = _order_filter()
    with database().read() as session:
        shown = queries.find_orders(session, scope=scope(), wanted=wanted, before=request.args.get("before"))
    filtered = bool(request.args.get("show") or request.args.get("number"))
    return render_template(
        "billing/orders.html",
        shown=shown,
        filtered=filtered,
        may_act=principal().may("orders.approve"),
        key=new_id("act"),
    )


@pages.get("/customers")
@staff("customers.view")
def customers() -> ResponseReturnValue:
    """
    Find customers by name, login or number; a single find opens at once.
    """
    words = request.args.get("q", "")
    with database().read() as session:
        found = queries.find_customers(session, scope=scope(), words=words)
    if words and len(found) == 1:
        return redirect(f"{PREFIX}/customers/{found[0].id}/services")
    return render_template("billing/customers.html", found=found, words=words)


def _order_filter() -> queries.OrderFilter:
    show, number = request.args.get("show", ""), request.args.get("number", "").strip().lstrip("#")
    return queries.OrderFilter(
        status=show if show in set(Status) else None,
        approval_open=show == "approval",
        number=_number(number),
    )


def _number(text: str) -> int | None:
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0  # 0 is never given out
