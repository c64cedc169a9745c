"""Requests rendered: what a person says ends up as a value and nothing else."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from mis.connectors import BadOptions
from mis.connectors.mapping.format import Request
from mis.connectors.mapping.source.templates import compile_request

AT = datetime(2027, 3, 1, 10, 5, tzinfo=UTC)


def rendered(context: dict[str, Any], **request: Any) -> Any:
    return compile_request(Request.model_validate({"path": "x", **request})).render(context)


def test_a_value_of_a_path_stays_in_its_segment() -> None:
    assert rendered({"id": "../../admin?x=1"}, path="talons/{{ id }}/info").path == (
        "talons/..%2F..%2Fadmin%3Fx%3D1/info")  # fmt: skip


def test_empty_values_are_left_out_where_the_map_says_so() -> None:
    made = rendered({"a": "", "b": None}, form={"one?": "{{ a }}", "two": "{{ a }}", "three?": "{{ b or '' }}"})
    assert made.form == {"two": ""}


def test_json_keeps_numbers_and_leaves_out_the_empty() -> None:
    body = {"clientId": {"number": "{{ id }}"}, "entryTypeIds": [{"number": "{{ service }}"}], "comment?": "{{ note }}",
            "flag": True, "deep": {"name": "{{ name }}"}}  # fmt: skip
    made = rendered({"id": "31", "service": "", "note": "", "name": '"}],{"x":1'}, json=body)
    assert made.json == {"clientId": 31, "entryTypeIds": [], "flag": True, "deep": {"name": '"}],{"x":1'}}


def test_xml_is_escaped() -> None:
    made = rendered({"name": "<b>&"}, xml="<N>{{ name }}</N>")
    assert made.xml == b"<N>&lt;b&gt;&amp;</N>"


def test_days_and_moments() -> None:
    form = {"d": "{{ d | strf('%d.%m.%Y') }}", "t": "{{ t | strf('%H:%M') }}", "none": "{{ n | strf('%H') }}",
            "m": "{{ t | minutes_until(t | plus_minutes(45)) }}"}  # fmt: skip
    made = rendered({"d": date(2027, 3, 1), "t": AT, "n": None}, form=form)
    assert made.form == {"d": "01.03.2027", "t": "10:05", "none": "", "m": "45"}


@pytest.mark.parametrize(
    "template",
    ["{{ missing }}", "{{ ''.__class__.__mro__ }}", "{{ name | strf('%H') }}", "{{ name.append(1) }}"],
)
def test_a_template_that_fails_tells_nothing_of_its_values(template: str) -> None:
    with pytest.raises(BadOptions) as caught:
        rendered({"name": "Берёзкина"}, form={"a": template})
    assert "Берёзкина" not in str(caught.value)


def test_a_request_shows_nothing_of_people() -> None:
    made = rendered({"phone": "+79990001873"}, form={"mobile": "{{ phone }}"}, query={"p": "{{ phone }}"})
    assert "9990001873" not in repr(made)
