"""What tickets of orders say, in the language of whoever reads them: of the page, or of the API's caller."""

from typing import Any

from flask_babel import gettext as _

from shared.money import Money
from shared.ui.bill_words import line_label, line_reason, rhythm
from shared.ui.formats import day, money, said
from tickets.domain import order_text
from tickets.models import KnownOrder, Message, Ticket


def subject_of(ticket: Ticket) -> str:
    """
    Say what a ticket is about.
    """
    return said(order_text.read(ticket.said)) if ticket.said else ticket.subject


def text_of(message: Message, order: KnownOrder | None) -> str:
    """
    Say a message; what a person wrote is as they wrote it.
    """
    if not message.said:
        return message.body
    if message.said["code"] != order_text.LINES:
        return said(order_text.read(message.said), "full")
    return order_lines(order) if order and order.total else message.body


def order_lines(order: KnownOrder) -> str:
    """
    Say an order line by line, its total, and what it costs later on.
    """
    told = [_line(item, order.currency or "") for item in order.items]
    told.append(str(_("Total: %(sum)s", sum=money(order.total))))
    if order.then:
        told.append(then_of(order))
    if order.preferred_start_on:
        told.append(str(_("Wished start: %(day)s", day=day(order.preferred_start_on))))
    return "\n".join(told)


def then_of(order: KnownOrder) -> str:
    """
    Say what an order costs later on, and how often.
    """
    return str(_("Then %(sum)s %(every)s", sum=money(order.then), every=rhythm(order.then_every or "P1M")))


def item_words(item: dict[str, Any]) -> dict[str, str]:
    """
    Say what an ordered thing is, and why it costs what it costs.
    """
    basis = item.get("basis")
    why = line_reason(basis) if basis else item["explanation"]
    return {"label": line_label(item["name"]), "explanation": why}


def _line(item: dict[str, Any], currency: str) -> str:
    said_ = item_words(item)
    count = f"{item['quantity']} × " if item["quantity"] > 1 else ""
    why = f" ({said_['explanation']})" if said_["explanation"] else ""
    return f"{count}{said_['label']}: {money(Money(item['amount_minor'], currency))}{why}"
