"""The customers worker: relays our facts, hears everybody's, and sends the mail."""

from customers.clients.mail import Mailer, mailer
from customers.handlers import handlers
from customers.settings import Settings
from customers.usecases.send_messages import send_next
from customers.usecases.write_customer import PORTAL
from shared.bus.worker import Job, Worker
from shared.cli import settings_or_exit
from shared.db import Database


def make_worker(settings: Settings, db: Database, mail: Mailer) -> Worker:
    """
    Return the worker with its handlers and jobs.
    """
    return Worker("customers", db, handlers, settings.bus_url, jobs=[sending(settings, db, mail)])


def sending(settings: Settings, db: Database, mail: Mailer) -> Job:
    """
    Return the job that sends the queued mails, one a turn.
    """

    # Nobody is mailed a page of the portal's administration, but customers are mailed the portal's.
    homes = {**settings.admin_urls, PORTAL: settings.portal_url}

    def send() -> bool:
        return send_next(db, mail, sender=settings.mail_from, homes=homes)

    return Job("send_messages", 5, send, wake_on_write=True)


def main() -> None:
    """
    Work until told to stop.
    """
    settings = settings_or_exit(Settings, service="customers")
    make_worker(settings, Database(settings.database_url), mailer(settings.mail_url)).run()
