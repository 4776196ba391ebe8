"""What the gateway reads from the environment."""

from dataclasses import dataclass

from shared.settings import ServiceSettings, setting


@dataclass(frozen=True, kw_only=True)
class Settings(ServiceSettings):
    """
    Besides what every service needs: where the four services are.
    """

    customers_url: str = setting(
        env="CUSTOMERS_URL", default="http://127.0.0.1:8001", help="customers service"
    )
    catalog_url: str = setting(env="CATALOG_URL", default="http://127.0.0.1:8002", help="catalog service")
    billing_url: str = setting(env="BILLING_URL", default="http://127.0.0.1:8003", help="billing service")
    tickets_url: str = setting(env="TICKETS_URL", default="http://127.0.0.1:8004", help="tickets service")
    max_streams: int = setting(env="MAX_STREAMS", default=48, help="live streams per process; beyond it: 204")
    requests_per_minute: int = setting(
        env="REQUESTS_PER_MINUTE",
        default=1200,
        help="of one customer to one part of the portal, per process; beyond it: 429; 0: no limit",
    )
