#!/bin/sh
# Run once by the PostgreSQL image: one database and one role per service.
set -eu
for service in portal_gateway customers catalog billing tickets; do
    psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -v role="$service" -v password="$(cat /run/secrets/database_password)" <<'SQL'
CREATE ROLE :"role" LOGIN PASSWORD :'password';
CREATE DATABASE :"role" OWNER :"role";
REVOKE CONNECT ON DATABASE :"role" FROM PUBLIC;
SQL
done
