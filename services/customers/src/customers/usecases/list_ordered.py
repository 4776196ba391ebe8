"""List what was ordered as lines of a mail: what it costs and for which days, and what follows."""

from customers.domain.texts import N_
from customers.usecases.write_customer import Say
from shared.contracts.billing import OrderedItem, OrderRequested

FEE = ": activation fee"  # how billing names the line of a fee


def list_ordered(fact: OrderRequested, say: Say) -> str:
    """
    Return the lines, the total, and what is to be paid from then on.
    """
    lines = "\n".join(_line(item, say) for item in fact.items)
    totals = [say(N_("Total: %(total)s"), total=fact.total)]
    if fact.then:
        totals.append(_then(fact, say))
    if fact.preferred_start_on:
        totals.append(say(N_("Wished start: %(on)s"), on=fact.preferred_start_on))
    return "\n\n".join((lines, "\n".join(totals)))


def _line(item: OrderedItem, say: Say) -> str:
    name = item.name
    if name.endswith(FEE):
        name = say(N_("%(name)s: activation fee"), name=name.removesuffix(FEE))
    if item.quantity != 1:
        name = f"{item.quantity} × {name}"
    what = say(N_("- %(name)s: %(amount)s"), name=name, amount=item.amount)
    return f"{what} ({_days(item, say)})" if item.first_on and item.last_on else what


def _days(item: OrderedItem, say: Say) -> str:
    span = say(N_("%(first)s to %(last)s"), first=item.first_on, last=item.last_on)
    if item.days == item.nominal_days:
        return span
    part = {"days": item.days, "whole": item.nominal_days}
    return say(N_("%(days)s of %(whole)s days, %(span)s"), **part, span=span)


def _then(fact: OrderRequested, say: Say) -> str:
    if fact.then_days:
        texts, count = (N_("Then: %(then)s a day"), N_("Then: %(then)s every %(count)s days")), fact.then_days
    else:
        texts = (N_("Then: %(then)s a month"), N_("Then: %(then)s every %(count)s months"))
        count = fact.then_months
    return say(texts[count > 1], then=fact.then, count=count)
