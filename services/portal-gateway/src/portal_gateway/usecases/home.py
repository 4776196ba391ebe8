"""
All of Home in one answer, asked for in parallel; a section whose service does not answer says so, alone.
"""

import contextvars
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date, datetime
from typing import Any

from portal_gateway import queries
from portal_gateway.clients import Upstreams
from portal_gateway.clients.billing import Subscription, Summary
from portal_gateway.clients.calls import Caller, Page
from portal_gateway.clients.customers import Person
from portal_gateway.clients.tickets import Ticket
from portal_gateway.domain import outcome
from shared import clock
from shared.db import Database
from shared.errors import Refusal, Unavailable
from shared.money import Money, total

Section = dict[str, Any]

MOST_TICKETS = 5
RETRY_AFTER_SECONDS = 15
CLOSED = "resolved"
ENDED = frozenset({"disabled", "archived"})
STEPS = {"due": "payment_due", "blocked": "service_pauses", "inactive": "service_ends"}
SETTLED = outcome.BAD - {"failed"} | {"active"}  # a failed order can still be paid

_pool = ThreadPoolExecutor(max_workers=24, thread_name_prefix="home")


def home(db: Database, upstreams: Upstreams, caller: Caller, *, now: datetime) -> dict[str, Any]:
    """
    Return every section of Home, each with its *state*: ok, stale (with *as_of*) or unavailable.
    """
    person = _ask(upstreams.customers.person, caller)
    money = _ask(upstreams.billing.summary, caller)
    cases = _ask(upstreams.tickets.tickets, caller)
    with db.read() as session:
        partner, settings = queries.brand(session, caller.partner_id)
    today = clock.local_date(now, partner.timezone)
    account = _section(person, _account) if _fine(person) else _remembered(db, caller)
    if _fine(money) and account["state"] != "unavailable":
        account["next_steps"] = _next_steps(money.result(), today)
    return {
        "account": account,
        **_money_sections(money, today),
        "tickets": _section(cases, _tickets),
        "notices": [],
        "capabilities": ["order"] if settings.ordering_enabled else [],
    }


def _ask(call: Callable[[Caller], Any], caller: Caller) -> "Future[Any]":
    # Each call gets a copy of the context, so that request id and trace reach the services from the pool.
    return _pool.submit(contextvars.copy_context().run, call, caller)


def _fine(answer: "Future[Any]") -> bool:
    return answer.exception() is None


def _section(answer: "Future[Any]", show: Callable[[Any], Section]) -> Section:
    problem = answer.exception()
    if problem is None:
        return {"state": "ok", **show(answer.result())}
    if not isinstance(problem, Refusal):
        raise problem
    after = problem.retry_after if isinstance(problem, Unavailable) else RETRY_AFTER_SECONDS
    return {"state": "unavailable", "as_of": None, "retry_after": after}


def _account(person: Person) -> Section:
    return {
        "number": person["number"],
        "name": person["full_name"],
        "status": person["status"],
        "billing_type": person["billing_type"],
        "next_steps": [],
    }


def _next_steps(summary: Summary, today: date) -> list[dict[str, str]]:
    return [
        {"on": step["on"], "code": STEPS[step["code"]]}
        for step in summary["account"].get("next_steps", ())
        if date.fromisoformat(step["on"]) >= today and step["code"] in STEPS
    ]


def _remembered(db: Database, caller: Caller) -> Section:
    with db.read() as session:
        known = queries.acquaintance(session, caller.customer_id or "")
    if known is None:
        return {"state": "unavailable", "as_of": None, "retry_after": RETRY_AFTER_SECONDS}
    return {
        "state": "stale",
        "as_of": known.heard_at.isoformat(),
        "number": f"{known.number:06d}",
        "name": known.full_name,
        "status": known.status,
        "billing_type": known.billing_type,
        "next_steps": [],
    }


def _money_sections(money: "Future[Summary]", today: date) -> dict[str, Section | None]:
    return {
        "amount_due": _section(money, lambda summary: _amount_due(summary, today)),
        "wallet": _wallet(money),
        "services": _section(money, lambda summary: services(detailed(summary))),
        "next_invoice": _section(money, _next_invoice),
        "orders": _section(money, _orders),
    }


def _wallet(money: "Future[Summary]") -> Section | None:
    if money.exception() is None and money.result().get("wallet") is None:
        return None
    return _section(money, lambda summary: dict(summary.get("wallet") or {}))


def detailed(summary: Summary) -> list[Subscription]:
    """
    Return the services with what prepaid adds: the next *renewal*, and the *data* that is left.
    """
    wallet = summary.get("wallet") or {"services": []}
    renewals = {each["subscription_id"]: each for each in wallet["services"]}
    meters = {each["subscription_id"]: each for each in summary.get("usage") or ()}
    for each in summary["subscriptions"]:
        each["renewal"], each["data"] = renewals.get(each["id"]), meters.get(each["id"])
    return summary["subscriptions"]


def _amount_due(summary: Summary, today: date) -> Section:
    account = summary["account"]
    due_on, to_pay = account.get("due_on"), summary.get("to_pay")
    card = to_pay["pay_with"] if to_pay else None
    return {
        "total": account["owed"],
        "due_on": due_on,
        "days_left": (date.fromisoformat(due_on) - today).days if due_on else None,
        "invoices_due": account["invoices_due"],
        "invoices": to_pay["invoices"] if to_pay else [],
        "payable": to_pay["amount"] if to_pay else None,
        "pay_with": {"payment_method_id": card["id"], "label": card["label"]} if card else None,
    }


def _next_invoice(summary: Summary) -> Section:
    following = summary["account"].get("next_invoice")
    if following is None:
        return {"on": None, "total": None, "estimate": True}
    return {"on": following["on"], "total": following["amount"], "estimate": True}


def services(subscriptions: list[Subscription]) -> Section:
    """
    Return the services that have not ended, with what they cost a month together.
    """
    running = [each for each in subscriptions if each["status"] not in ENDED]
    return {"monthly_total": _monthly(running), "items": running}


def _monthly(subscriptions: list[Subscription]) -> dict[str, str] | None:
    prices = [
        Money.parse(**each["price"]) * each["quantity"]
        for each in subscriptions
        if each["interval_months"] == 1 and each["status"] == "active" and each["bundle_id"] is None
        if (each.get("renewal") or {}).get("every", "P1M") in ("P1M", "P1D")
    ]
    if not prices:
        return None
    together = total(prices, prices[0].currency)
    return {"amount": together.amount, "currency": together.currency}


def _orders(summary: Summary) -> Section:
    return {"items": [order for order in summary["orders"] if order["status"] not in SETTLED]}


def _tickets(cases: Page[Ticket]) -> Section:
    return {"items": [case for case in cases["items"] if case["status"] != CLOSED][:MOST_TICKETS]}
