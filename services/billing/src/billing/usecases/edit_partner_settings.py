"""Change what a partner set about billing or plan changes; what is left out is inherited."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from billing.models import Partner, PartnerSettings
from billing.usecases.insert_once import insert_once
from shared.errors import NotFound
from shared.web.errors import PreconditionFailed


def edit_partner_settings(
    session: Session, *, partner_id: str, names: tuple[str, ...], own: Mapping[str, Any], expected: int
) -> PartnerSettings:
    """
    Store *own* as the partner's values of *names*, checked by the door; what is left out is inherited.

    :raises NotFound: if there is no such partner
    :raises PreconditionFailed: if the settings are not at version *expected* (0: nothing was ever set)
    """
    if session.get(Partner, partner_id) is None:
        raise NotFound
    insert_once(session, PartnerSettings, partner_id=partner_id, version=0, own={})
    row = session.get_one(PartnerSettings, partner_id, with_for_update=True, populate_existing=True)
    if row.version != expected:
        raise PreconditionFailed
    kept = {name: value for name, value in row.own.items() if name not in names}
    row.own = kept | {name: own[name] for name in names if name in own}
    row.version += 1
    session.flush()
    return row
