"""What billing hears: other services' facts, each to one use case."""

from sqlalchemy.orm import Session

from billing.usecases.keep_bill_mail import keep_bill_mail
from billing.usecases.keep_customer import keep_customer
from billing.usecases.keep_partner import keep_partner
from billing.usecases.keep_plan import keep_plan
from billing.usecases.keep_portal_modes import keep_portal_modes
from billing.usecases.keep_status import keep_status
from billing.usecases.note_ticket import note_ticket
from billing.usecases.obey_status import obey_status
from billing.usecases.retire_plan import retire_plan
from shared import clock
from shared.bus.handlers import Handlers
from shared.contracts import catalog, customers, portal, tickets
from shared.web.sessions import revoke_session

handlers = Handlers("billing")


@handlers.on(catalog.PlanPublished)
def a_published_plan_can_be_sold(session: Session, fact: catalog.PlanPublished) -> None:
    """
    Keep a copy of every version of a plan.
    """
    keep_plan(session, fact)


@handlers.on(catalog.PlanRetired)
def a_retired_plan_is_sold_no_more(session: Session, fact: catalog.PlanRetired) -> None:
    """
    Refuse new orders of a retired plan.
    """
    retire_plan(session, fact)


@handlers.on(customers.CustomerChanged)
def a_customer_is_known_by_name(session: Session, fact: customers.CustomerChanged) -> None:
    """
    Keep a copy of who the customers are.
    """
    keep_customer(session, fact, now=clock.now())


@handlers.on(customers.StatusChanged)
def a_customers_status_is_known(session: Session, fact: customers.StatusChanged) -> None:
    """
    Keep the status of every customer, and do what a person wanted with it.
    """
    keep_status(session, fact)
    obey_status(session, fact, now=clock.now())


@handlers.on(customers.BillMailed)
def what_became_of_a_mail_is_known(session: Session, fact: customers.BillMailed) -> None:
    """
    Show with each bill which mails went out, and what the mail server answered.
    """
    keep_bill_mail(session, fact)


@handlers.on(customers.PartnerChanged)
def a_partner_gives_currency_and_time_zone(session: Session, fact: customers.PartnerChanged) -> None:
    """
    Keep a copy of every partner.
    """
    keep_partner(session, fact)


@handlers.on(portal.SettingsChanged)
def how_plans_may_be_changed_in_the_portal_is_known(session: Session, fact: portal.SettingsChanged) -> None:
    """
    Keep how each partner lets its customers change plans.
    """
    keep_portal_modes(session, fact)


@handlers.on(tickets.TicketOpened)
def a_request_knows_its_ticket(session: Session, fact: tickets.TicketOpened) -> None:
    """
    Note the ticket an order request became.
    """
    note_ticket(session, fact)


@handlers.on(customers.StaffSignedOut)
def a_staff_member_signed_out(session: Session, fact: customers.StaffSignedOut) -> None:
    """
    Believe no token of that staff session any more.
    """
    revoke_session(session, fact)
