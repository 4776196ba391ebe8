"""Mail a customer a bill once more: number, sum, what is still to be paid, and where."""

from sqlalchemy.orm import Session

from customers import queries
from customers.domain.texts import N_
from customers.models import Message
from customers.usecases.write_customer import News, Say, voice, write_customer
from shared.contracts.billing import InvoiceSentAgain


def write_invoice_again(session: Session, fact: InvoiceSentAgain, *, about: str) -> Message | None:
    """
    Queue the mail *about* its fact, behind those that cannot wait.

    :raises NotFound: if there is no such customer
    """
    customer = queries.customer(session, fact.customer_id, None)
    say = voice(customer.language)
    named = {"number": fact.number, "total": fact.total}
    news = News(
        kind="invoice_again",
        about=about,
        subject_line=say(N_("Your bill %(number)s of %(total)s, once more"), **named),
        paragraphs=(
            say(N_("here is your bill %(number)s of %(on)s again: %(total)s."), **named, on=fact.issued_on),
            _to_pay(fact, say),
        ),
        call=say(N_("See and pay it:")) if fact.open.minor else say(N_("See it:")),
        page=f"/portal/bills/{fact.invoice_id}",
        of_money=True,
        bulk=True,
    )
    return write_customer(session, customer, news)


def _to_pay(fact: InvoiceSentAgain, say: Say) -> str:
    if not fact.open.minor:
        return say(N_("It is paid. There is nothing left for you to do."))
    if fact.status == "overdue":
        text = N_(
            "%(open)s are to be paid, due since %(due)s. If you have paid in the meantime, all is well."
        )
        return say(text, open=fact.open, due=fact.due_on)
    return say(N_("%(open)s are to be paid before %(due)s."), open=fact.open, due=fact.due_on)
