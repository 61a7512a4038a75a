#!/bin/sh
# Creates the service's role, which is no superuser, and its database; run again, it sets the password.
# The postgres image runs it on an empty volume; on a machine of your own run it as the user postgres.
#   DATABASE_PASSWORD_FILE   holds the role's password
set -eu
psql --set ON_ERROR_STOP=1 --set password="$(cat "$DATABASE_PASSWORD_FILE")" --dbname postgres <<'SQL'
SELECT 'CREATE ROLE warrantify LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'warrantify') \gexec
ALTER ROLE warrantify PASSWORD :'password';
SELECT 'CREATE DATABASE warrantify OWNER warrantify'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'warrantify') \gexec
-- Statements hold customers' data: the server's log names an error without them.
ALTER ROLE warrantify SET log_min_error_statement = 'panic';
ALTER ROLE warrantify SET log_error_verbosity = 'terse';
ALTER ROLE warrantify SET log_parameter_max_length = 0;
ALTER ROLE warrantify SET log_parameter_max_length_on_error = 0;
ALTER ROLE warrantify SET statement_timeout = '15s';
-- An index costs little on a solid-state disk; by PostgreSQL's default it is taken too seldom.
ALTER ROLE warrantify SET random_page_cost = 1.1;
-- Lists stop at their first rows: to compile their queries takes longer than to run them.
ALTER ROLE warrantify SET jit = off;
SQL
