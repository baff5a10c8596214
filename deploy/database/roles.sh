#!/bin/sh
# Run once by the database's container when its volume is new: the owner, and the roles of ingest and the server
# (deploy/prepare wrote them). On a server of one's own: psql --dbname shian --file deploy/secrets/database-roles.sql
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --file /run/secrets/database-roles.sql
