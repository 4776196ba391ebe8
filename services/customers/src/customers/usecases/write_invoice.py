"""Tell a customer by mail of a new bill: number, sum, until when to pay, and where."""

from sqlalchemy.orm import Session

from customers import queries
from customers.domain.texts import N_
from customers.models import Message
from customers.usecases.write_customer import News, Say, voice, write_customer
from shared.contracts.billing import InvoiceIssued


def write_invoice(session: Session, fact: InvoiceIssued) -> Message | None:
    """
    Queue the mail behind all others; billing says whether the bill is mailed at all.

    :raises NotFound: if there is no such customer
    """
    if not fact.mail:
        return None
    # A run tells a hundred thousand bills: what a batch of them leads to is written at its end, at once.
    # Should a bill be in it twice, that fails, and the batch is taken one by one.
    with session.no_autoflush:
        return _write(session, fact)


def _write(session: Session, fact: InvoiceIssued) -> Message | None:
    customer = queries.customer(session, fact.customer_id, None)
    say = voice(customer.language)
    named = {"number": fact.number, "total": fact.total}
    news = News(
        kind="invoice",
        about=fact.invoice_id,
        subject_line=say(N_("Your bill %(number)s of %(total)s"), **named),
        paragraphs=(
            say(N_("your bill %(number)s of %(on)s is ready: %(total)s."), **named, on=fact.issued_on),
            _to_pay(fact, say),
        ),
        call=say(N_("See and pay it:")) if fact.status != "paid" else say(N_("See it:")),
        page=f"/portal/bills/{fact.invoice_id}",
        of_money=True,
        bulk=True,
    )
    return write_customer(session, customer, news)


def _to_pay(fact: InvoiceIssued, say: Say) -> str:
    if fact.status == "paid":
        return say(N_("It is paid from your credit. There is nothing left for you to do."))
    if fact.open and fact.open < fact.total:
        text = N_("Part of it is paid from your credit. Please pay %(open)s before %(due)s.")
        return say(text, open=fact.open, due=fact.due_on)
    return say(N_("Please pay before %(due)s."), due=fact.due_on)
