"""What the customers service needs to know at the start."""

from dataclasses import dataclass

from customers.clients.mail import mailer
from shared.settings import ServiceSettings, setting


@dataclass(frozen=True, kw_only=True)
class Settings(ServiceSettings):
    """
    The settings every service has, and where mail goes.
    """

    mail_url: str = setting(
        env="MAIL_URL", help="file:///folder, smtp://[user:password@]host:port or smtps://"
    )
    mail_from: str = setting(
        env="MAIL_FROM",
        default="Ledgerline <no-reply@ledgerline.invalid>",
        help="the sender of every mail; answers go to the partner's help address",
    )

    def problems(self) -> list[str]:
        """
        Return what is wrong across fields.
        """
        found = super().problems()
        try:
            mailer(self.mail_url)
        except ValueError as error:
            found.append(f"MAIL_URL: {error}")
        return found
