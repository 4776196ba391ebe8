"""What tickets does about the facts of other services."""

from sqlalchemy.orm import Session

from shared import clock
from shared.bus.handlers import Handlers
from shared.contracts import billing, customers
from shared.web.sessions import revoke_session
from tickets.domain import order_text
from tickets.domain import wish_text as words
from tickets.domain.ticket import ChangeState
from tickets.usecases.follow_plan_change import Step, follow_plan_change
from tickets.usecases.learn_customer import learn_customer
from tickets.usecases.learn_order import learn_order
from tickets.usecases.learn_partner import learn_partner
from tickets.usecases.note_order_outcome import note_order_outcome
from tickets.usecases.open_order_ticket import Request, open_order_ticket

handlers = Handlers("tickets")


@handlers.on(customers.CustomerChanged)
def remember_customer(session: Session, fact: customers.CustomerChanged) -> None:
    """
    Tickets show whose they are.
    """
    learn_customer(session, fact=fact, now=clock.now())


@handlers.on(customers.PartnerChanged)
def remember_partner(session: Session, fact: customers.PartnerChanged) -> None:
    """
    Tickets show the brand they belong to, and its time.
    """
    learn_partner(
        session,
        partner_id=fact.partner_id,
        version=fact.version,
        name=fact.name,
        timezone=fact.timezone,
    )


@handlers.on(billing.OrderRequested)
def open_ticket_of_request(session: Session, fact: billing.OrderRequested) -> None:
    """
    An order sent as a request is handled in a ticket, unless the partner wants it by e-mail.
    """
    now = clock.now()
    learn_order(session, fact=fact, now=now)
    if fact.channel == "tickets":
        request = Request(order_id=fact.order_id, customer_id=fact.customer_id, partner_id=fact.partner_id)
        open_order_ticket(session, request=request, now=now)


@handlers.on(customers.MessageFailed)
def open_ticket_of_lost_mail(session: Session, fact: customers.MessageFailed) -> None:
    """
    An order whose e-mail could not be delivered is handled in a ticket after all (decision D29).
    """
    if fact.order_id is None:
        return
    request = Request(
        order_id=fact.order_id,
        customer_id=fact.customer_id,
        partner_id=fact.partner_id,
        subject=fact.subject_line,
        message=fact.body,
    )
    open_order_ticket(session, request=request, now=clock.now())


@handlers.on(billing.OrderChanged)
def follow_order(session: Session, fact: billing.OrderChanged) -> None:
    """
    Agents see in the ticket where its order stands; that nobody confirmed it in time, the customer does, too.
    """
    now = clock.now()
    news = learn_order(session, fact=fact, now=now)
    if not news or fact.new in order_text.TOLD_APART:
        return
    notice = order_text.moved(fact.number, fact.new)
    public = fact.new == "expired"
    note_order_outcome(session, order_id=fact.order_id, notice=notice, public=public, now=now)


@handlers.on(billing.OrderApproved)
def tell_approval(session: Session, fact: billing.OrderApproved) -> None:
    """
    Both sides read in the ticket that the order was approved.
    """
    now = clock.now()
    learn_order(session, fact=fact, now=now)
    notice = order_text.approval(
        fact.number, starts_on=fact.starts_on, credit=fact.credit, credited_days=fact.credited_days
    )
    note_order_outcome(session, order_id=fact.order_id, notice=notice, public=True, now=now)


@handlers.on(billing.OrderRejected)
def tell_rejection(session: Session, fact: billing.OrderRejected) -> None:
    """
    Both sides read in the ticket that and why the order was refused.
    """
    now = clock.now()
    learn_order(session, fact=fact, now=now)
    notice = order_text.rejection(fact.number, reason=fact.reason, refund=fact.refund)
    note_order_outcome(session, order_id=fact.order_id, notice=notice, public=True, now=now)


@handlers.on(billing.PlanChangeBooked)
def tell_booking(session: Session, fact: billing.PlanChangeBooked) -> None:
    """
    Both sides read in the ticket that the plan asked for is booked.
    """
    step = Step(
        change_id=fact.change_id,
        customer_id=fact.customer_id,
        state=ChangeState.BOOKED,
        said=words.BOOKED,
        ticket_id=fact.ticket_id,
    )
    if fact.ticket_id:
        values = {"plan": fact.to_plan_name, "day": fact.effective_on.isoformat()}
        follow_plan_change(session, step=step, values=values, now=clock.now())


@handlers.on(billing.PlanChanged)
def tell_change(session: Session, fact: billing.PlanChanged) -> None:
    """
    Both sides read in the ticket that the plan has changed.
    """
    step = Step(
        change_id=fact.change_id,
        customer_id=fact.customer_id,
        state=ChangeState.APPLIED,
        said=words.APPLIED,
        ticket_id=fact.ticket_id,
    )
    if fact.ticket_id:
        values = {"plan": fact.to_plan_name, "day": fact.effective_on.isoformat()}
        follow_plan_change(session, step=step, values=values, now=clock.now())


@handlers.on(billing.PlanChangeWithdrawn)
def tell_undoing(session: Session, fact: billing.PlanChangeWithdrawn) -> None:
    """
    The wish is open again when the change it led to was undone.
    """
    step = Step(
        change_id=fact.change_id,
        customer_id=fact.customer_id,
        state=ChangeState.ASKED,
        said=words.WITHDRAWN,
    )
    follow_plan_change(session, step=step, values={"plan": fact.to_plan_name}, now=clock.now())


@handlers.on(billing.PlanChangeFailed)
def tell_failure(session: Session, fact: billing.PlanChangeFailed) -> None:
    """
    Both sides read that the change could not be made, and the agent sees that something is left to do.
    """
    step = Step(
        change_id=fact.change_id,
        customer_id=fact.customer_id,
        state=ChangeState.FAILED,
        said=words.FAILED,
    )
    follow_plan_change(session, step=step, values={"plan": fact.to_plan_name}, now=clock.now())


@handlers.on(customers.StaffSignedOut)
def end_staff_session(session: Session, fact: customers.StaffSignedOut) -> None:
    """
    A staff member who signed out anywhere is signed out here.
    """
    revoke_session(session, fact)
