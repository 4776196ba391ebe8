"""Tell a customer by mail that a booked change of plan could not be made."""

from sqlalchemy.orm import Session

from customers import queries
from customers.domain.texts import N_
from customers.models import Message
from customers.usecases.write_customer import News, voice, write_customer
from shared.contracts.billing import PlanChangeFailed


def write_plan_not_changed(session: Session, fact: PlanChangeFailed) -> Message | None:
    """
    Queue the mail to the main addresses: the plan stays, nothing was charged, another can be chosen.

    :raises NotFound: if there is no such customer
    """
    customer = queries.customer(session, fact.customer_id, None)
    say = voice(customer.language)
    when = {"plan": fact.to_plan_name, "on": fact.effective_on}
    text = N_("the change to %(plan)s could not be made.")
    if fact.effective_on:
        text = N_("the change to %(plan)s that was booked for %(on)s could not be made.")
    news = News(
        kind="plan_not_changed",
        about=fact.change_id,
        subject_line=say(N_("Your plan was not changed to %(plan)s"), plan=fact.to_plan_name),
        paragraphs=(
            say(text, **when),
            say(N_("Your plan stays as it is and nothing was charged.")),
            say(N_("Prices, plans or your bills changed after you booked it. You can choose again.")),
        ),
        call=say(N_("Your service in the portal:")),
        page=f"/portal/services/{fact.subscription_id}",
        of_money=False,
    )
    return write_customer(session, customer, news)
