"""What only a sandbox has: forcing the result of the next payment."""

from typing import Any

from billing.api.schemas import NextResult
from billing.clients.provider import ProviderRefused, ProviderUnknown
from shared.errors import FieldError, Invalid, NotFound, Unavailable
from shared.web.access import service
from shared.web.strict import Blueprint
from shared.web.wiring import wired

api = Blueprint("sandbox", __name__, url_prefix="/api/v1")


@api.post("/sandbox/next-result")
@service
@api.arguments(NextResult)
@api.response(204)
def next_result(body: dict[str, Any]) -> None:
    """
    Say how the next payment ends: succeeded, failed, pending, action_required, hang_after, hang_before.
    """
    if wired().settings.in_production:
        raise NotFound
    try:
        wired().ports.provider.next_result(body["result"])
    except ProviderRefused as refused:
        raise Invalid(FieldError("#/result", "not_a_choice", refused.code)) from refused
    except ProviderUnknown as unknown:
        raise Unavailable("The payment provider does not answer.") from unknown
