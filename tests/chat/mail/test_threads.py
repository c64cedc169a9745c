"""By what an answer finds its conversation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.mail import threads
from okno.seal import Keyring

ONE, OTHER = "01981c3e-0000-7000-8000-00000000000a", "01981c3e-0000-7000-8000-00000000000b"


def test_a_token_of_ours_names_its_conversation_in_any_case(keyring: Keyring) -> None:
    sealer = keyring.sealer("chat")
    token = threads.token(sealer, ONE)
    assert len(token) <= 40 and token.isalnum()
    assert threads.conversation(sealer, f"clinic+{token}@clinic.example") == ONE
    assert threads.conversation(sealer, f"CLINIC+{token.upper()}@clinic.example") == ONE


def test_a_token_nobody_gave_names_nothing(keyring: Keyring) -> None:
    sealer = keyring.sealer("chat")
    token = threads.token(sealer, ONE)
    forged = ("b" if token[0] == "a" else "a") + token[1:]
    for local in ("clinic", "clinic+", f"clinic+{forged}", f"clinic+{token[:-2]}", "clinic+яяяя", "clinic+" + "a" * 60):
        assert threads.conversation(sealer, f"{local}@clinic.example") == ""
    assert threads.conversation(keyring.sealer("web"), f"c+{token}@clinic.example") == ""


def test_our_messages_are_found_among_the_ids_a_mail_names() -> None:
    named = threads.ids(f"<a@b> junk <{ONE}@clinic.example>\r\n <{OTHER}@Clinic.Example> <{ONE}@evil.example> <>")
    assert named == ["a@b", f"{ONE}@clinic.example", f"{OTHER}@Clinic.Example", f"{ONE}@evil.example"]
    assert threads.answered(named, ["clinic@clinic.example"]) == [OTHER, ONE]
    assert threads.answered(["not-a-uuid@clinic.example"], ["clinic@clinic.example"]) == []


def test_the_same_message_has_the_same_id() -> None:
    assert threads.message_id(ONE, "clinic@clinic.example") == f"{ONE}@clinic.example"


def test_a_subject_carries_its_number_once() -> None:
    assert threads.with_number("Запись", "2026-17") == "Запись [#2026-17]"
    assert threads.with_number("Re: Запись [#2026-17]", "2026-17") == "Re: Запись [#2026-17]"
    assert threads.with_number("Запись", "") == "Запись"
    assert threads.with_number("Re: Запись [#2026-17] снова", "2026-20") == "Re: Запись снова [#2026-20]"
    assert threads.with_number("Re: [#ABC-9] theirs", "2026-20") == "Re: [#ABC-9] theirs [#2026-20]"


@pytest.mark.parametrize("header", ["", "<", "<>", "<a b@c>", "no brackets@x"])
def test_what_names_nothing_names_nothing(header: str) -> None:
    assert threads.ids(header) == []


@given(st.text(max_size=100))
def test_no_address_makes_it_fall(address: str) -> None:
    class Sealer:
        def blind(self, text: str, *, purpose: str) -> bytes:
            return b"0123456789abcdef"

    assert threads.conversation(Sealer(), address) == ""  # type: ignore[arg-type]
