"""Robots, lists, reports."""

from __future__ import annotations

import pytest

from chat.mail import machines
from chat.mail.parsing import parse
from tests.chat.mail.letters import OURS, bounce, letter
from tests.chat.mail.server import ANNA


@pytest.mark.parametrize("head", [
    "Auto-Submitted: auto-replied", "Auto-Submitted: auto-generated; owner-email=a", "Precedence: bulk", "precedence: LIST",
    "Precedence: junk", "X-Auto-Response-Suppress: OOF", "List-Id: <news.example>", "Return-Path: <>", "X-Autoreply: yes",
])  # fmt: skip
def test_what_a_program_wrote_is_known(head: str) -> None:
    assert machines.is_machine(parse(letter(head=head)), ANNA)


@pytest.mark.parametrize("head", ["", "Auto-Submitted: no", "Precedence: normal", f"Return-Path: <{ANNA}>"])
def test_what_a_person_wrote_is_not(head: str) -> None:
    assert not machines.is_machine(parse(letter(head=head)), ANNA)


@pytest.mark.parametrize("address", [
    "mailer-daemon@x.example", "no-reply@x.example", "NoReply+1@x.example", "postmaster@x.example", "bounces-7@x.example",
])  # fmt: skip
def test_addresses_nobody_reads(address: str) -> None:
    assert machines.is_robot(address) and not machines.is_robot("x" + address)


@pytest.mark.parametrize("copy", [True, False])
def test_a_report_of_failure_names_the_mail_and_whom_it_was_for(copy: bool) -> None:
    assert machines.report(parse(bounce(copy=copy))) == machines.Report(
        f"{OURS}@clinic.example", True, "5.1.1", ANNA, True
    )


@pytest.mark.parametrize(("action", "status", "failed", "nobody"), [
    ("delayed", "4.4.1", False, False), ("failed", "5.7.1", True, False), ("failed", "5.2.2", True, False),
    ("failed", "nonsense", True, True), ("", "5.1.1", True, True), ("relayed", "2.0.0", False, False),
])  # fmt: skip
def test_late_refused_and_gone_are_told_apart(action: str, status: str, failed: bool, nobody: bool) -> None:
    found = machines.report(parse(bounce(action=action, status=status).replace(b"550 nonsense", b"550 5.1.1")))
    assert found is not None and (found.failed, found.nobody) == (failed, nobody)


def test_what_is_no_report_is_none() -> None:
    assert machines.report(parse(letter())) is None
    assert machines.report(parse(letter(head="Auto-Submitted: auto-replied"))) is None
    broken = machines.report(parse(b"Content-Type: multipart/report; report-type=delivery-status\r\n\r\nnothing"))
    assert broken == machines.Report("", False, "4.0.0", "", False)
