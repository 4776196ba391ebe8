"""What tickets needs to know when it starts."""

from dataclasses import dataclass

from shared.settings import ServiceSettings


@dataclass(frozen=True, kw_only=True)
class Settings(ServiceSettings):
    """
    Nothing beyond what every service needs.
    """
