"""From when, for how long and how often a service may pause, within what its partner allows (P9)."""

from portal_gateway import queries
from portal_gateway.clients import Upstreams
from portal_gateway.clients.calls import Caller
from portal_gateway.clients.self_service import PausePossible
from portal_gateway.domain.portal_settings import Effective
from portal_gateway.usecases.check_ordering import FeatureDisabled
from shared.db import Database


def find_pause(db: Database, upstreams: Upstreams, caller: Caller, service_id: str) -> PausePossible:
    """
    Return the choices of whoever pauses a service.

    :raises NotFound: if the customer has no such service
    :raises FeatureDisabled: if their partner lets nobody pause services in the portal
    """
    limits = insist_on_pausing(db, caller).pause_limits
    return upstreams.billing.self_service.pause_options(caller, subscription_id=service_id, limits=limits)


def insist_on_pausing(db: Database, caller: Caller) -> Effective:
    """
    Return the settings of the customer's partner, who lets customers pause services.

    :raises FeatureDisabled: if not
    """
    with db.read() as session:
        settings = queries.effective_settings(session, caller.partner_id)
    if not settings.lets_pause:
        raise FeatureDisabled("Pausing services in the portal is switched off.")
    return settings
