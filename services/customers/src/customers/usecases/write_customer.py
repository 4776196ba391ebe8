"""Write a customer a mail in their language, to the addresses that such mail goes to."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from customers import queries
from customers.domain.customer import billing_addresses
from customers.domain.message import LINK
from customers.domain.texts import N_
from customers.models import Customer, Message, Partner
from customers.usecases.queue_message import Draft, queue_message
from shared.money import Money
from shared.ui.formats import day, money
from shared.ui.language import speaking, translations

PORTAL = "portal"

Say = Callable[..., str]


@dataclass(frozen=True, kw_only=True)
class News:
    """
    A mail of one *kind* *about* one thing, in its reader's words; *call* stands over the link to *page*.

    What is of *money* goes to the addresses for bills, everything else to the main ones. Empty paragraphs are
    left out.
    """

    kind: str
    about: str
    subject_line: str
    paragraphs: tuple[str, ...]
    call: str
    page: str
    of_money: bool
    bulk: bool = False


def write_customer(session: Session, customer: Customer, news: News) -> Message | None:
    """
    Queue the mail; who has no address for it gets none.
    """
    recipients = tuple(customer.emails)
    if news.of_money:
        recipients = billing_addresses(customer.emails, customer.billing_emails)
    if not recipients:
        return None
    partner = queries.partner(session, customer.partner_id, None)
    return queue_message(
        session,
        Draft(
            kind=news.kind,
            about=news.about,
            customer_id=customer.id,
            partner_id=partner.id,
            recipients=recipients,
            subject_line=news.subject_line,
            body=_body(customer, partner, news),
            path_service=PORTAL,
            path=news.page,
            bulk=news.bulk,
        ),
    )


def voice(language: str) -> Say:
    """
    Return what says a marked text in *language*, with money and days in its gaps written the same way.
    """
    translate = translations(language, "customers").gettext

    def say(text: str, **gaps: object) -> str:
        with speaking(language):
            written = {name: _written(value) for name, value in gaps.items()}
        return translate(text) % written if written else translate(text)

    return say


def _body(customer: Customer, partner: Partner, news: News) -> str:
    say = voice(customer.language)
    sign_off = [partner.title, " · ".join(filter(None, (partner.help_phone, partner.help_email)))]
    parts = [
        say(N_("Hello %(name)s,"), name=customer.full_name),
        *news.paragraphs,
        f"{news.call}\n{LINK}",
        "\n".join(filter(None, sign_off)),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _written(value: object) -> str:
    if isinstance(value, Money):
        return money(value)
    return day(value, "full") if isinstance(value, date) else str(value)
