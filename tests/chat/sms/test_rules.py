"""What may be written in an SMS."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from chat.sms.rules import Rules, SmsTemplate
from chat.sms.segments import segments


def test_a_text_takes_so_many_messages_at_most() -> None:
    rules = Rules(most_parts=2)
    assert rules.most_signs == 134
    assert rules.refusal("я" * 134) == "" and rules.refusal("я" * 135) == "too_long"
    assert Rules(most_parts=1).most_signs == 70
    assert segments("я" * Rules(most_parts=10).most_signs).count == 10


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Приём у онколога завтра", "words"), ("ОНКОЛОГИЯ", "words"), ("психо-онколог", "words"),
        ("Приём завтра", ""), ("неонкологи", ""), ("Психиатр ждёт", ""),
    ],
)  # fmt: skip
def test_words_of_medicine_do_not_go(text: str, why: str) -> None:
    assert Rules(forbidden=("онколог",)).refusal(text) == why


def test_a_template_fits_with_its_places_filled() -> None:
    template = SmsTemplate(name="visit", text="{name}, ждём вас {when} (вход со двора). Звоните: +7 (495) 000?")
    assert template.fits("Анна, ждём вас завтра в 12:00 (вход со двора). Звоните: +7 (495) 000?")
    for other in (
        "Анна, ждём вас (вход со двора). Звоните: +7 (495) 000?", "ждём вас завтра", "",
        "Анна, ждём вас завтра (вход со двора). Звоните: +7 (495) 000? И ещё",
        f"{'я' * 201}, ждём вас завтра (вход со двора). Звоните: +7 (495) 000?",
    ):  # fmt: skip
        assert not template.fits(other)


def test_only_templates_go_where_that_is_said() -> None:
    rules = Rules(templates=(SmsTemplate(name="yes", text="Да"),), only_templates=True)
    assert rules.refusal("Да") == "" and rules.refusal("Нет") == "template"


def test_what_cannot_be_is_refused() -> None:
    for wrong in ({"most_parts": 0}, {"most_parts": 11}, {"forbidden": ("я",)}, {"templates": ({"name": "x"},)}):
        with pytest.raises(ValidationError):
            Rules.model_validate(wrong)
