"""The customer portal: pages over the same use cases as the public API."""

from portal_gateway.portal import (
    api_docs,
    bills,
    checkout,
    home,
    offers,
    order,
    password,
    plan_change,
    self_service,
    services,
    settings,
    shell,
    sign_in,
    status,
    support,
    wallet,
)
from portal_gateway.usecases.recognise_session import PasswordToChoose
from shared.errors import Unavailable

BLUEPRINTS = [
    part.blueprint
    for part in (
        sign_in,
        password,
        home,
        services,
        plan_change,
        self_service,
        offers,
        order,
        checkout,
        status,
        bills,
        wallet,
        support,
        settings,
        api_docs,
    )
]

for each in BLUEPRINTS:
    each.register_error_handler(Unavailable, shell.stand_without)
    each.register_error_handler(PasswordToChoose, password.to_choose)
    each.before_request(shell.speak_their_language)

for part in (services, plan_change, self_service):
    part.blueprint.before_request(shell.only_with_services)

__all__ = ["BLUEPRINTS", "shell"]
