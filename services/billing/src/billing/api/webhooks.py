"""Where the payment provider calls: check the signature, store, answer; the work is done after."""

from flask import request

from billing.clients.webhook import HEADER, BadNotice, BadSignature, read, verify
from billing.settings import Settings
from billing.usecases.receive_webhook import receive_webhook
from shared import clock
from shared.web.access import public
from shared.web.strict import Blueprint, Malformed, parse
from shared.web.throttle import Throttle
from shared.web.wiring import database, wired

api = Blueprint("webhooks", __name__, url_prefix="/api/v1")

FLOOD = Throttle(2000, 10)  # of one address; a provider that is told 429 comes again


class SignatureRejected(
    Malformed, code="signature_rejected", title="This call is not signed by our provider"
):
    """
    Another secret, or too old.
    """


@api.post("/webhooks/sandbox")
@public
@api.response(204)
def receive() -> None:
    """
    Take a notice of the sandbox provider.
    """
    FLOOD.take(request.remote_addr or "")
    settings, body = wired().settings, request.get_data()
    assert isinstance(settings, Settings)
    if request.content_encoding:  # what is signed is what was sent, and nothing is unpacked
        raise Malformed("This is not a notice.")
    try:
        verify(
            body,
            request.headers.get(HEADER, ""),
            secret=settings.payments_webhook_secret,
            now=int(clock.real_now().timestamp()),
        )
        notice = read(parse(body))
    except BadSignature as bad:
        raise SignatureRejected("The signature was refused: %(why)s.", params={"why": str(bad)}) from bad
    except BadNotice as bad:
        raise Malformed("This is not a notice.") from bad
    with database().begin() as session:
        receive_webhook(session, notice=notice, now=clock.now())
