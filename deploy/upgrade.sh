#!/bin/sh
# Upgrade:   upgrade.sh okno-0.2.0-py3-none-any.whl      (or a version that pip can find: okno==0.2.0)
# Roll back: upgrade.sh --rollback
# As root. The first installation is an upgrade from nothing.
#
# Each version lives in /opt/okno/<moment> with its own virtual environment; /opt/okno/current names the one that runs.
# The new one is installed and checked, and the databases are copied, before anything stops; a new one that is not ready
# in a minute is taken back. Migrations only go forward: going back over one restores the copies that the upgrade made,
# after keeping the newer databases beside them; docs/operations.md says what that means.
set -eu
umask 022
HOME_DIR="${OKNO_HOME:-/opt/okno}"
ENV_FILE="${OKNO_ENV:-/etc/okno/okno.env}"
RUN_AS="${OKNO_USER:-okno}"
PYTHON="${PYTHON:-python3}"
SYSTEMCTL="${SYSTEMCTL:-systemctl}"
UNITS="okno-mis okno-chat okno-engine okno-web"
DATABASES="okno_engine okno_chat okno_mis okno_web"
READY_S="${OKNO_READY_S:-60}"

say() { printf 'okno upgrade: %s\n' "$*"; }
fail() { printf 'okno upgrade: %s\n' "$*" >&2; exit 1; }

# The file is systemd's, not a shell's: a password may hold `$`, `&` or `;`.
read_settings() {
    [ -r "$ENV_FILE" ] || fail "$ENV_FILE is not there or cannot be read"
    while IFS='=' read -r key value; do
        case "$key" in OKNO_*) value="${value#\"}"; export "$key=${value%\"}" ;; esac
    done <"$ENV_FILE"
    [ -n "${OKNO_DATABASE_URL:-}" ] || fail "$ENV_FILE must name the server in OKNO_DATABASE_URL"
    [ -n "${OKNO_STATE:-}" ] || fail "$ENV_FILE must name the state directory in OKNO_STATE"
}

# libpq's variables instead of an address on the command line, which everybody on this machine could read.
use_server() {
    eval "$("$1/bin/python" - <<'END'
import os, shlex
from urllib.parse import parse_qsl, unquote, urlsplit
url = urlsplit(os.environ["OKNO_DATABASE_URL"])
found = {"PGHOST": url.hostname, "PGPORT": url.port, "PGUSER": url.username, "PGPASSWORD": url.password}
found["PGSSLMODE"] = dict(parse_qsl(url.query)).get("sslmode")
for name, value in found.items():
    if value:
        print(f"export {name}={shlex.quote(unquote(str(value)))}")
END
)"
    for program in pg_dump pg_restore psql; do
        command -v "$program" >/dev/null 2>&1 ||
            fail "$program is missing: apt-get install postgresql-client, of the server's version or newer"
    done
}

# What each database has been migrated to, as text to compare.
shape() {
    for name in $DATABASES; do
        psql -X -A -t -d "$name" -c "SELECT '$name', package, name FROM schema_migrations ORDER BY 2, 3"
    done
}

copy_to() {
    mkdir -m 0700 -p "$1"
    for name in $DATABASES; do
        pg_dump -Fc -f "$1/$name.dump" "$name" || fail "the copy of $name failed; nothing was changed"
    done
    shape >"$1/shape"
}

switch_to() {
    ln -sfn "$1" "$HOME_DIR/.next" && mv -T "$HOME_DIR/.next" "$HOME_DIR/current"
}

restart() {
    # shellcheck disable=SC2086  # a list of words on purpose
    "$SYSTEMCTL" restart okno.target $UNITS
}

stop() {
    # shellcheck disable=SC2086
    "$SYSTEMCTL" stop okno.target $UNITS
}

ready() {
    end=$(($(date +%s) + READY_S))
    while [ "$(date +%s)" -lt "$end" ]; do
        "$HOME_DIR/current/bin/okno" status >/dev/null 2>&1 && return 0
        sleep 1
    done
    return 1
}

# From the version $1 back to $2, whose databases were copied to $3.
go_back() {
    if [ -f "$3/shape" ] && [ "$(shape)" != "$(cat "$3/shape")" ]; then
        say "the databases were migrated: stopping, and restoring the copies of $3"
        stop
        copy_to "$3-newer"
        for name in $DATABASES; do
            pg_restore --clean --if-exists --create -d postgres "$3/$name.dump" ||
                fail "$name was not restored from $3; the newer databases are in $3-newer"
        done
        say "what came in since the upgrade is in $3-newer only"
    fi
    switch_to "$2"
    restart
}

[ "$#" = 1 ] || fail "say what to install, or --rollback (see the head of this file)"
read_settings
before=$(readlink -f "$HOME_DIR/current" 2>/dev/null || true)
[ -x "${before:-/none}/bin/okno" ] || before=""

if [ "$1" = --rollback ]; then
    previous=$(cat "$HOME_DIR/previous" 2>/dev/null || true)
    [ -n "$previous" ] && [ -x "$previous/bin/okno" ] || fail "there is no version to go back to"
    say "going back to $previous"
    use_server "$previous"
    go_back "$before" "$previous" "$HOME_DIR/copies/$(basename "$before")"
    rm -f "$HOME_DIR/previous"
    ready || fail "it is not ready; see \`okno status\` and the journal"
    say "runs"
    exit 0
fi

new="$HOME_DIR/$(date -u +%Y%m%dT%H%M%SZ)"
say "installing into $new; the running version is not touched"
mkdir -p "$HOME_DIR"
"$PYTHON" -m venv "$new"
"$new/bin/python" -m pip install -q --disable-pip-version-check "$1" || fail "pip could not install $1"

if [ -z "$before" ]; then
    install -d -m 0700 -o "$RUN_AS" -g "$RUN_AS" "$OKNO_STATE"
    setpriv --reuid "$RUN_AS" --regid "$RUN_AS" --init-groups "$new/bin/okno" keys init
    switch_to "$new"
    restart
    ready || fail "it is not ready; see \`$HOME_DIR/current/bin/okno status\`, \`okno check\` and the journal"
    say "runs; make the first account with \`okno user add\`"
    exit 0
fi

found=$("$new/bin/okno" check 2>&1) || fail "nothing was changed; the new version's \`okno check\` finds:
$(printf '%s\n' "$found" | grep -v '^+')"
use_server "$new"
copies="$HOME_DIR/copies/$(basename "$new")"
copy_to "$copies"
say "copies of the databases are in $copies"
switch_to "$new"
restart
if ready; then
    printf '%s\n' "$before" >"$HOME_DIR/previous"
    say "runs; roll back with: $0 --rollback"
else
    go_back "$new" "$before" "$copies"
    ready || fail "neither the new version nor the one before is ready; see \`okno status\` and the journal"
    fail "the new version was not ready in $READY_S s; the one before runs again"
fi
