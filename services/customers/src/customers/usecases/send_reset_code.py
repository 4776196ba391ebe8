"""Mail a code to a customer who forgot their portal password; whether there is one is not told."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from customers import queries
from customers.clients.hashing import hash_password
from customers.domain.message import RESET
from customers.domain.texts import N_
from customers.models import Customer, ResetCode
from customers.usecases.write_customer import News, voice, write_customer
from shared.ids import new_id

LASTS = timedelta(minutes=15)
DIGITS = 8


def send_reset_code(session: Session, *, login: str, now: datetime) -> str:
    """
    Mail a code to whom *login* names, in place of any before; return an id that looks the same for nobody.
    """
    reset_id, code = new_id("rst"), f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    code_hash = hash_password(code)  # for nobody, too: time tells nothing
    customer = queries.customer_by_login(session, login)
    if customer is not None and customer.emails:
        session.execute(delete(ResetCode).where(ResetCode.customer_id == customer.id))
        row = ResetCode(
            id=reset_id, customer_id=customer.id, code_hash=code_hash, tries=0, ends_at=now + LASTS
        )
        session.add(row)
        _write(session, customer, reset_id, code)
    return reset_id


def _write(session: Session, customer: Customer, reset_id: str, code: str) -> None:
    say = voice(customer.language)
    news = News(
        kind=RESET,
        about=reset_id,
        subject_line=say(N_("Your code for a new password")),
        paragraphs=(
            say(N_("your code is %(code)s. It works once, within 15 minutes."), code=code),
            say(N_("If you did not ask for it, you need not do anything.")),
        ),
        call=say(N_("Enter it here:")),
        page=f"/portal/password-resets/{reset_id}",
        of_money=False,
    )
    write_customer(session, customer, news)
