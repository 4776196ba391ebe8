"""Demo settings: Default takes payments and lets customers change plans, North takes requests by ticket."""

from typing import Any

from sqlalchemy.orm import Session

from portal_gateway.models import PartnerCopy, PortalSettings
from portal_gateway.usecases.edit_portal_settings import tell_portal_settings

DEFAULT = "par_00000000000000000000000001"
NORTH = "par_00000000000000000000000002"
PARTNERS = {DEFAULT: ("Default", "Harbour Fibre", 258), NORTH: ("North", "North Net", 160)}
OWN: dict[str, dict[str, Any]] = {
    DEFAULT: {
        "ordering_enabled": True,
        "accept_payment": True,
        "order_channel": "tickets",
        "internet_change": "both",
        "voice_change": "request",
        "recurring_change": "self",
        "may_pause": True,
        "may_cancel": True,
        "equipment_note": "Send the router back within 14 days. We mail you a label.",
    },
    NORTH: {"accept_payment": False, "internet_change": "request"},
}


def seed_demo(session: Session) -> None:
    """
    Set up the two demo partners, once.
    """
    for partner_id, (name, title, hue) in PARTNERS.items():
        if session.get(PortalSettings, partner_id) is not None:
            continue
        _greet(session, partner_id, name, title, hue)
        session.add(PortalSettings(partner_id=partner_id, version=1, **OWN[partner_id]))
        session.flush()
        tell_portal_settings(session, partner_id=partner_id)


def _greet(session: Session, partner_id: str, name: str, title: str, hue: int) -> None:
    # Until customers tells about the brand itself, at whatever version above zero.
    if session.get(PartnerCopy, partner_id) is None:
        session.add(
            PartnerCopy(
                partner_id=partner_id,
                version=0,
                name=name,
                title=title,
                hue=hue,
                currency="EUR",
                timezone="Europe/Dublin",
                languages=["en", "de"],
                help_phone="",
                help_email="",
                is_default=partner_id == DEFAULT,
            )
        )
