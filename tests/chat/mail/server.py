"""A real mail server: Postfix, which takes mail and bounces it, and Dovecot, where it lies and who logs in.

Both come from Debian's packages, run as root from a folder of their own on loopback and are gone with the test run.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import smtplib
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import Message
from email.parser import BytesParser
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import imap_tools
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from okno.command.processes import ports
from okno.command.processes.program import Program
from tests.fixtures import running

CLINIC, ANNA, BORIS = "clinic@clinic.example", "anna@patients.example", "boris@patients.example"
# Mail for the first is taken, and then it turns out that there is no such box; the second is refused at once.
NOBODY, FULL = "nobody@bounce.example", "box@full.example"
MOST_BYTES = 80 << 20
_PUBLIC = {"cleanup", "flush", "showq"}
MASTER = "/usr/lib/postfix/sbin/master"


@dataclass
class MailServer:
    """Where it is, and who may log in: every box has the same password."""

    home: Path
    password: str
    smtp: int
    smtps: int
    imap: int
    imaps: int

    @property
    def ca(self) -> Path:
        """Who signed its certificate."""
        return self.home / "cert.pem"

    def options(self, *, tls: bool = False, **more: Any) -> dict[str, Any]:
        """Return the options of an account of the channel."""
        if tls:
            imap, smtp = {"port": self.imaps, "tls": "tls"}, {"port": self.smtp, "tls": "starttls"}
        else:
            imap, smtp = {"port": self.imap, "tls": "none"}, {"port": self.smtp, "tls": "none"}
        told = {"imap": {"host": "127.0.0.1", **imap}, "smtp": {"host": "127.0.0.1", **smtp}, "poll_s": 1}
        return {**told, **({"ca": str(self.ca)} if tls else {}), **more}

    def post(self, content: bytes, sender: str = ANNA, to: str = CLINIC) -> None:
        """Hand a mail to Postfix, as another server would."""
        with smtplib.SMTP("127.0.0.1", self.smtp, timeout=30) as client:
            client.sendmail(sender, [to], content)

    def put(self, content: bytes, box: str = CLINIC, folder: str = "INBOX") -> None:
        """Put a mail into a box as it is, whatever a server of mail would do with it."""
        with self.mailbox(box) as client:
            if not client.folder.exists(folder):
                client.folder.create(folder)
            client.append(content, folder)

    @contextmanager
    def mailbox(self, box: str = CLINIC, folder: str = "INBOX") -> Iterator[imap_tools.BaseMailBox]:
        """Log in to a box."""
        client = imap_tools.MailBoxUnencrypted("127.0.0.1", self.imap, timeout=20)
        client.login(box, self.password, None)
        try:
            with suppress(imap_tools.errors.MailboxFolderSelectError):
                client.folder.set(folder)
            yield client
        finally:
            with suppress(imap_tools.errors.ImapToolsError):
                client.logout()

    def mails(self, box: str, folder: str = "INBOX") -> list[Message]:
        """Return the mails of a box, in order."""
        with self.mailbox(box, folder) as client:
            rows = [client.client.uid("FETCH", uid, "(BODY.PEEK[])")[1][0] for uid in client.uids()]
        return [BytesParser().parsebytes(row[1]) for row in rows if isinstance(row, tuple)]

    def until(self, box: str, count: int, within_s: float = 20) -> list[Message]:
        """Return the mails of a box once there are so many."""
        end = time.monotonic() + within_s
        while len(found := self.mails(box)) < count:
            assert time.monotonic() < end, f"{len(found)} mails came, not {count}"
            time.sleep(0.1)
        return found

    def empty(self) -> None:
        """Empty all boxes."""
        for box in (CLINIC, ANNA, BORIS):
            with self.mailbox(box) as client:
                client.delete(client.uids())


@pytest.fixture(scope="session")
def mail_server() -> Iterator[MailServer]:
    """The server, once for the session. Use `post_office` for an empty one."""
    home = Path(tempfile.mkdtemp(prefix="okno-mail-"))
    home.chmod(0o755)
    one = MailServer(home, secrets.token_hex(12), *(ports.free() for _ in range(4)))
    lmtp, auth = ports.free(), ports.free()
    _certificate(home)
    try:
        with ExitStack() as stack:
            stack.enter_context(running(_dovecot(one, lmtp, auth)))
            stack.enter_context(running(_postfix(one, lmtp, auth)))
            yield one
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def post_office(mail_server: MailServer) -> MailServer:
    """The server, its boxes empty."""
    mail_server.empty()
    return mail_server


def _dovecot(one: MailServer, lmtp: int, auth: int) -> Program:
    boxes = "".join(f"{box}:{{PLAIN}}{one.password}\n" for box in (CLINIC, ANNA, BORIS))
    _write(one.home / "users", boxes, 0o644)
    mail = one.home / "mail"
    mail.mkdir()
    shutil.chown(mail, "nobody", "nogroup")
    config = one.home / "dovecot.conf"
    _write(config, f"""
