"""What is new in a mail: quotes as Russian and English mail programs write them; answers between the lines stay."""

from __future__ import annotations

import pytest

from chat.mail.parsing.quotes import Said, trim

NEW = "Спасибо, среда подходит.\nАнна"


@pytest.mark.parametrize("quote", [
    "> Когда вам удобно?\n> Клиника",
    "21.11.2026 15:02, Клиника пишет:\n> Когда вам удобно?",
    "сб, 21 нояб. 2026 г. в 15:02, Клиника <clinic@clinic.example>:\n\n> Когда вам удобно?",
    "Суббота, 21 ноября 2026, 15:02 +05:00 от Клиника <clinic@clinic.example>:\nКогда вам удобно?",
    "On Sat, Nov 21, 2026 at 3:02 PM Clinic <clinic@clinic.example> wrote:\n> When?",
    "On Sat, Nov 21, 2026 at 3:02 PM Clinic\n<clinic@clinic.example> wrote:\n> When?",
    "-----Original Message-----\nFrom: Clinic\nSent: today\nWhen?",
    "---- Исходное сообщение ----\nОт: Клиника\nКогда?",
    "________________________________\nОт: Клиника <clinic@clinic.example>\nОтправлено: 21 ноября\nКому: Анна\nТема: Запись\n\nКогда?",
    "От: Клиника\nДата: 21 ноября 2026\nКому: Анна\nТема: Запись\n\nКогда?",
    "*От:* Клиника\n*Дата:* 21 ноября 2026\n*Тема:* Запись\n\nКогда?",
    "Клиника написал(а):\n> Когда?",
])  # fmt: skip
def test_the_quote_is_folded(quote: str) -> None:
    said = trim(f"{NEW}\n\n{quote}\n")
    assert said == Said(NEW, quote.strip())


@pytest.mark.parametrize("text", [
    "Просто письмо без цитаты.",
    "Мне нужны:\n- справка\n- выписка",
    "Врач мне сказал и написал:\nпить воду",
    "Прошу прислать документы:\n21.11.2026 снимок\nи заключение",
    "От: всей души спасибо",
])  # fmt: skip
def test_what_only_looks_like_a_quote_stays(text: str) -> None:
    said = trim(text)
    assert said.new + ("\n" + said.quoted if said.quoted else "") == text
    assert said.new.split("\n")[0] == text.split("\n", maxsplit=1)[0]


@pytest.mark.parametrize("text", [
    "> Когда вам удобно?\nВ среду\n> Какой врач?\nЛюбой",
    "Отвечаю в тексте:\n> Когда?\nВ среду\n> Кто?\nАнна",
    "-------- Пересылаемое сообщение --------\n21.11.2026, lab@lab.example:\nАнализы готовы",
    "Fwd\n\n---------- Forwarded message ---------\nFrom: lab\nready",
    "Отправлено из мобильной Почты\n> Когда?",
    "> Когда вам удобно?\n> Клиника",
    "",
])  # fmt: skip
def test_answers_between_the_lines_and_forwarded_mails_are_new_as_a_whole(text: str) -> None:
    assert trim(text) == Said(text)


def test_a_long_mail_is_trimmed_too() -> None:
    said = trim(NEW + "\n" + "\n".join(["> строка"] * 20_000))
    assert said.new == NEW and said.quoted.count("\n") == 19_999
