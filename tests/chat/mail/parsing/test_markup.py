"""A mail's markup: nothing runs, nothing is loaded from elsewhere, the words are found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.mail.parsing import markup


@pytest.mark.parametrize("evil", [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<a href='javascript:alert(1)'>x</a>",
    "<svg/onload=alert(1)>", "<iframe src='https://evil.example'></iframe>", "<style>@import 'https://e.example'</style>",
    "<form action='https://evil.example'><input name=a></form>", "<object data='x'></object>",
    "<base href='https://evil.example/'>", "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<p style='background:url(https://evil.example/a.png)'>x</p>", "<link rel=stylesheet href='https://e.example/a.css'>",
    "<math><mtext></p><style><img src=x onerror=alert(1)></style>", "<div id=x name=y class=z>",
    "<table background='https://evil.example/t.png'><tr><td>x</td></tr></table>",
])  # fmt: skip
def test_nothing_runs_and_nothing_is_loaded(evil: str) -> None:
    cleaned = markup.clean(f"<p>before</p>{evil}<p>after</p>", {})
    for word in ("script", "onerror", "onload", "javascript", "evil.example", "e.example", "style", "iframe", "form", "id="):
        assert word not in cleaned
    assert "before" in cleaned


def test_pictures_of_the_mail_are_numbered_and_others_are_not_loaded() -> None:
    cleaned = markup.clean(
        '<img src="cid:logo@x" alt="logo"><img src="CID:<two>"><img src="https://t.example/pixel.gif" alt="p">'
        '<img src="cid:other"><img src="data:image/png;base64,AAAA">', {"logo@x": 0, "two": 4},
    )  # fmt: skip
    assert cleaned.count("src=") == 2 and 'src="cid:0"' in cleaned and 'src="cid:4"' in cleaned
    assert 'alt="p"' in cleaned


def test_links_lead_away_without_saying_whence() -> None:
    cleaned = markup.clean('<a href="https://clinic.example/?a=1&b=2" target="_top">x</a>', {})
    assert cleaned == '<a href="https://clinic.example/?a=1&amp;b=2" rel="noopener noreferrer nofollow">x</a>'


def test_a_tower_of_tags_is_shown_as_words() -> None:
    assert markup.clean("<div>" * 100_000 + "x", {}) == ""
    assert markup.clean("x" * (markup.MOST_SIGNS + 1), {}) == ""
    assert markup.words("<div>" * 5000 + "сказал") == "сказал"


def test_the_words_are_read_line_by_line() -> None:
    said = markup.words(
        "<head><title>t</title></head><style>p{}</style><p>Добрый&nbsp;день,</p><div>первая<br>вторая</div>"
        "<ul><li>раз<li>два</ul><script>x()</script>&lt;b&gt;"
    )
    assert said.split("\n") == ["Добрый день,", "", "первая", "вторая", "", "раз", "два", "<b>"]


def test_where_the_source_breaks_its_lines_says_nothing_and_a_head_without_an_end_hides_nothing() -> None:
    assert markup.words("<html><head><meta x><body><p>one\r\ntwo</p>three<!-- <b>no</b> --><!-- no end") == "one two\nthree"


@pytest.mark.parametrize("heap", ["<", "<a", "&", "&#x", "<!--", "<p><b>", "</a", "<a b='", "<table><tr><td>"])
def test_a_heap_of_anything_is_gone_through_once(heap: str) -> None:
    source = heap * (markup.MOST_SIGNS // len(heap))
    assert isinstance(markup.clean(source, {}), str) and isinstance(markup.words(source), str)


def test_a_plain_mail_with_a_quote_is_escaped() -> None:
    assert markup.of_text("a <b>\nc", "> <script>") == (
        "<div>a &lt;b&gt;<br>c</div><blockquote>&gt; &lt;script&gt;</blockquote>"
    )


@given(st.text(alphabet="<>/abims \"'=!-?&;#x0cdt\n", max_size=300))
def test_no_markup_makes_it_fall(source: str) -> None:
    assert "<script" not in markup.clean(source, {})
    assert isinstance(markup.words(source), str)
