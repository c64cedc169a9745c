"""Every word of the screens is in both languages, is used, and stands nowhere in the code."""

import json
import re
from pathlib import Path

WEB = Path(__file__).parents[2] / "web"
CYRILLIC = re.compile("[\u0400-\u04ff]")
PLACEHOLDER = re.compile(r"\{(\w+)\}")
# Keys the servers choose: the log-in page's errors, refusals, farewells, problems; their makers name them.
SERVERS = ("login.error.", "wall.", "refused.", "bye.", "problem.", "history.line.")


def words(lang: str) -> dict[str, str | dict[str, str]]:
    """The catalogue of a language."""
    return dict(json.loads((WEB / "i18n" / f"{lang}.json").read_text("utf-8")))


def sources() -> dict[str, str]:
    """Our own code of the browser: scripts, styles and templates."""
    files = [*(WEB / "static" / "app").rglob("*.js"), *(WEB / "static" / "css").glob("*.css"), *(WEB / "templates").glob("*.html")]
    return {str(file.relative_to(WEB)): file.read_text("utf-8") for file in files}


def placeholders(text: str | dict[str, str]) -> set[str]:
    """The variables of a text, in any of its plural forms."""
    forms = text.values() if isinstance(text, dict) else [text]
    return {name for form in forms for name in PLACEHOLDER.findall(form)}


def test_both_languages_have_the_same_keys_and_variables() -> None:
    ru, en = words("ru"), words("en")
    assert ru.keys() == en.keys()
    assert [key for key in ru if placeholders(ru[key]) != placeholders(en[key])] == []


def test_plural_forms_are_complete() -> None:
    for lang, needed in (("ru", {"one", "few", "many", "other"}), ("en", {"one", "other"})):
        wrong = [key for key, text in words(lang).items() if isinstance(text, dict) and text.keys() != needed]
        assert wrong == [], lang


def test_no_word_is_unused() -> None:
    text = "\n".join(sources().values())
    literal = set(re.findall(r"""["'`]([a-zA-Z_]+(?:\.\w+)+)["'`]""", text))
    prefixes = tuple(set(re.findall(r"[\"'`]([a-zA-Z_.]+\.)(?:\$\{|[\"']\s*~)", text)) | set(SERVERS))
    own = (*(f"{one}." for one in re.findall(r'own\("(\w+)"', text)), "inbound.", "outbound.", "internal.")
    unused = [key for key in words("ru") if key not in literal and not key.startswith(prefixes + own)]
    assert unused == []


def test_every_key_the_code_names_exists() -> None:
    known = words("ru")
    for name, text in sources().items():
        for key in re.findall(r"""\bt\(["']([\w.]+)["'](?!\s*~)""", text):
            assert key in known, f"{name}: {key}"


def test_the_code_has_no_cyrillic() -> None:
    assert [name for name, text in sources().items() if CYRILLIC.search(text)] == []


def test_english_has_no_cyrillic_but_the_name_of_russian() -> None:
    wrong = [key for key, text in words("en").items() if CYRILLIC.search(json.dumps(text, ensure_ascii=False))]
    assert wrong == ["lang.ru"]


SAID = {
    "error": re.compile(r'Undelivered\("(\w+)"'), "lamp": re.compile(r'Lamp\(colour="\w+", why="(\w+)"'),
    "refused": re.compile(r'\b(?:No|CannotBe)\("(\w+)"'),
}  # fmt: skip


def test_what_channels_say_has_words() -> None:
    """A code of a channel, a lamp's reason, a refusal of `chat`: nobody is shown a bare word of ours."""
    known, text = words("ru"), "\n".join(file.read_text("utf-8") for file in (WEB.parent / "chat").rglob("*.py"))
    missing = {f"chat.{what}.{code}" for what, pattern in SAID.items() for code in pattern.findall(text)} - known.keys()
    assert missing == set()
