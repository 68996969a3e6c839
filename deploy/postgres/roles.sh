#!/bin/bash
# Run once by the postgres image, when the database is made: the two roles of docs/postgresql.md, with the passwords that
# the servers' URLs have. Neither may bypass row-level security; the one that servers work as owns nothing.
set -euo pipefail

# user, password and database of a URL, as psql reads them
part() { sed -E "s|^postgres(ql)?://([^:]+):([^@]+)@[^/]+/([^?]+).*$|\\$2|" "${SECRETS:-/run/secrets}/$1" | tr -d '\n'; }

psql --username postgres --set ON_ERROR_STOP=1 \
  --set owner="$(part database-owner-url 2)" --set owner_password="$(part database-owner-url 3)" \
  --set server="$(part database-url 2)" --set server_password="$(part database-url 3)" \
  --set database="$(part database-url 4)" <<'SQL'
create role :"owner" login nosuperuser nobypassrls nocreatedb nocreaterole password :'owner_password';
create role :"server" login nosuperuser nobypassrls nocreatedb nocreaterole password :'server_password';
create database :"database" owner :"owner";
revoke all on database :"database" from public;
grant connect on database :"database" to :"server";
SQL
