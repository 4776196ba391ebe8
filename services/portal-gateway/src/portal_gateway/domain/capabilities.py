"""What a customer may do on their own with a service as it is: what cannot be is not offered."""

from collections.abc import Mapping
from typing import Any

from portal_gateway.domain.portal_settings import Effective


def capabilities(service: Mapping[str, Any], settings: Effective) -> list[str]:
    """
    Return which of change_plan, pause and cancel are possible; billing has the last word when it is done.
    """
    alone = service["bundle_id"] is None and not service.get("pending_change")
    if not alone or service["status"] not in ("active", "paused"):
        return []
    works = service["status"] == "active" and not service.get("pause")
    confirmed = service["interval_months"] and not service["on_approve"] and service["ends_on"] is None
    pause = service.get("pause") or {}
    possible = {
        "change_plan": works and service["ends_on"] is None and bool(settings.change_modes(service["kind"])),
        "pause": works and confirmed and settings.lets_pause,
        "cancel": confirmed and settings.lets_cancel and pause.get("state") != "booked",
    }
    return [name for name, holds in possible.items() if holds]
