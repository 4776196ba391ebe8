"""Whether customers of a partner may order at all, and pay while ordering (003-03, 003-05, 003-13)."""

from portal_gateway import queries
from portal_gateway.domain.portal_settings import Effective
from shared.db import Database
from shared.errors import NotAllowed


class FeatureDisabled(NotAllowed, code="feature_disabled", title="Not offered here"):
    """
    The partner has switched this off.
    """


def check_ordering(db: Database, partner_id: str | None) -> Effective:
    """
    Return the partner's settings if its customers may order.

    :raises FeatureDisabled: if they may not
    """
    with db.read() as session:
        settings = queries.effective_settings(session, partner_id)
    if not settings.ordering_enabled:
        raise FeatureDisabled("Ordering in the portal is switched off.")
    return settings
