"""What the gateway does when others tell something: keep its copies, free baskets, stream to the portal."""

from sqlalchemy.orm import Session

from portal_gateway.usecases.follow_customer import follow_customer
from portal_gateway.usecases.follow_late_payment import follow_late_payment
from portal_gateway.usecases.follow_partner import follow_partner
from portal_gateway.usecases.follow_plan import follow_plan
from portal_gateway.usecases.record_live_event import record_live_event
from portal_gateway.usecases.settle_basket import settle_basket
from portal_gateway.usecases.sign_out import sign_out_everywhere
from shared import clock
from shared.bus.handlers import Handlers
from shared.contracts import billing, catalog, customers, tickets
from shared.web.sessions import revoke_session

SERVICE = "portal-gateway"

handlers = Handlers(SERVICE)


@handlers.on(customers.PartnerChanged)
def remember_partner(session: Session, fact: customers.PartnerChanged) -> None:
    """
    A brand was created or edited: the portal shows its title, colour and help contacts.
    """
    follow_partner(session, fact)


@handlers.on(customers.CustomerChanged)
def remember_customer(session: Session, fact: customers.CustomerChanged) -> None:
    """
    A customer was edited: greet them by the new name, or sign them out when they are gone.
    """
    follow_customer(session, fact, now=clock.real_now())


@handlers.on(customers.PasswordChanged)
def end_old_sessions(session: Session, fact: customers.PasswordChanged) -> None:
    """
    A customer has a new password: who knew only the old one is out.
    """
    sign_out_everywhere(session, customer_id=fact.customer_id, now=clock.real_now(), signed_in_before=fact.at)


def remember_late_payment(
    session: Session, fact: billing.AccountBlocked | billing.AccountDeactivated | billing.AccountCleared
) -> None:
    """
    Somebody pays late, or paid: every page of theirs says what brings them back.
    """
    follow_late_payment(session, fact)
    record_live_event(session, handlers.envelope(), name="account.updated", body={})


handlers.on(billing.AccountBlocked)(remember_late_payment)
handlers.on(billing.AccountDeactivated)(remember_late_payment)
handlers.on(billing.AccountCleared)(remember_late_payment)


@handlers.on(catalog.PlanPublished)
def forget_products(session: Session, fact: catalog.PlanPublished) -> None:
    """
    A plan changed: product lists remembered before are old.
    """
    follow_plan(session, fact)


@handlers.on(catalog.PlanRetired)
def forget_retired_product(session: Session, fact: catalog.PlanRetired) -> None:
    """
    A plan is not sold any more: product lists remembered before are old.
    """
    follow_plan(session, fact)


@handlers.on(customers.StaffSignedOut)
def revoke_staff(session: Session, fact: customers.StaffSignedOut) -> None:
    """
    A staff session ended: its tokens open nothing here.
    """
    revoke_session(session, fact)


@handlers.on(billing.OrderChanged)
def free_basket(session: Session, fact: billing.OrderChanged) -> None:
    """
    An order was decided: its basket is empty, or free for another try.
    """
    settle_basket(session, order_id=fact.order_id, status=fact.new, now=clock.real_now())


@handlers.on(billing.OrderChanged)
def stream_order(session: Session, fact: billing.OrderChanged) -> None:
    """
    An order moved on: its page does.
    """
    body = {"order_id": fact.order_id, "status": fact.new}
    record_live_event(session, handlers.envelope(), name="order.updated", body=body)


def stream_decision(session: Session, fact: billing.OrderApproved | billing.OrderRejected) -> None:
    """
    A person decided about an order.
    """
    record_live_event(session, handlers.envelope(), name="order.updated", body={"order_id": fact.order_id})


handlers.on(billing.OrderApproved)(stream_decision)
handlers.on(billing.OrderRejected)(stream_decision)


def stream_payment(
    session: Session, fact: billing.PaymentSucceeded | billing.PaymentFailed | billing.PaymentRefunded
) -> None:
    """
    A payment was decided, or went back.
    """
    body = {"payment_id": fact.payment_id, "order_id": fact.order_id}
    record_live_event(session, handlers.envelope(), name="payment.updated", body=body)


handlers.on(billing.PaymentSucceeded)(stream_payment)
handlers.on(billing.PaymentFailed)(stream_payment)
handlers.on(billing.PaymentRefunded)(stream_payment)


@handlers.on(billing.PaymentReversed)
def stream_chargeback(session: Session, fact: billing.PaymentReversed) -> None:
    """
    The bank took a payment back.
    """
    body = {"payment_id": fact.payment_id}
    record_live_event(session, handlers.envelope(), name="payment.updated", body=body)


def stream_service(
    session: Session, fact: billing.SubscriptionActivated | billing.SubscriptionChanged
) -> None:
    """
    A service started or changed.
    """
    body = {"service_id": fact.subscription_id}
    record_live_event(session, handlers.envelope(), name="service.updated", body=body)


handlers.on(billing.SubscriptionActivated)(stream_service)
handlers.on(billing.SubscriptionChanged)(stream_service)


def stream_booking(
    session: Session,
    fact: (
        billing.PlanChangeOffered
        | billing.PlanChangeOfferClosed
        | billing.PlanChangeBooked
        | billing.PlanChangeWithdrawn
        | billing.PlanChangeFailed
        | billing.SubscriptionPauseBooked
        | billing.SubscriptionPauseWithdrawn
    ),
) -> None:
    """
    Something is offered or booked for a service, or is not any more: its pages say so.
    """
    body = {"service_id": fact.subscription_id}
    record_live_event(session, handlers.envelope(), name="service.updated", body=body)


handlers.on(billing.PlanChangeOffered)(stream_booking)
handlers.on(billing.PlanChangeOfferClosed)(stream_booking)
handlers.on(billing.PlanChangeBooked)(stream_booking)
handlers.on(billing.PlanChangeWithdrawn)(stream_booking)
handlers.on(billing.PlanChangeFailed)(stream_booking)
handlers.on(billing.SubscriptionPauseBooked)(stream_booking)
handlers.on(billing.SubscriptionPauseWithdrawn)(stream_booking)


@handlers.on(billing.BalanceChanged)
def stream_balance(session: Session, fact: billing.BalanceChanged) -> None:
    """
    The account moved.
    """
    record_live_event(session, handlers.envelope(), name="account.updated", body={})


def stream_ticket(
    session: Session,
    fact: tickets.TicketOpened | tickets.TicketAnswered | tickets.TicketClosed | tickets.TicketReopened,
) -> None:
    """
    A support case was opened, answered, closed or reopened.
    """
    body = {"ticket_id": fact.ticket_id, "number": str(fact.number)}
    record_live_event(session, handlers.envelope(), name="ticket.message", body=body)


handlers.on(tickets.TicketOpened)(stream_ticket)
handlers.on(tickets.TicketAnswered)(stream_ticket)
handlers.on(tickets.TicketClosed)(stream_ticket)
handlers.on(tickets.TicketReopened)(stream_ticket)
