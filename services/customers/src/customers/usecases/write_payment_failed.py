"""Tell a customer by mail that a payment failed, why, and how to pay after all."""

from sqlalchemy.orm import Session

from customers import queries
from customers.domain.texts import N_
from customers.models import Message
from customers.usecases.write_customer import News, Say, voice, write_customer
from shared.contracts.billing import PaymentFailed

# Codes of the payment provider, as the portal words them.
REASONS = {
    "card_declined": N_("Your bank did not approve the payment."),
    "insufficient_funds": N_("There is not enough money on the account of your card."),
    "expired_card": N_("Your card has expired."),
    "authentication_failed": N_("Your bank could not confirm it was you."),
    "abandoned": N_("The page of your bank was left before the end."),
    "amount_differs": N_("Another amount was taken than you agreed to."),
    "method_unknown": N_("This card cannot be used any more."),
}
OTHER = N_("Your bank did not say why.")
# Nobody has to be told what they just did themselves, or that nothing is left to pay.
NO_NEWS = {"cancelled", "paid_otherwise"}
TOP_UP = "balance"


def write_payment_failed(session: Session, fact: PaymentFailed) -> Message | None:
    """
    Queue the mail to the addresses for billing, unless the failure is no news to the customer.

    :raises NotFound: if there is no such customer
    """
    if not fact.mail or fact.superseded or fact.code in NO_NEWS:
        return None
    customer = queries.customer(session, fact.customer_id, None)
    say = voice(customer.language)
    call, page = _way_out(fact, say)
    news = News(
        kind="payment_failed",
        about=fact.payment_id,
        subject_line=say(N_("Your payment of %(amount)s did not go through"), amount=fact.amount),
        paragraphs=(_what(fact, say), _money(fact, say), _next(fact, say)),
        call=call,
        page=page,
        of_money=True,
    )
    return write_customer(session, customer, news)


def _what(fact: PaymentFailed, say: Say) -> str:
    text = N_("your payment of %(amount)s did not go through. %(reason)s")
    if fact.automatic:
        text = N_("we could not collect %(amount)s from %(card)s. %(reason)s")
    card = fact.method_label or say(N_("your card"))
    return say(text, amount=fact.amount, card=card, reason=say(REASONS.get(fact.code, OTHER)))


def _money(fact: PaymentFailed, say: Say) -> str:
    if fact.code == "amount_differs":
        return say(N_("What was taken goes back to your card."))
    return say(N_("You have not been charged."))


def _next(fact: PaymentFailed, say: Say) -> str:
    if fact.payable_until:
        return say(N_("Your order is kept until %(until)s."), until=fact.payable_until)
    if fact.order_id:
        return say(N_("Nothing was ordered. You can order again at any time."))
    if fact.purpose == TOP_UP:
        return say(N_("Nothing was added to your balance."))
    if fact.retry_on:
        return say(N_("The bill is still open. We try again on %(on)s."), on=fact.retry_on)
    return say(N_("The bill is still open."))


def _way_out(fact: PaymentFailed, say: Say) -> tuple[str, str]:
    if fact.automatic:
        return say(N_("Pay with another card:")), "/portal/bills"
    if fact.order_id and not fact.payable_until:
        return say(N_("Order again:")), "/portal/order"
    return say(N_("Try again, or use another card:")), f"/portal/payments/{fact.payment_id}"
