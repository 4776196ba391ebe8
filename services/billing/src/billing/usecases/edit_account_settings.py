"""Give one customer values of their own, or let them inherit again; what follows from it follows at once."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from billing.models import Account
from billing.usecases.follow_settings import follow
from billing.usecases.lock_account import lock_account
from billing.usecases.write_audit import write_audit
from shared.errors import NotFound
from shared.web.errors import PreconditionFailed


def edit_account_settings(
    session: Session,
    *,
    customer_id: str,
    names: tuple[str, ...],
    own: Mapping[str, Any],
    seen: str,
    partner_ids: frozenset[str] | None,
    now: datetime,
) -> Account:
    """
    Store *own* as the customer's values of *names*, checked by the door; what is left out is inherited.

    :raises NotFound: if there is no such account among *partner_ids* (None: all)
    :raises PreconditionFailed: if the values are not those that were *seen* (``mark_of``)
    """
    account = lock_account(session, customer_id=customer_id)
    if partner_ids is not None and account.partner_id not in partner_ids:
        raise NotFound
    if mark_of(account) != seen:
        raise PreconditionFailed
    before = account.own_settings
    kept = {name: value for name, value in before.items() if name not in names}
    account.own_settings = kept | {name: own[name] for name in names if name in own}
    if account.own_settings != before:
        follow(session, account, now=now)
        write_audit(
            session,
            account,
            action="settings_changed",
            target=customer_id,
            now=now,
            before=before,
            after=account.own_settings,
        )
    session.flush()
    return account


def mark_of(account: Account) -> str:
    """
    Return a mark of the customer's own values: it changes when they do.
    """
    return hashlib.sha256(json.dumps(account.own_settings, sort_keys=True).encode()).hexdigest()[:16]
