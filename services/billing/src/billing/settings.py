"""What billing must be told by its environment."""

from dataclasses import dataclass
from datetime import timedelta

from shared.settings import ServiceSettings, setting


@dataclass(frozen=True, kw_only=True)
class Settings(ServiceSettings):
    """
    The shared settings, those of the payment provider, and how far the clock may jump.
    """

    clock_ahead_days: int = setting(
        env="CLOCK_AHEAD_DAYS",
        default=1,
        help="so many days clock work may have stood still; after more a person confirms the date",
    )
    payments_url: str = setting(
        env="PAYMENTS_URL", default="http://127.0.0.1:8005", help="where the payment provider is"
    )
    payments_api_key: str = setting(
        env="PAYMENTS_API_KEY", default="", help="what we show to the payment provider"
    )
    payments_webhook_secret: str = setting(
        env="PAYMENTS_WEBHOOK_SECRET", default="", help="what the provider signs its webhooks with"
    )

    @property
    def clock_may_jump(self) -> timedelta | None:
        """
        How far the clock may be ahead of when it was last seen; None where it is moved on purpose.
        """
        return timedelta(days=self.clock_ahead_days) if self.in_production else None

    def problems(self) -> list[str]:
        """
        Return what is wrong across fields.
        """
        found = super().problems()
        if not self.payments_url.startswith(("http://", "https://")):
            found.append(f"PAYMENTS_URL must start with http:// or https://, not {self.payments_url!r}")
        if self.clock_ahead_days < 1:
            found.append(f"CLOCK_AHEAD_DAYS must be at least 1, not {self.clock_ahead_days}")
        found += [
            f"{name} is missing: nobody but the provider may know it"
            for name, value in (
                ("PAYMENTS_API_KEY", self.payments_api_key),
                ("PAYMENTS_WEBHOOK_SECRET", self.payments_webhook_secret),
            )
            if not value
        ]
        return found
