"""What customers does about the facts of the other services, and that it writes every fact down."""

from sqlalchemy.orm import Session

from customers.domain.status import Word
from customers.usecases.change_status import activate_by_first_service, follow_billing
from customers.usecases.keep_balance import keep_balance
from customers.usecases.keep_next_steps import keep_next_steps
from customers.usecases.note_activity import note_fact
from customers.usecases.write_access_news import write_blocked, write_cleared, write_deactivated
from customers.usecases.write_end_news import write_end_booked, write_end_withdrawn
from customers.usecases.write_invoice import write_invoice
from customers.usecases.write_invoice_again import write_invoice_again
from customers.usecases.write_offer import write_offer
from customers.usecases.write_order_mail import write_order_mail
from customers.usecases.write_order_news import (
    write_order_approved,
    write_order_received,
    write_order_rejected,
    write_order_taken_back,
)
from customers.usecases.write_pause_news import (
    write_pause_booked,
    write_pause_withdrawn,
    write_resumed,
)
from customers.usecases.write_payment_failed import write_payment_failed
from customers.usecases.write_plan_not_changed import write_plan_not_changed
from customers.usecases.write_receipt import write_receipt
from customers.usecases.write_reminder import write_reminder
from shared.bus.handlers import Handlers
from shared.contracts import billing
from shared.contracts import customers as own
from shared.contracts.envelope import Envelope
from shared.web.sessions import revoke_session

handlers = Handlers("customers")


@handlers.on_any
def every_fact_is_an_activity(session: Session, envelope: Envelope) -> None:
    """
    Whatever happens anywhere is one line of the activity log.
    """
    note_fact(session, envelope)


@handlers.on(billing.SubscriptionActivated)
def first_service_makes_a_customer_active(session: Session, fact: billing.SubscriptionActivated) -> None:
    """
    A new customer becomes active with the first active subscription.
    """
    activate_by_first_service(session, customer_id=fact.customer_id)


@handlers.on(billing.PaymentSucceeded)
def a_payment_is_confirmed_by_mail(session: Session, fact: billing.PaymentSucceeded) -> None:
    """
    Whoever paid gets a receipt.
    """
    write_receipt(session, fact)


@handlers.on(billing.OrderRequested)
def an_order_may_arrive_by_mail(session: Session, fact: billing.OrderRequested) -> None:
    """
    Where the partner takes orders by mail, the order is sent to that address.
    """
    if fact.channel == "email":
        write_order_mail(session, fact)


@handlers.on(billing.PaymentFailed)
def a_failed_payment_is_told_by_mail(session: Session, fact: billing.PaymentFailed) -> None:
    """
    Whose payment failed learns why, and how to pay after all.
    """
    write_payment_failed(session, fact)


@handlers.on(billing.OrderRequested)
def a_requested_order_is_confirmed_by_mail(session: Session, fact: billing.OrderRequested) -> None:
    """
    Who sent an order as a request reads that it has arrived.
    """
    write_order_received(session, fact)


@handlers.on(billing.OrderApproved)
def the_start_of_an_order_is_told_by_mail(session: Session, fact: billing.OrderApproved) -> None:
    """
    Who ordered learns when it starts.
    """
    write_order_approved(session, fact)


@handlers.on(billing.OrderRejected)
def a_refused_order_is_told_by_mail(session: Session, fact: billing.OrderRejected) -> None:
    """
    Who ordered learns why it was refused.
    """
    write_order_rejected(session, fact)


@handlers.on(billing.OrderChanged)
def a_service_taken_back_is_told_by_mail(session: Session, fact: billing.OrderChanged) -> None:
    """
    For whom staff added a service, and undid that, learns that nothing is charged.
    """
    if fact.new == "taken_back":
        write_order_taken_back(session, fact)


@handlers.on(billing.BalanceChanged)
def the_balance_is_kept(session: Session, fact: billing.BalanceChanged) -> None:
    """
    The Information page shows the balance without asking billing.
    """
    keep_balance(session, fact, as_of=handlers.envelope().time)


@handlers.on(billing.NextStepsChanged)
def the_days_ahead_are_kept(session: Session, fact: billing.NextStepsChanged) -> None:
    """
    The Information page shows what happens next without asking billing.
    """
    keep_next_steps(session, fact, as_of=handlers.envelope().time)


@handlers.on(billing.PlanChangeFailed)
def a_change_that_failed_is_told_by_mail(session: Session, fact: billing.PlanChangeFailed) -> None:
    """
    Whose booked change could not be made learns that the plan stays.
    """
    write_plan_not_changed(session, fact)


