"""Keep how partners let customers change plans in the portal, to say why one cannot."""

from sqlalchemy.orm import Session

from billing.models import PortalModes
from billing.usecases.insert_once import insert_once
from shared.contracts import portal


def keep_portal_modes(session: Session, fact: portal.SettingsChanged) -> None:
    """
    Store the modes of a partner, unless newer ones are known.
    """
    insert_once(session, PortalModes, partner_id=fact.partner_id, version=-1, by_kind={})
    kept = session.get_one(PortalModes, fact.partner_id, with_for_update=True, populate_existing=True)
    if kept.version <= fact.version:
        kept.version = fact.version
        kept.by_kind = {
            "internet": fact.internet_change,
            "voice": fact.voice_change,
            "recurring": fact.recurring_change,
        }
    session.flush()
