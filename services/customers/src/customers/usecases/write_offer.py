"""Mail a customer that a change of plan waits for their consent, and where to look at it."""

from sqlalchemy.orm import Session

from customers import queries
from customers.domain.texts import N_
from customers.models import Message
from customers.usecases.write_customer import News, voice, write_customer
from shared import clock
from shared.contracts.billing import PlanChangeOffered


def write_offer(session: Session, fact: PlanChangeOffered) -> Message | None:
    """
    Queue the mail to the main addresses; the price is shown in the portal only, where it is accepted.

    :raises NotFound: if there is no such customer
    """
    customer = queries.customer(session, fact.customer_id, None)
    partner = queries.partner(session, customer.partner_id, None)
    say = voice(customer.language)
    until = clock.local_date(fact.expires_at, partner.timezone)
    plans = {"old": fact.from_plan_name, "new": fact.to_plan_name, "on": fact.starts_on}
    news = News(
        kind="plan_change_offered",
        about=fact.offer_id,
        subject_line=say(N_("Please decide: %(plan)s for you?"), plan=fact.to_plan_name),
        paragraphs=(
            say(N_("we offer you to change from %(old)s to %(new)s on %(on)s."), **plans),
            say(N_("You see every amount before you decide. Nothing changes unless you accept.")),
            say(N_("You can answer until %(until)s."), until=until),
        ),
        call=say(N_("Look at it and answer:")),
        page=f"/portal/offers/{fact.offer_id}",
        of_money=False,
    )
    return write_customer(session, customer, news)
