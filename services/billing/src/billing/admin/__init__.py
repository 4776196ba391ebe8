"""The screens of billing for staff: orders, subscriptions, documents and payments."""

from flask import Blueprint, Flask

from billing.admin import (
    adding,
    bulk_acts,
    bulk_changes,
    change_reasons,
    change_rules,
    crediting,
    customer,
    customer_settings,
    data,
    document_lists,
    documents,
    ending,
    lists,
    money,
    money_words,
    next_invoice,
    opening,
    orders,
    partner_ahead,
    pausing,
    payments,
    plan_change_offers,
    plan_changes,
    run_words,
    runs,
    settings,
    shell,
    trail_words,
    transactions,
    words,
    writing_off,
)
from shared.web.admin import staff_blueprint

__all__ = ["blueprints", "dress"]


def blueprints() -> list[Blueprint]:
    """
    Return every blueprint of billing's staff screens.
    """
    return [
        lists.pages,
        document_lists.pages,
        money.pages,
        crediting.pages,
        transactions.pages,
        opening.pages,
        orders.pages,
        customer.pages,
        data.pages,
        documents.pages,
        writing_off.pages,
        payments.pages,
        bulk_acts.pages,
        bulk_changes.pages,
        change_rules.pages,
        plan_changes.pages,
        change_reasons.pages,
        plan_change_offers.pages,
        ending.pages,
        pausing.pages,
        adding.pages,
        settings.pages,
        customer_settings.pages,
        next_invoice.pages,
        partner_ahead.pages,
        runs.pages,
        staff_blueprint("billing"),
    ]


def dress(app: Flask) -> None:
    """
    Put billing's frame around the screens of *app*, and give its templates their words.
    """
    shell.frame(app)
    words.teach(app)
    money_words.teach(app)
    run_words.teach(app)
    trail_words.teach(app)
