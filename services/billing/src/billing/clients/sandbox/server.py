"""The provider's process: one web server with the webhook courier beside it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from gunicorn.app.base import BaseApplication

from billing.clients.sandbox import api, charges, demo, pages
from billing.clients.sandbox.records import Record
from billing.clients.sandbox.webhooks import Courier
from shared import ui
from shared.db import Database
from shared.errors import Invalid, NotFound, NotSignedIn, Refusal

CSP = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'"
STATUS: dict[type[Refusal], int] = {Invalid: 422, NotFound: 404, NotSignedIn: 401}


def create_app(db: Database, *, api_key: str, public_url: str) -> Flask:
    """
    Return the provider as a WSGI application with its API and its hosted pages.
    """
    Record.metadata.create_all(db.engine)  # a toy of one process: nothing to migrate
    app = Flask(__name__)
    app.config.update(API_KEY=api_key, PUBLIC_URL=public_url.rstrip("/"), MAX_CONTENT_LENGTH=64 * 1024)
    app.extensions["sandbox_db"] = db
    ui.init_app(app)
    app.register_blueprint(api.bp)
    app.register_blueprint(pages.bp)
    app.register_error_handler(Refusal, _refused)
    app.add_url_rule("/livez", view_func=_alive)
    app.add_url_rule("/readyz", "readyz", view_func=_alive)
    app.after_request(_guard)
    return app


def courier(db: Database, *, url: str, secret: str) -> Courier:
    """
    Return the courier that also lets pending charges settle.
    """

    def settle() -> None:
        with db.read() as session:
            due = charges.any_due(session)
        if due:
            with db.begin() as session:
                charges.settle_pending(session)

    return Courier(db, url=url, secret=secret, before=settle)


@dataclass(frozen=True, kw_only=True)
class Merchant:
    """
    What the provider knows of us: our API key, where our webhooks go and the secret they are signed with.
    """

    api_key: str
    webhook_url: str
    webhook_secret: str
    demo_customers: tuple[str, ...] = ()


def serve(merchant: Merchant, *, port: int, database: Path, public_url: str) -> None:
    """
    Run the provider on *port* of the loopback until it is told to stop.
    """
    db = Database(f"sqlite:///{database}")
    app = create_app(db, api_key=merchant.api_key, public_url=public_url)
    with db.begin() as session:
        demo.save_cards(session, list(merchant.demo_customers))
    db.close()  # connections do not survive gunicorn's fork
    Server(app, courier(db, url=merchant.webhook_url, secret=merchant.webhook_secret), port=port).run()


class Server(BaseApplication):  # type: ignore[misc]
    """
    gunicorn with one worker process of eight threads: knobs that hang keep a thread busy, not the provider.
    """

    def __init__(self, app: Flask, courier: Courier, *, port: int) -> None:
        self._app, self._courier = app, courier
        self._settings: dict[str, Any] = {
            "bind": f"127.0.0.1:{port}",
            "worker_class": "gthread",
            "threads": 8,
            "workers": 1,
            "control_socket_disable": True,
            "graceful_timeout": 5,
            "post_worker_init": lambda _worker: courier.start(),
        }
        super().__init__()

    def load_config(self) -> None:
        """
        Hand our settings to gunicorn.
        """
        for name, value in self._settings.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """
        Return the application each worker serves.
        """
        return self._app


def _alive() -> ResponseReturnValue:
    return {"status": "ok"}


def _refused(refusal: Refusal) -> ResponseReturnValue:
    status = next((code for kind, code in STATUS.items() if isinstance(refusal, kind)), 409)
    if not request.path.startswith("/v1/"):
        return render_template("sandbox/gone.html", detail=refusal.detail), status
    fields = [vars(error) for error in refusal.errors] if isinstance(refusal, Invalid) else []
    return {"code": refusal.code, "detail": refusal.detail, "errors": fields}, status


def _guard(response: Any) -> Any:
    response.headers["Content-Security-Policy"] = CSP
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = response.headers.get("Cache-Control", "no-store")
    return response
