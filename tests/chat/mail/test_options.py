"""The options of a mailbox: mistakes are named, passwords go under TLS only."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import pytest

from chat.mail.options import OptionsWrong, options_of, trust

GOOD: dict[str, Any] = {"imap": {"host": "imap.clinic.example", "port": 993}}


def test_little_need_be_said() -> None:
    options = options_of("mail:main", GOOD)
    assert (options.imap.tls, options.folder, options.smtp, options.plus) == ("tls", "INBOX", None, False)


@pytest.mark.parametrize(("wrong", "named"), [
    ({}, "imap"), ({"imap": {"host": "x"}}, "imap.port"), (GOOD | {"foler": "x"}, "foler"),
    (GOOD | {"poll_s": 0}, "poll_s"),
    ({"imap": {"host": "imap.clinic.example", "port": 143, "tls": "none"}}, "another machine is asked under TLS only"),
])  # fmt: skip
def test_mistakes_are_named(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(OptionsWrong, match=named) as error:
        options_of("mail:main", wrong)
    assert "mail:main" in str(error.value)


def test_this_machine_may_be_asked_in_the_clear() -> None:
    assert options_of("mail:main", {"imap": {"host": "127.0.0.1", "port": 143, "tls": "none"}}).imap.tls == "none"


def test_who_signed_is_read_from_a_file(tmp_path: Path) -> None:
    assert trust(None).verify_mode is ssl.CERT_REQUIRED
    (tmp_path / "ca.pem").write_text("nothing")
    for file in (tmp_path / "ca.pem", tmp_path / "none.pem"):
        with pytest.raises(OptionsWrong):
            trust(file)
