"""The public JSON API: translate, never decide."""

from portal_gateway.api import (
    basket,
    config,
    documents,
    events,
    home,
    invoices,
    orders,
    payment_methods,
    payments,
    plan_change_offers,
    plan_changes,
    products,
    quotes,
    sandbox,
    self_service,
    services,
    sessions,
    tickets,
    wallet,
)

BLUEPRINTS = [
    part.blueprint
    for part in (
        sessions,
        config,
        home,
        products,
        basket,
        quotes,
        orders,
        payments,
        payment_methods,
        services,
        wallet,
        plan_changes,
        plan_change_offers,
        self_service,
        invoices,
        documents,
        tickets,
        events,
        sandbox,
    )
]
