"""What can be set and typed is documented; the annotated settings are valid; links lead somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from okno.command.cli import TABLE
from okno.settings import Settings, load_settings

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "okno.example.yaml"
DOCS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("docs/decisions/*.md")])


def test_the_example_is_valid() -> None:
    settings = load_settings(EXAMPLE)
    assert [queue.name for queue in settings.queues] == ["registry"]


def test_every_setting_is_in_the_example_or_the_docs() -> None:
    text = "\n".join(file.read_text() for file in [EXAMPLE, *DOCS])
    keys = {key for model in _models(Settings) for key in model.model_fields}
    assert len(keys) > 60
    missing = sorted(key for key in keys if not re.search(rf"\b{key}\s*:", text))
    assert missing == []


def test_defaults_the_example_states_are_the_defaults() -> None:
    shown, default = load_settings(EXAMPLE), Settings()
    for name in ("engine", "chat", "chat_public", "mis", "pbx_service", "web", "paths", "demo"):
        assert getattr(shown, name) == getattr(default, name), name
    assert shown.pbxes[0].ami == type(shown.pbxes[0].ami)()
    assert (shown.database_port, shown.redis_port) == (default.database_port, default.redis_port)


@pytest.mark.parametrize("command", [command.words for command in TABLE])
def test_every_command_is_in_the_operations_manual(command: str) -> None:
    assert f"okno {command}" in (ROOT / "docs/operations.md").read_text()


@pytest.mark.parametrize("file", DOCS, ids=lambda file: file.name)
def test_links_lead_somewhere(file: Path) -> None:
    prose = re.sub(r"```.*?```", "", file.read_text(), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)#\s]+)", prose):
        if not target.startswith("http"):
            assert (file.parent / target).exists(), target


def test_the_two_languages_stay_together() -> None:
    for name in ("README", "docs/attach-your-own-PBX", "docs/operations"):
        heads = [re.findall(r"^#+ ", (ROOT / f"{name}{end}").read_text(), re.M) for end in (".md", ".ru.md")]
        assert heads[0] == heads[1], name


def test_the_lines_to_copy_are_the_same_in_both_languages() -> None:
    """What Asterisk reads does not depend on the reader; comments and placeholders do."""

    def lines(end: str) -> list[str]:
        text = (ROOT / f"docs/attach-your-own-PBX{end}").read_text()
        code = "\n".join(re.findall(r"```\w*\n(.*?)```", text, re.DOTALL)).splitlines()
        bare = [re.split(r"\s+#\s", line)[0] for line in code if not line.startswith((";", "secret ="))]
        return [line for line in bare if line]

    assert len(lines(".md")) > 30
    assert lines(".md") == lines(".ru.md")


def test_decisions_are_numbered_and_short() -> None:
    files = sorted((ROOT / "docs/decisions").glob("*.md"))
    assert [int(file.name[:4]) for file in files] == list(range(1, len(files) + 1))
    for file in files:
        text = file.read_text()
        assert len(text) < 3500 and "Why" in text, file.name


def _models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    yield model
    for field in model.model_fields.values():
        yield from _inside(field.annotation)


def _inside(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield from _models(annotation)
    for inner in get_args(annotation):
        yield from _inside(inner)
