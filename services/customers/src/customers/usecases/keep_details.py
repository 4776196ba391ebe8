"""Put what a person wrote down onto a customer record, after checking it against what exists."""

from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from customers import queries
from customers.domain import customer as rules
from customers.domain.customer import BillingType, Category, Details
from customers.domain.texts import N_
from customers.models import Counter, Customer, CustomerEmail, CustomerLabel, Label, Location, Partner
from shared.errors import FieldError, Invalid


def check_details(
    session: Session, details: Details, *, scope: queries.Scope, customer_id: str | None = None
) -> Details:
    """
    Return the details as they are to be kept, for the customer *customer_id* or a new one.

    :raises Invalid: if a field breaks a rule or names what does not exist
    """
    clean = replace(
        details,
        login=rules.normal_login(details.login),
        full_name=details.full_name.strip(),
        street=details.street.strip(),
        zip_code=details.zip_code.strip(),
        city=details.city.strip(),
    )
    errors = [*rules.problems(clean), *_unknown(session, clean, scope), *_taken(session, clean, customer_id)]
    errors += _other_currency(session, clean, customer_id)
    if errors:
        raise Invalid(*errors)
    return clean


def keep_details(session: Session, customer: Customer, details: Details) -> None:
    """
    Write checked details onto *customer*, which must be in the session.
    """
    customer.partner_id = details.partner_id
    customer.login, customer.full_name = details.login, details.full_name
    customer.category = Category(details.category)
    customer.billing_type = BillingType(details.billing_type)
    customer.location_id, customer.language = details.location_id, details.language
    customer.emails, customer.billing_emails = list(details.emails), list(details.billing_emails)
    customer.phones = list(details.phones)
    customer.street, customer.zip_code, customer.city = details.street, details.zip_code, details.city
    customer.search = searchable(customer.number, details)
    session.flush()
    _keep_labels(session, customer.id, details.label_ids)
    _keep_emails(session, customer.id, details.emails)


def searchable(number: int, details: Details) -> str:
    """
    Return everything a list may be searched by, in small letters; phones also as bare digits.
    """
    digits = ("".join(filter(str.isdigit, phone)) for phone in details.phones)
    words = (f"{number:06d}", details.login, details.full_name, *details.emails, *details.billing_emails)
    return " ".join((*words, *details.phones, *digits)).casefold()


def next_number(session: Session) -> int:
    """
    Take the next customer number; two at once wait for each other.
    """
    taken = session.scalar(
        update(Counter)
        .where(Counter.name == "customer")
        .values(value=Counter.value + 1)
        .returning(Counter.value)
    )
    if taken is None:
        taken = (session.scalar(select(func.max(Customer.number))) or 0) + 1
        session.add(Counter(name="customer", value=taken))
        session.flush()
    return taken


def _unknown(session: Session, details: Details, scope: queries.Scope) -> Iterator[FieldError]:
    partner = queries.partner_or_none(session, details.partner_id, scope)
    if partner is None:
        yield FieldError("#/partner_id", "not_a_choice", N_("Choose a partner"))
    elif details.language not in partner.languages:
        yield FieldError("#/language", "not_a_choice", N_("Choose a language this partner speaks"))
    if details.location_id is not None and session.get(Location, details.location_id) is None:
        yield FieldError("#/location_id", "not_a_choice", N_("Choose a location from the list"))
    known = set(session.scalars(select(Label.id).where(Label.id.in_(details.label_ids))))
    if known != set(details.label_ids):
        yield FieldError("#/label_ids", "not_a_choice", N_("Choose labels from the list"))


def _taken(session: Session, details: Details, customer_id: str | None) -> Iterator[FieldError]:
    owner = session.scalar(select(Customer.id).where(Customer.login == details.login))
    if owner not in {None, customer_id}:
        yield FieldError("#/login", "login_taken", N_("Choose another login, this one is taken"))


def _other_currency(session: Session, details: Details, customer_id: str | None) -> Iterator[FieldError]:
    """
    Refuse a partner with whom the customer's account, kept in the old one's currency, could not be billed.
    """
    old = session.get(Customer, customer_id) if customer_id else None
    if old is None or old.partner_id == details.partner_id:
        return
    partners = [session.get(Partner, each) for each in (old.partner_id, details.partner_id)]
    if len({partner.currency for partner in partners if partner}) > 1:
        yield FieldError("#/partner_id", "other_currency", N_("Choose a partner of the same currency"))


def _keep_labels(session: Session, customer_id: str, wanted: tuple[str, ...]) -> None:
    session.execute(delete(CustomerLabel).where(CustomerLabel.customer_id == customer_id))
    session.add_all(CustomerLabel(customer_id=customer_id, label_id=label_id) for label_id in set(wanted))
    session.flush()


def _keep_emails(session: Session, customer_id: str, emails: tuple[str, ...]) -> None:
    session.execute(delete(CustomerEmail).where(CustomerEmail.customer_id == customer_id))
    folded = {email.casefold() for email in emails}
    session.add_all(CustomerEmail(customer_id=customer_id, email=email) for email in folded)
    session.flush()
