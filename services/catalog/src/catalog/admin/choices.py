"""What selects and check boxes offer, as (value, title)."""

from typing import Any

from sqlalchemy.orm import Session

from catalog import queries
from catalog.admin import words
from catalog.domain.plan import Kind


def of_customers(session: Session) -> dict[str, list[tuple[str, Any]]]:
    """
    Return what a customer can be: partners, locations, labels, categories and billing types.
    """
    names = queries.names(session)
    return {
        "partners": list(names.partners.items()),
        "locations": list(names.locations.items()),
        "labels": list(names.labels.items()),
        "categories": [(item.value, title) for item, title in words.CATEGORIES.items()],
        "billing_types": [(item.value, title) for item, title in words.BILLING_TYPES.items()],
    }


def of_plans(session: Session, *, kind: Kind, without: str | None) -> dict[str, list[tuple[str, str]]]:
    """
    Return what a plan of *kind* may contain and change to; never itself.
    """
    others = [row for row in queries.plans(session) if row.id != without]
    return {
        "possible_members": [
            (row.id, f"{row.name}, {row.price}") for row in others if row.kind is not Kind.BUNDLE
        ],
        "possible_targets": [(row.id, f"{row.name}, {row.price}") for row in others if row.kind is kind],
    }
