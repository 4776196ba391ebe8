"""Demo data: four cards per customer, one for each way a payment can go. Everything else arrives as facts."""

from datetime import datetime

from sqlalchemy.orm import Session

from billing.models import PaymentMethod
from billing.usecases.insert_once import insert_once
from billing.usecases.open_payment import PROVIDER

CUSTOMERS = {
    f"cus_{customer:026d}": f"par_{partner:026d}"
    for customer, partner in ((1, 1), (2, 1), (3, 1), (4, 1), (5, 2))
}
CARDS = ("4242", "0002", "3220", "9995")


def seed_demo(session: Session, *, now: datetime) -> None:
    """
    Give each demo customer the sandbox's cards; running it twice changes nothing.

    The sandbox provider has the same cards under the same tokens (``clients/sandbox/demo.py``).
    """
    for customer_id, partner_id in CUSTOMERS.items():
        for last4 in CARDS:
            insert_once(
                session,
                PaymentMethod,
                id=f"pm_{int(customer_id[-2:]):022d}{last4}",
                customer_id=customer_id,
                partner_id=partner_id,
                provider=PROVIDER,
                token=f"card_{last4}_{customer_id[-2:]}",
                brand="Visa",
                last4=last4,
                exp_month=12,
                exp_year=now.year + 4,
                is_default=last4 == CARDS[0],
                created_at=now,
            )
