#!/bin/sh
# Upgrade:   deploy/upgrade.sh okno-0.2.0-py3-none-any.whl      (or a version that pip can find: okno==0.2.0)
# Roll back: deploy/upgrade.sh --rollback
#
# Each version lives in /opt/okno/<moment> with its own virtual environment; /opt/okno/current names the one that runs.
# The new one is installed and checked before anything stops; a new one that is not ready in a minute is taken back.
# A database that a newer version has migrated is refused by an older one: it says so, and the restore of the copy
# that this script makes before migrating is described in docs/operations.md.
set -eu
HOME_DIR="${OKNO_HOME:-/opt/okno}"
ENV_FILE="${OKNO_ENV:-/etc/okno/okno.env}"
PYTHON="${PYTHON:-python3}"
SYSTEMCTL="${SYSTEMCTL:-systemctl}"

say() { printf 'okno upgrade: %s\n' "$*"; }
fail() { printf 'okno upgrade: %s\n' "$*" >&2; exit 1; }

switch_to() {
    ln -sfn "$1" "$HOME_DIR/.next" && mv -T "$HOME_DIR/.next" "$HOME_DIR/current"
}

ready() {
    for _ in $(seq 30); do
        "$HOME_DIR/current/bin/okno" status >/dev/null 2>&1 && return 0
        sleep 2
    done
    return 1
}

[ "$#" = 1 ] || fail "say what to install, or --rollback (see the head of this file)"
[ -r "$ENV_FILE" ] || fail "$ENV_FILE is not there or cannot be read"
set -a
# shellcheck disable=SC1090
. "$ENV_FILE"
set +a
before=$(readlink -f "$HOME_DIR/current" 2>/dev/null || true)

if [ "$1" = --rollback ]; then
    previous=$(cat "$HOME_DIR/previous" 2>/dev/null || true)
    [ -n "$previous" ] && [ -x "$previous/bin/okno" ] || fail "there is no version to go back to"
    say "going back to $previous"
    switch_to "$previous"
    printf '%s\n' "$before" >"$HOME_DIR/previous"
    "$SYSTEMCTL" restart okno.target okno-mis okno-chat okno-engine okno-web
    ready || fail "it is not ready; see \`okno status\` and the journal"
    say "runs"
    exit 0
fi

new="$HOME_DIR/$(date -u +%Y%m%dT%H%M%SZ)"
say "installing into $new; the running version is not touched"
"$PYTHON" -m venv "$new"
"$new/bin/python" -m pip install -q --disable-pip-version-check "$1" || fail "pip could not install $1"
[ -z "$before" ] || "$new/bin/okno" check >/dev/null || fail "the new version's \`okno check\` finds: $("$new/bin/okno" check 2>&1 | grep '^-' || true)"

if command -v pg_dump >/dev/null 2>&1 && [ -n "$before" ]; then
    copy="$HOME_DIR/before-$(basename "$new")"
    mkdir -m 0700 -p "$copy"
    for name in engine chat mis web; do
        pg_dump -Fc -f "$copy/okno_$name.dump" "$OKNO_DATABASE_URL/okno_$name" || fail "the copy of okno_$name failed"
    done
    say "copies of the databases are in $copy"
fi

switch_to "$new"
[ -z "$before" ] || printf '%s\n' "$before" >"$HOME_DIR/previous"
"$SYSTEMCTL" restart okno.target okno-mis okno-chat okno-engine okno-web
if ready; then
    say "runs; roll back with: $0 --rollback"
elif [ -n "$before" ]; then
    switch_to "$before"
    "$SYSTEMCTL" restart okno.target okno-mis okno-chat okno-engine okno-web
    fail "the new version was not ready in a minute; the one before runs again"
else
    fail "it is not ready; see \`okno status\` and the journal"
fi
