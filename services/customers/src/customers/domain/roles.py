"""Which role of the staff may do what: one table, the same in all five admin UIs."""

PERMISSIONS = (
    "customers.view",
    "customers.edit",
    "staff.manage",
    "plans.view",
    "plans.edit",
    "orders.view",
    "orders.approve",
    "services.change",
    "invoices.view",
    "payments.view",
    "accounts.edit",
    "payments.decide",
    "settings.view",
    "settings.edit",
    "runs.manage",
    "payments.record",
    "payments.refund",
    "invoices.credit",
    "invoices.write_off",
    "tickets.view",
    "tickets.reply",
    "portal.view",
    "portal.edit",
    "events.view",
    "events.manage",
)

ROLES: dict[str, tuple[str, ...]] = {
    "administrator": PERMISSIONS,
    "support": (
        "customers.view",
        "customers.edit",
        "orders.view",
        "orders.approve",
        "services.change",
        "settings.view",
        "tickets.view",
        "tickets.reply",
        "plans.view",
        "invoices.view",
        "accounts.edit",
    ),
    "billing": (
        "customers.view",
        "orders.view",
        "orders.approve",
        "services.change",
        "invoices.view",
        "accounts.edit",
        "payments.view",
        "payments.decide",
        "settings.view",
        "settings.edit",
        "runs.manage",
        "payments.record",
        "payments.refund",
        "invoices.credit",
        "invoices.write_off",
        "plans.view",
    ),
    "catalogue": ("plans.view", "plans.edit"),
    "platform": ("events.view", "events.manage", "portal.view"),
}


def permissions(roles: tuple[str, ...]) -> tuple[str, ...]:
    """
    Return everything somebody with *roles* may do, in the order of the table.
    """
    allowed = {permission for role in roles for permission in ROLES.get(role, ())}
    return tuple(permission for permission in PERMISSIONS if permission in allowed)
