"""Change what a partner set about billing or plan changes; what is left out is inherited."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from billing.models import Partner, PartnerSettings
from billing.usecases.insert_once import insert_once
from billing.usecases.write_audit import write_partner_audit
from shared.errors import NotFound
from shared.web.errors import PreconditionFailed

Own = Mapping[str, Any]


def edit_partner_settings(
    session: Session,
    *,
    partner_id: str,
    names: tuple[str, ...],
    own: Mapping[str, Any],
    expected: int,
    now: datetime,
) -> PartnerSettings:
    """
    Store *own* as the partner's values of *names*, checked by the door; what is left out is inherited.

    Who changed which value from what to what is noted in the partner's audit trail.

    :raises NotFound: if there is no such partner
    :raises PreconditionFailed: if the settings are not at version *expected* (0: nothing was ever set)
    """
    if session.get(Partner, partner_id) is None:
        raise NotFound
    insert_once(session, PartnerSettings, partner_id=partner_id, version=0, own={})
    row = session.get_one(PartnerSettings, partner_id, with_for_update=True, populate_existing=True)
    if row.version != expected:
        raise PreconditionFailed
    before = row.own
    kept = {name: value for name, value in before.items() if name not in names}
    row.own = kept | {name: own[name] for name in names if name in own}
    row.version += 1
    changed = {name: _from_to(before, row.own, name) for name in names if _moved(before, row.own, name)}
    if changed:
        write_partner_audit(
            session, partner_id, action="settings_changed", target=partner_id, now=now, **changed
        )
    session.flush()
    return row


def _moved(before: Own, after: Own, name: str) -> bool:
    return _value(before, name) != _value(after, name)


def _from_to(before: Own, after: Own, name: str) -> str:
    return json.dumps({"old": _value(before, name), "new": _value(after, name)})


def _value(own: Own, name: str) -> list[Any]:
    """
    Return the value in a list, which is empty where it is inherited.
    """
    if name not in own:
        return []
    value = own[name]
    return [list(value) if isinstance(value, tuple) else value]
