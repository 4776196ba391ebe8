"""
What can be read; every read of what belongs to a partner takes a *scope* of partners.

A scope of None sees every partner. What lies outside a scope is not found, exactly like what does not exist.
"""

from customers.queries.activity import Lines, activity_of, people
from customers.queries.customers import (
    Filters,
    Page,
    ahead,
    balance,
    balances,
    customer,
    customer_by_login,
    customer_page,
    details,
    facts,
    is_temporary,
    label_ids,
    labels_of,
    password_hash,
    shown,
)
from customers.queries.directory import (
    Scope,
    customers_in,
    label,
    labels,
    location,
    locations,
    partner,
    partner_or_none,
    partners,
)
from customers.queries.staff import (
    live_session,
    managed,
    set_up_link,
    staff_by_login,
    staff_list,
    staff_member,
)

__all__ = [
    "Filters",
    "Lines",
    "Page",
    "Scope",
    "activity_of",
    "ahead",
    "balance",
    "balances",
    "customer",
    "customer_by_login",
    "customer_page",
    "customers_in",
    "details",
    "facts",
    "is_temporary",
    "label",
    "label_ids",
    "labels",
    "labels_of",
    "live_session",
    "location",
    "locations",
    "managed",
    "partner",
    "partner_or_none",
    "partners",
    "password_hash",
    "people",
    "set_up_link",
    "shown",
    "staff_by_login",
    "staff_list",
    "staff_member",
]
