"""The provider's verbs on money: charge, confirm, settle, refund. Each runs in the caller's transaction."""

from datetime import timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from billing.clients.sandbox import cards, knobs, webhooks
from billing.clients.sandbox.records import Card, Charge, Refund
from shared import clock
from shared.errors import Conflict, FieldError, Invalid, NotFound
from shared.ids import new_id

RESULT = {
    cards.SUCCEEDS: "succeeded",
    cards.DECLINED: "failed",
    cards.NEEDS_ACTION: "action_required",
    cards.PENDS: "pending",
}


UNFINISHED = ("open", "action_required", "pending")


class ReferenceTaken(Conflict, code="reference_taken"):
    """
    The merchant used this reference for something else.
    """


def open_charge(
    session: Session, *, reference: str, customer_ref: str, amount: int, currency: str, return_url: str
) -> Charge:
    """
    Return the charge of *reference*, opened now if it is new; *amount* in minor units.

    :raises ReferenceTaken: if the reference stands for another amount
    """
    charge = find(session, reference)
    if charge is None:
        charge = Charge(
            id=new_id("ch"),
            reference=reference,
            customer_ref=customer_ref,
            amount=amount,
            currency=currency,
            status="open",
            return_url=return_url,
            created_at=clock.real_now(),
        )
        session.add(charge)
        session.flush()
    if (charge.amount, charge.currency) != (amount, currency):
        raise ReferenceTaken("This reference stands for another amount.")
    return charge


def pay(session: Session, charge: Charge, *, card: Card, forced: str | None = None) -> Charge:
    """
    Try the card on an open charge, with the *forced* result if any; a charge that has an outcome keeps it.
    """
    if charge.status != "open":
        return charge
    charge.card_id = card.id
    _move(session, charge, forced or RESULT[card.behaviour])
    return charge


def confirm(session: Session, charge: Charge, *, agreed: bool) -> Charge:
    """
    Record what the card holder answered to 3-D Secure.
    """
    if charge.status == "action_required":
        _move(session, charge, "succeeded" if agreed else "failed", failure="authentication_failed")
    return charge


def cancel(session: Session, charge: Charge) -> Charge:
    """
    Stop a charge that is not finished; one that has an outcome keeps it.
    """
    if charge.status in UNFINISHED:
        _move(session, charge, "failed", failure="cancelled")
    return charge


def settle_pending(session: Session) -> int:
    """
    Let the pending charges whose time has come succeed, and return how many did.
    """
    charges = session.scalars(select(Charge).where(*_due())).all()
    for charge in charges:
        _move(session, charge, "succeeded")
    return len(charges)


def refund(session: Session, *, reference: str, amount: int, key: str) -> Refund:
    """
    Give *amount* minor units of a succeeded charge back, once per *key*.

    :raises NotFound: if there is no such charge
    :raises Invalid: if more would go back than came
    """
    charge = find(session, reference)
    if charge is None or charge.status != "succeeded":
        raise NotFound("There is no succeeded charge with this reference.")
    earlier = session.scalar(select(Refund).where(Refund.key == key))
    if earlier is not None:
        return earlier
    if amount <= 0 or charge.refunded + amount > charge.amount:
        raise Invalid(FieldError("#/amount", "out_of_range", "More would go back than came."))
    charge.refunded += amount
    made = Refund(id=new_id("re"), charge_id=charge.id, key=key, amount=amount, created_at=clock.real_now())
    session.add(made)
    webhooks.queue(session, "refund.succeeded", view(session, charge))
    return made


def find(session: Session, reference: str) -> Charge | None:
    """
    Return the charge of the merchant's *reference*, or None.
    """
    return session.scalar(select(Charge).where(Charge.reference == reference))


def view(session: Session, charge: Charge) -> dict[str, object]:
    """
    Return the charge as the API and the webhooks show it.
    """
    card = session.get(Card, charge.card_id) if charge.card_id else None
    return {
        "id": charge.id,
        "reference": charge.reference,
        "customer_ref": charge.customer_ref,
        "amount": charge.amount,
        "currency": charge.currency,
        "status": charge.status,
        "failure_code": charge.failure_code,
        "refunded": charge.refunded,
        "card": {"brand": card.brand, "last4": card.last4} if card else None,
    }


def any_due(session: Session) -> bool:
    """
    Tell whether a pending charge waits to be settled.
    """
    return bool(session.scalar(select(Charge.id).where(*_due()).limit(1)))


def _due() -> tuple[ColumnElement[bool], ...]:
    return Charge.status == "pending", Charge.settles_at <= clock.real_now()


def _move(session: Session, charge: Charge, status: str, *, failure: str = "card_declined") -> None:
    charge.status = status
    charge.failure_code = failure if status == "failed" else None
    wait = timedelta(seconds=knobs.number(session, "pending_seconds"))
    charge.settles_at = clock.real_now() + wait if status == "pending" else None
    webhooks.queue(session, f"payment.{status}", view(session, charge))
