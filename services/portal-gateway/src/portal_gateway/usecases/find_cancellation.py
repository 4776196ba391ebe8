"""From when a service may end and what that costs, within what its partner allows (P9)."""

from portal_gateway import queries
from portal_gateway.clients import Upstreams
from portal_gateway.clients.calls import Caller
from portal_gateway.clients.self_service import EndPossible
from portal_gateway.domain.portal_settings import Effective
from portal_gateway.usecases.check_ordering import FeatureDisabled
from shared.db import Database


def find_cancellation(db: Database, upstreams: Upstreams, caller: Caller, service_id: str) -> EndPossible:
    """
    Return the choices of whoever ends a service.

    :raises NotFound: if the customer has no such service
    :raises FeatureDisabled: if their partner lets nobody end services in the portal
    """
    limits = insist_on_cancelling(db, caller).cancel_limits
    return upstreams.billing.self_service.end_options(caller, subscription_id=service_id, limits=limits)


def insist_on_cancelling(db: Database, caller: Caller) -> Effective:
    """
    Return the settings of the customer's partner, who lets customers end services.

    :raises FeatureDisabled: if not
    """
    with db.read() as session:
        settings = queries.effective_settings(session, caller.partner_id)
    if not settings.lets_cancel:
        raise FeatureDisabled("Ending services in the portal is switched off.")
    return settings
