"""The demonstration: two partners, three locations, two labels, five customers and three members of staff."""

from dataclasses import replace
from functools import cache

from sqlalchemy.orm import Session

from customers.clients.hashing import hash_password
from customers.domain.customer import Details
from customers.domain.status import Status
from customers.models import Customer, Partner, StaffMember
from customers.usecases.change_status import change_status
from customers.usecases.register_customer import register_customer
from customers.usecases.save_label import add_label
from customers.usecases.save_location import add_location
from customers.usecases.save_partner import Brand, add_partner
from customers.usecases.save_staff import Profile, add_staff
from customers.usecases.set_password import keep_hash

PASSWORD = "ledgerline-demo"


def demo_id(prefix: str, number: int) -> str:
    """
    Return the fixed id of a thing of the demonstration.
    """
    return f"{prefix}_{number:026d}"


DEFAULT, NORTH = demo_id("par", 1), demo_id("par", 2)
HARBOUR, HILL, ISLAND = (demo_id("loc", number) for number in (1, 2, 3))
FIBRE_READY, VIP = demo_id("lab", 1), demo_id("lab", 2)

BRAND = Brand(
    name="Default",
    title="Harbour Fibre",
    hue=258,
    currency="EUR",
    timezone="Europe/Dublin",
    languages=("en", "de"),
    help_phone="+353 21 555 0100",
    help_email="help@harbour-fibre.example",
)

ROBERT = Details(
    full_name="Robert Myers",
    login="postpaid",
    partner_id=DEFAULT,
    location_id=HARBOUR,
    emails=("robert.myers@example.net",),
    phones=("+353 21 555 0101",),
    street="12 Quay Street",
    zip_code="T12 AB34",
    city="Cork",
    label_ids=(FIBRE_READY,),
)

CUSTOMERS = (
    ROBERT,
    replace(
        ROBERT,
        full_name="Elena Costa",
        login="prepaid",
        billing_type="prepaid",
        emails=("elena.costa@example.net",),
        phones=("+353 21 555 0102",),
        street="3 Mill Lane",
    ),
    replace(
        ROBERT,
        full_name="Sean Walsh",
        login="blocked",
        emails=("sean.walsh@example.net",),
        phones=("+353 21 555 0103",),
        street="41 Church Road",
    ),
    replace(
        ROBERT,
        full_name="Maria Byrne",
        login="noplans",
        location_id=ISLAND,
        emails=("maria.byrne@example.net",),
        phones=("+353 21 555 0104",),
        street="1 Lighthouse Road",
        zip_code="P81 X000",
        city="Cape Clear",
        label_ids=(),
    ),
    Details(
        full_name="Quay Hotel",
        login="requestonly",
        partner_id=NORTH,
        location_id=HARBOUR,
        category="business",
        emails=("desk@quay-hotel.example",),
        billing_emails=("accounts@quay-hotel.example",),
        phones=("+353 21 555 0105",),
        street="1 Quay Street",
        zip_code="T12 AB30",
        city="Cork",
    ),
)

STAFF = (
    ("admin", "Alex Admin", "administrator"),
    ("support", "Sam Support", "support"),
    ("billing", "Bea Billing", "billing"),
)


def seed_demo(session: Session) -> None:
    """
    Add what the demonstration needs; a second time does nothing.
    """
    if session.get(Partner, DEFAULT) is not None:
        return
    add_partner(session, BRAND, partner_id=DEFAULT)
    add_partner(session, replace(BRAND, name="North", title="North Net", hue=160), partner_id=NORTH)
    for number, name in enumerate(("Harbour", "Hill", "Island"), start=1):
        add_location(session, name=name, location_id=demo_id("loc", number))
    add_label(session, name="Fibre-ready", hue=200, label_id=FIBRE_READY)
    add_label(session, name="VIP", hue=60, label_id=VIP)
    for number, details in enumerate(CUSTOMERS, start=1):
        _customer(session, demo_id("cus", number), details)
    for number, (login, name, role) in enumerate(STAFF, start=1):
        _staff(session, demo_id("stf", number), login, name, role)


def _customer(session: Session, customer_id: str, details: Details) -> Customer:
    customer = register_customer(session, details=details, scope=None, customer_id=customer_id)
    keep_hash(session, customer_id=customer_id, password_hash=_demo_hash())
    if details.login == "blocked":
        for status in (Status.ACTIVE, Status.BLOCKED):
            change_status(session, customer_id=customer_id, to=status, why="Demonstration", scope=None)
    return customer


def _staff(session: Session, staff_id: str, login: str, name: str, role: str) -> StaffMember:
    profile = Profile(login=login, name=name, email=f"{login}@harbour-fibre.example", roles=(role,))
    member = add_staff(session, profile, scope=None, staff_id=staff_id)
    member.password_hash = _demo_hash()
    return member


@cache
def _demo_hash() -> str:
    # Hashing is slow on purpose, and here everybody has the same password anyway.
    return hash_password(PASSWORD)
