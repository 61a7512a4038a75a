#!/bin/sh
# Writes secrets/ for compose.yaml (run it as root): random passwords, and each file readable by the
# one container that needs it and by nobody else. Docker mounts a secret with the owner and mode of
# its file. Put tls.crt and tls.key into the folder first. A file that exists is left alone, apart
# from its owner and mode; delete the database files to change that password (docs/operations.md).
set -eu
directory=${1:-$(dirname "$0")/../secrets}
web=10001 pgbouncer=10002 nginx=101 postgres=999

umask 077
mkdir -p "$directory"
cd "$directory"

random() { head -c 32 /dev/urandom | base64 | tr -d '/+=\n'; }
put() { [ -e "$1" ] || printf '%s\n' "$2" > "$1"; }

put database_password "$(random)"
put superuser_password "$(random)"
password=$(cat database_password)
put direct_database_url "postgres://warrantify:$password@postgres:5432/warrantify"
put database_url "postgres://warrantify:$password@pgbouncer:5432/warrantify"
put pgbouncer_users "\"warrantify\" \"$password\""
for name in SECRET_KEY JWT_SIGNING_KEY REQUEST_ID_SECRET; do put "$name" "$(random)$(random)"; done

own() { owner=$1; shift; chown "$owner:$owner" "$@"; chmod 400 "$@"; }
own $web database_url direct_database_url SECRET_KEY JWT_SIGNING_KEY REQUEST_ID_SECRET
own $pgbouncer pgbouncer_users
own $postgres database_password superuser_password
for file in tls.crt tls.key; do
    if [ -e "$file" ]; then own $nginx "$file"; else echo "still missing: $directory/$file" >&2; fi
done
chmod 711 .
