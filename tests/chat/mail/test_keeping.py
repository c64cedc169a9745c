"""A mail as it is kept until it is read."""

from __future__ import annotations

import pytest

from chat.mail import keeping
from tests.chat.mail.letters import NOW, kept, letter


def test_what_is_kept_is_read_again() -> None:
    mail = letter(head="Message-ID: <a@b.example>")
    place, found = keeping.read(kept(mail))
    assert found == mail and place.came == NOW and (place.uid, place.validity, place.known) == (41, 7, "a@b.example")


def test_a_place_without_a_moment_has_none() -> None:
    for at in ("", "yesterday", "2026-11-21T09:15:00"):
        assert keeping.read(kept(letter(), at=at))[0].came is None


def test_a_long_mail_is_kept_without_its_files() -> None:
    mail = b"Message-ID: <a@b.example>\r\nContent-Type: image/png; name=a.png\r\n\r\n" + b"x" * 1_000_000
    place, found = keeping.read(kept(mail))
    assert len(found) < 1000 and place.known == "a@b.example" and place.size == len(mail)


def test_a_repetition_is_known_by_the_id_however_it_is_folded() -> None:
    assert keeping.known_by(b"message-id:\r\n <a@b>\r\n\r\nx") == keeping.known_by(b"Message-Id: <a@b>\r\n\r\ny") == "a@b"
    assert keeping.known_by(b"\r\nx").startswith("sha256:")


@pytest.mark.parametrize("ref", [{}, {"validity": "x", "uid": 1, "piece": "", "message": ""}, {"uid": 1}])
def test_a_reference_that_is_none_of_ours_is_refused(ref: dict[str, object]) -> None:
    with pytest.raises(keeping.NotKept):
        keeping.of(ref)
