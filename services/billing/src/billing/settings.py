"""What billing must be told by its environment."""

from dataclasses import dataclass

from shared.settings import ServiceSettings, setting


@dataclass(frozen=True, kw_only=True)
class Settings(ServiceSettings):
    """
    The shared settings and those of the payment provider.
    """

    payments_url: str = setting(
        env="PAYMENTS_URL", default="http://127.0.0.1:8005", help="where the payment provider is"
    )
    payments_api_key: str = setting(
        env="PAYMENTS_API_KEY", default="", help="what we show to the payment provider"
    )
    payments_webhook_secret: str = setting(
        env="PAYMENTS_WEBHOOK_SECRET", default="", help="what the provider signs its webhooks with"
    )

    def problems(self) -> list[str]:
        """
        Return what is wrong across fields.
        """
        found = super().problems()
        if not self.payments_url.startswith(("http://", "https://")):
            found.append(f"PAYMENTS_URL must start with http:// or https://, not {self.payments_url!r}")
        found += [
            f"{name} is missing: nobody but the provider may know it"
            for name, value in (
                ("PAYMENTS_API_KEY", self.payments_api_key),
                ("PAYMENTS_WEBHOOK_SECRET", self.payments_webhook_secret),
            )
            if not value
        ]
        return found
