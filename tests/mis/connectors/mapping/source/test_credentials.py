"""How the MIS knows us, in each of its ways."""

from __future__ import annotations

import ssl
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from mis.connectors import BadOptions
from mis.connectors.mapping.format import Auth
from mis.connectors.mapping.source.credentials import Credentials, age_s, tls
from mis.connectors.mapping.source.templates import Rendered
from okno import clock

PLAIN = Rendered("POST", "x", {}, {}, form={"a": "1"})


def with_ours(request: Rendered = PLAIN, identity: str = "", **auth: Any) -> Rendered:
    return Credentials(Auth(**auth), "s3cret", identity).put_on(request)


def test_a_header_a_key_in_the_query_or_in_the_body() -> None:
    assert with_ours(kind="header", name="X-Api-Key").headers == {"X-Api-Key": "s3cret"}
    assert with_ours(kind="header", prefix="Bearer ").headers == {"Authorization": "Bearer s3cret"}
    assert with_ours(kind="query", name="access_token").query == {"access_token": "s3cret"}
    assert with_ours(kind="body", name="api_key").form == {"a": "1", "api_key": "s3cret"}
    json = with_ours(Rendered("POST", "x", {}, {}, json={"a": 1}), kind="body", name="api_key")
    assert (json.json, json.form) == ({"a": 1, "api_key": "s3cret"}, None)
    assert with_ours(Rendered("POST", "x", {}, {}), kind="body", name="k").form == {"k": "s3cret"}
    assert with_ours(kind="none") is PLAIN


def test_basic_takes_a_name_in_any_script() -> None:
    assert with_ours(kind="basic", identity="регистратура").headers == {
        "Authorization": "Basic 0YDQtdCz0LjRgdGC0YDQsNGC0YPRgNCwOnMzY3JldA=="}  # fmt: skip


def test_small_differences_of_clocks_are_not_corrected() -> None:
    one = Credentials(Auth(kind="jwt"), "s", "me")
    for header, skew in ((None, 0), ("no date", 0), (_date(1), 0), (_date(90), 90), (_date(-600), -600)):
        one.skew_s = 0.0
        one.learn(header)
        assert abs(one.skew_s - skew) < 3, header


def test_retry_after_as_a_date() -> None:
    now = clock.now()
    assert 25 <= age_s(_date(30), now) <= 31
    assert age_s(_date(-30), now) == 0
    assert age_s("soon", now) == 0


def test_tls_files_that_are_not_there_are_named_without_their_text(tmp_path: Path) -> None:
    assert tls("", "", "") is True
    broken = tmp_path / "x.pem"
    broken.write_text("not a certificate")
    for certificate, ca in ((str(broken), ""), ("", str(broken)), ("/nowhere", "")):
        with pytest.raises(BadOptions, match="is not PEM"):
            tls(certificate, "", ca)


def test_a_certificate_of_ours_is_taken(tmp_path: Path) -> None:
    certificate, key = _certificate(tmp_path)
    made = tls(str(certificate), str(key), str(certificate))
    assert isinstance(made, ssl.SSLContext)
    assert made.verify_mode is ssl.CERT_REQUIRED


def _date(seconds: int) -> str:
    return format_datetime(clock.now() + timedelta(seconds=seconds), usegmt=True)


def _certificate(folder: Path) -> tuple[Path, Path]:
    from tests.mis.connectors.mapping.certificates import certificate

    return certificate(folder, "okno")
