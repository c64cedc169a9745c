"""A mail's markup made harmless, and the words in it. Pictures from elsewhere are not loaded: they tell who reads."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

import nh3

MOST_SIGNS = 250_000
_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "center", "cite", "code", "col", "colgroup", "dd", "del",
    "details", "div", "dl", "dt", "em", "font", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "li", "ol",
    "p", "pre",
    "q", "s", "small", "span", "strike", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th",
    "thead", "tr", "u", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"}, "img": {"src", "alt", "width", "height"}, "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align"}, "ol": {"start"},
}  # fmt: skip
_GONE = {"script", "style", "title", "head", "template", "noscript", "iframe", "object", "svg", "math"}
_BLOCKS = {
    "p", "div", "br", "tr", "li", "ul", "ol", "table", "blockquote", "pre", "hr", "h1", "h2", "h3", "h4", "h5", "h6",
    "dt", "dd", "section", "article",
}  # fmt: skip
_MOST_DEEP = 200
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,15})?[^<>]{0,5000}>")
# The cleaner takes its time over each entity; a heap of them is no letter.
_MOST_ENTITIES = 20_000
_OPENING = re.compile(r"<(?!/|!|\?)[a-zA-Z][^<>]{0,2000}>")
_CLOSING = re.compile(r"</[a-zA-Z]")


def clean(markup: str, pictures: Mapping[str, int]) -> str:
    """Return markup with which nothing can be done but reading.

    Args:
        markup: as it came.
        pictures: the mail's own pictures: Content-ID to the number of the file; they stand as `src="cid:<number>"`.

    Returns:
        The markup; empty when it is longer, or deeper nested, than anybody writes: its words are shown instead.
    """
    if len(markup) > MOST_SIGNS or markup.count("&") > _MOST_ENTITIES or _too_deep(markup):
        return ""

    def kept(tag: str, attribute: str, value: str) -> str | None:
        if (tag, attribute) == ("img", "src"):
            place = value.strip()
            number = pictures.get(place[4:].strip("<>")) if place[:4].lower() == "cid:" else None
            return None if number is None else f"cid:{number}"
        return value

    return nh3.clean(
        markup, tags=_TAGS, attributes=_ATTRIBUTES, clean_content_tags=_GONE, attribute_filter=kept,
        url_schemes={"http", "https", "mailto", "tel", "cid"}, link_rel="noopener noreferrer nofollow",
    ).strip()  # fmt: skip


def words(markup: str) -> str:
    """Return what a person reads in markup, line by line; in one pass, whatever stands there."""
    said: list[str] = []
    gone = at = 0
    whole = _without_comments(markup[: 4 * MOST_SIGNS])
    for found in _TAG.finditer(whole):
        if not gone:
            said.append(_line(whole[at : found.start()]))
        at, name = found.end(), (found[2] or "").lower()
        if name == "body":  # whose head was never ended
            gone = 0
        elif name in _GONE:
            gone = max(0, gone - 1) if found[1] else gone + 1
        elif name == "br" or (name in _BLOCKS and (found[1] or said)):
            said.append("\n")
    if not gone:
        said.append(_line(whole[at:]))
    lines = (" ".join(line.split()) for line in html.unescape("".join(said)).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _line(text: str) -> str:
    """Where a line of markup ends says nothing of what is read."""
    return text.replace("\r", " ").replace("\n", " ")


def _without_comments(markup: str) -> str:
    kept: list[str] = []
    at = 0
    while (begins := markup.find("<!--", at)) >= 0:
        kept.append(markup[at:begins])
        ends = markup.find("-->", begins + 4)
        if ends < 0:
            return "".join(kept)
        at = ends + 3
    return "".join([*kept, markup[at:]])


def of_text(said: str, quoted: str) -> str:
    """Return markup of a plain mail: what he wrote, then what he quotes."""

    def lines(plain: str) -> str:
        return html.escape(plain).replace("\n", "<br>")

    return f"<div>{lines(said)}</div><blockquote>{lines(quoted)}</blockquote>"


def _too_deep(markup: str) -> bool:
    opened, closed = len(_OPENING.findall(markup)), len(_CLOSING.findall(markup))
    # <br>, <img> and forgotten ends are never closed; a tower of tags is a great deal more.
    if opened - closed > 20 * _MOST_DEEP:
        return True
    depth = most = 0
    for found in re.finditer(r"<(/?)(div|span|table|blockquote|font|b|i|p|ul|ol|td|tr)\b", markup, re.I):
        depth = max(0, depth - 1) if found[1] else depth + 1
        most = max(most, depth)
    return most > 20 * _MOST_DEEP

