"""What catalog learns from customers: names, and staff who signed out."""

from datetime import UTC, datetime

from sqlalchemy import MetaData

from catalog import queries
from catalog.handlers import handlers
from catalog.models import Record
from shared.contracts import customers
from shared.db import Database
from shared.migrations import drift
from shared.testing import hear
from shared.web.sessions import is_revoked


def location(version: int, name: str, *, deleted: bool = False) -> customers.LocationChanged:
    return customers.LocationChanged(location_id="loc_1", version=version, name=name, deleted=deleted)


def locations(database: Database) -> dict[str, str]:
    with database.read() as session:
        return queries.names(session).locations


def test_names_follow_what_customers_tells(database: Database) -> None:
    hear(database, handlers, location(1, "Harbour"))
    hear(database, handlers, location(2, "Old harbour"))
    hear(database, handlers, customers.LabelChanged(label_id="lab_1", version=1, name="VIP", hue=10))

    with database.read() as session:
        names = queries.names(session)
        assert (names.locations, names.labels) == ({"loc_1": "Old harbour"}, {"lab_1": "VIP"})


def test_an_older_fact_never_wins(database: Database) -> None:
    hear(database, handlers, location(3, "Third"))
    hear(database, handlers, location(2, "Second"))

    assert locations(database) == {"loc_1": "Third"}


def test_hearing_a_fact_twice_changes_nothing(database: Database) -> None:
    envelope = hear(database, handlers, location(1, "Harbour"))
    hear(database, handlers, envelope)

    assert locations(database) == {"loc_1": "Harbour"}


def test_what_was_deleted_is_no_longer_offered(database: Database) -> None:
    hear(database, handlers, location(1, "Harbour"))
    hear(database, handlers, location(2, "Harbour", deleted=True))

    assert locations(database) == {}


def test_a_partner_is_known_by_name(database: Database) -> None:
    fact = customers.PartnerChanged(
        partner_id="par_1",
        version=1,
        name="Default",
        title="Harbour Fibre",
        hue=258,
        currency="EUR",
        timezone="Europe/Dublin",
        languages=("en",),
        help_phone="",
        help_email="",
    )

    hear(database, handlers, fact)

    with database.read() as session:
        assert queries.names(session).partners == {"par_1": "Default"}


def test_who_signed_out_elsewhere_is_signed_out_here(database: Database) -> None:
    fact = customers.StaffSignedOut(
        session_id="ses_1", staff_id="stf_1", at=datetime(2026, 11, 20, tzinfo=UTC)
    )

    hear(database, handlers, fact)

    with database.read() as session:
        assert is_revoked(session, "ses_1")


def test_it_hears_only_what_it_uses() -> None:
    assert handlers.names == [
        "customers.label_changed",
        "customers.location_changed",
        "customers.partner_changed",
        "customers.staff_signed_out",
    ]


def test_the_migrations_make_what_the_models_say(database: Database) -> None:
    metadata: MetaData = Record.metadata

    assert drift(database, "catalog", metadata) == []
