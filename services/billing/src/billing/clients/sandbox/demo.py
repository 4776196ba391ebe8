"""The saved cards of the demo customers, one for each thing a card can do."""

from sqlalchemy.orm import Session

from billing.clients.sandbox.cards import BEHAVIOUR
from billing.clients.sandbox.records import Card
from shared import clock


def token(customer_ref: str, last4: str) -> str:
    """
    Return the token of a demo customer's card, which billing's demo data names as well.
    """
    return f"card_{last4}_{customer_ref[-2:]}"


def save_cards(session: Session, customer_refs: list[str]) -> None:
    """
    Save each demo customer one card of every kind, unless they are saved already.
    """
    for customer_ref in customer_refs:
        for last4, behaviour in BEHAVIOUR.items():
            if session.get(Card, token(customer_ref, last4)) is None:
                session.add(_card(customer_ref, last4, behaviour))


def _card(customer_ref: str, last4: str, behaviour: str) -> Card:
    return Card(
        id=token(customer_ref, last4),
        customer_ref=customer_ref,
        brand="Visa",
        last4=last4,
        exp_month=12,
        exp_year=2030,
        behaviour=behaviour,
        created_at=clock.real_now(),
    )
