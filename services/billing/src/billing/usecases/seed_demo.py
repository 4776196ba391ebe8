"""Demo data: cards, one for each way a payment can go, and what plan changes cost. The rest are facts."""

from datetime import datetime

from sqlalchemy.orm import Session

from billing.models import PartnerSettings, PaymentMethod
from billing.usecases.insert_once import insert_once
from billing.usecases.open_payment import PROVIDER

CUSTOMERS = {
    f"cus_{customer:026d}": f"par_{partner:026d}"
    for customer, partner in ((1, 1), (2, 1), (3, 1), (4, 1), (5, 2))
}
CARDS = ("4242", "0002", "3220", "9995")
CHANGES = {
    "par_00000000000000000000000001": {
        "refund": "unused_money",
        "timing": "end_of_active_month",
        "fee_up_minor": 200,
        "fee_down_minor": 0,
    },
    "par_00000000000000000000000002": {"fee_up_minor": 350},
}


def seed_demo(session: Session, *, now: datetime) -> None:
    """
    Give each demo customer the sandbox's cards, and each partner its fees; running it twice changes nothing.

    The sandbox provider has the same cards under the same tokens (``clients/sandbox/demo.py``).
    """
    for partner_id, own in CHANGES.items():
        insert_once(session, PartnerSettings, partner_id=partner_id, version=1, followed_version=1, own=own)
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