@handlers.on(billing.SubscriptionPauseBooked)
def a_pause_is_confirmed_by_mail(session: Session, fact: billing.SubscriptionPauseBooked) -> None:
    """
    Whose service will pause reads from when to when, and what it costs.
    """
    write_pause_booked(session, fact)


@handlers.on(billing.SubscriptionPauseWithdrawn)
def a_pause_undone_is_told_by_mail(session: Session, fact: billing.SubscriptionPauseWithdrawn) -> None:
    """
    Whose service does not pause after all learns that it goes on.
    """
    write_pause_withdrawn(session, fact)


@handlers.on(billing.SubscriptionResumed)
def the_end_of_a_pause_is_told_by_mail(session: Session, fact: billing.SubscriptionResumed) -> None:
    """
    Whose service works again learns since when it is charged.
    """
    write_resumed(session, fact)


@handlers.on(billing.SubscriptionEndBooked)
def a_booked_end_is_confirmed_by_mail(session: Session, fact: billing.SubscriptionEndBooked) -> None:
    """
    Whose service will end reads until when it works, and what that costs.
    """
    write_end_booked(session, fact, about=handlers.envelope().id)


@handlers.on(billing.SubscriptionEndWithdrawn)
def an_end_undone_is_told_by_mail(session: Session, fact: billing.SubscriptionEndWithdrawn) -> None:
    """
    Whose service does not end after all learns that it goes on.
    """
    write_end_withdrawn(session, fact, about=handlers.envelope().id)


@handlers.on(billing.PlanChangeOffered)
def an_offered_change_is_told_by_mail(session: Session, fact: billing.PlanChangeOffered) -> None:
    """
    Whose consent is asked for reads where to look at what it costs.
    """
    write_offer(session, fact)


@handlers.on(billing.ReminderDue)
def who_has_not_paid_is_reminded_by_mail(session: Session, fact: billing.ReminderDue) -> None:
    """
    Who has not paid reads what is open, what follows and when.
    """
    write_reminder(session, fact, about=handlers.envelope().id)


@handlers.on(billing.AccountBlocked)
def who_pays_late_is_blocked(session: Session, fact: billing.AccountBlocked) -> None:
    """
    Late payment blocks a customer, unless a person already did more.
    """
    follow_billing(session, customer_id=fact.customer_id, word=Word.BLOCKED, version=fact.version)


@handlers.on(billing.AccountDeactivated)
def who_does_not_pay_becomes_inactive(session: Session, fact: billing.AccountDeactivated) -> None:
    """
    When services ended for late payment, the customer uses none.
    """
    follow_billing(session, customer_id=fact.customer_id, word=Word.DEACTIVATED, version=fact.version)


@handlers.on(billing.AccountCleared)
def who_paid_is_active_again(session: Session, fact: billing.AccountCleared) -> None:
    """
    Nothing overdue lifts what late payment did, and nothing a person did.
    """
    follow_billing(session, customer_id=fact.customer_id, word=Word.CLEARED, version=fact.version)


@handlers.on(billing.InvoiceIssued)
def a_bill_is_mailed(session: Session, fact: billing.InvoiceIssued) -> None:
    """
    Who is billed reads what to pay until when.
    """
    write_invoice(session, fact)


@handlers.on(billing.InvoiceSentAgain)
def a_bill_is_mailed_again(session: Session, fact: billing.InvoiceSentAgain) -> None:
    """
    Whose bill staff sends again finds it in their mail.
    """
    write_invoice_again(session, fact, about=handlers.envelope().id)


@handlers.on(billing.AccountBlocked)
def who_is_blocked_reads_why(session: Session, fact: billing.AccountBlocked) -> None:
    """
    Whose access is paused learns why, and how it comes back.
    """
    write_blocked(session, fact, about=handlers.envelope().id)


@handlers.on(billing.AccountDeactivated)
def who_is_deactivated_reads_why(session: Session, fact: billing.AccountDeactivated) -> None:
    """
    Whose services ended learns why, and how they start again.
    """
    write_deactivated(session, fact, about=handlers.envelope().id)


@handlers.on(billing.AccountCleared)
def who_is_back_reads_it(session: Session, fact: billing.AccountCleared) -> None:
    """
    Who has paid learns that all works again.
    """
    write_cleared(session, fact, about=handlers.envelope().id)


@handlers.on(own.StaffSignedOut)
def a_signed_out_session_stays_out(session: Session, fact: own.StaffSignedOut) -> None:
    """
    Our own admin screens refuse the tokens of an ended session, like everybody's.
    """
    revoke_session(session, fact)
