#!/bin/bash
# Fills deploy/secrets, which compose.yaml mounts: passwords, URLs, the broker's definitions and the signing keys.
set -euo pipefail
cd "$(dirname "$0")/../.."
umask 077
mkdir -p deploy/secrets && cd deploy/secrets
[ ! -e bus_url ] || { echo "deploy/secrets is filled already." >&2; exit 1; }

chance() { ../../.venv/bin/python -c 'import secrets; print(secrets.token_urlsafe(32), end="")'; }
for name in postgres_password database_password payments_api_key payments_webhook_secret; do chance > "$name"; done
for service in portal_gateway customers catalog billing tickets; do
    printf 'postgresql+psycopg://%s:%s@postgresql:5432/%s' "$service" "$(cat database_password)" "$service" > "${service}_database_url"
done
../../.venv/bin/python - <<'PYTHON'
import json
import secrets
import shutil
from pathlib import Path

from shared.bus.topology import VHOST, definitions
from shared.web.tokens import ensure_keys

password = secrets.token_urlsafe(32)
everything = {"user": "ledgerline", "vhost": VHOST, "configure": ".*", "write": ".*", "read": ".*"}
users = {"users": [{"name": "ledgerline", "password": password, "tags": []}], "permissions": [everything]}
Path("definitions.json").write_text(json.dumps({**definitions(), **users}, indent=2))
Path("bus_url").write_text(f"amqp://ledgerline:{password}@rabbitmq:5672/{VHOST}")

ensure_keys(Path("keys/all"))
for service in ("portal-gateway", "customers", "catalog", "billing", "tickets"):
    folder = Path("keys") / service
    folder.mkdir(mode=0o755)
    shutil.copy("keys/all/trusted.json", folder)
    if Path(f"keys/all/{service}.key").exists():
        shutil.move(f"keys/all/{service}.key", folder)
PYTHON
chmod -R a+rX .  # the containers' account reads them; keep this folder to yourself
chmod 700 .
echo "deploy/secrets is filled. Start: docker compose -f deploy/compose.yaml up --build"