base_dir = {one.home}/dovecot
log_path = {one.home}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <{one.home}/cert.pem
ssl_key = <{one.home}/key.pem
disable_plaintext_auth = no
auth_failure_delay = 0
auth_mechanisms = plain login
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:{mail}/%u
postmaster_address = postmaster@clinic.example
recipient_delimiter = +
lmtp_save_to_detail_mailbox = no
mail_max_userip_connections = 0
passdb {{
  driver = passwd-file
  args = {one.home}/users
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={mail}/%u
}}
service imap-login {{
  inet_listener imap {{
    port = {one.imap}
  }}
  inet_listener imaps {{
    port = {one.imaps}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service auth {{
  inet_listener auth {{
    address = 127.0.0.1
    port = {auth}
  }}
}}
""", 0o644)
    return Program(
        name="dovecot", argv=(_program("dovecot"), "-F", "-c", str(config)), ready=_answers(one.imap),
        death_signal=signal.SIGTERM,
    )  # fmt: skip


def _postfix(one: MailServer, lmtp: int, auth: int) -> Program:
    config, queue, data = (one.home / "postfix" / name for name in ("etc", "queue", "data"))
    for folder in (config, queue, data):
        folder.mkdir(parents=True)
    shutil.chown(data, "postfix")
    _write(one.home / "boxes", "".join(f"{box} x\n" for box in (CLINIC, ANNA, BORIS)), 0o644)
    _write(one.home / "routes", (
        f"bounce.example lmtp:inet:127.0.0.1:{lmtp}\nfull.example error:5.2.2 the box is full\n"
    ), 0o644)  # fmt: skip
    _write(config / "main.cf", f"""
compatibility_level = 3.6
queue_directory = {queue}
data_directory = {data}
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.clinic.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = clinic.example, patients.example
virtual_mailbox_maps = texthash:{one.home}/boxes
virtual_transport = lmtp:inet:127.0.0.1:{lmtp}
relay_domains = bounce.example, full.example
transport_maps = texthash:{one.home}/routes
recipient_delimiter = +
message_size_limit = {MOST_BYTES}
virtual_mailbox_limit = 0
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{auth}
smtpd_tls_security_level = may
smtpd_tls_cert_file = {one.home}/cert.pem
smtpd_tls_key_file = {one.home}/key.pem
smtpd_error_sleep_time = 0
smtputf8_enable = yes
local_recipient_maps =
alias_maps =
""", 0o644)
    unix = {
        "cleanup": "0 cleanup", "rewrite": "- trivial-rewrite", "bounce": "0 bounce", "defer": "0 bounce",
        "trace": "0 bounce", "verify": "1 verify", "flush": "0 flush", "proxymap": "- proxymap",
        "proxywrite": "1 proxymap", "smtp": "- smtp", "relay": "- smtp", "lmtp": "- lmtp", "error": "- error",
        "retry": "- error", "discard": "- discard", "anvil": "1 anvil", "scache": "1 scache", "tlsmgr": "1 tlsmgr",
        "showq": "- showq",
    }  # fmt: skip
    _write(config / "master.cf", "\n".join([
        f"127.0.0.1:{one.smtp} inet n - n - - smtpd",
        f"127.0.0.1:{one.smtps} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes",
        "pickup unix n - n 60 1 pickup", "qmgr unix n - n 300 1 qmgr",
        *(f"{name} unix {'n' if name in _PUBLIC else '-'} - n - {runs}" for name, runs in unix.items()), "",
    ]), 0o644)  # fmt: skip
    subprocess.run([_program("postfix"), "-c", str(config), "check"], check=True, capture_output=True, timeout=60)
    return Program(
        name="postfix", argv=(MASTER, "-c", str(config), "-d"), ready=_answers(one.smtp),
        death_signal=signal.SIGTERM, stop_s=10,
    )  # fmt: skip


def _answers(port: int) -> Any:
    async def ready() -> bool:
        try:
            with socket.create_connection(("127.0.0.1", port), 0.5) as line:
                line.settimeout(2)
                return line.recv(3)[:1] in (b"2", b"*")
        except OSError:
            return False

    return ready


def _program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    assert found, f"{name} is not installed: run deploy/setup.sh"
    assert os.geteuid() == 0, "Debian's mail servers start as root: run the tests as root"
    return found


def _write(file: Path, text: str, mode: int) -> None:
    file.write_text(text)
    file.chmod(mode)


def _certificate(home: Path) -> None:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mx")])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    (home / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    _write(home / "key.pem", key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode(), 0o600)  # fmt: skip
    ssl.create_default_context(cafile=home / "cert.pem")
