"""The public JSON API: translate, never decide."""

from portal_gateway.api import (
    basket,
    config,
    events,
    home,
    invoices,
    orders,
    payment_methods,
    payments,
    products,
    quotes,
    sandbox,
    services,
    sessions,
    tickets,
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
        invoices,
        tickets,
        events,
        sandbox,
    )
]
