"""What docs/channels shows of a mailbox and of the form for feedback can be copied; both languages say the same."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chat.channels import messengers
from okno.seal import Keyring
from okno.settings import ChatSettings
from okno.settings.marks import read
from tests.contracts.channel_suite import Kept, account

DOCS = Path(__file__).parents[3] / "docs" / "channels"


def _chat(text: str) -> dict[str, Any]:
    data = read(text).data
    assert isinstance(data, dict)
    return dict(data["chat"])


def shown(name: str) -> dict[str, Any]:
    """The settings a page shows."""
    found = re.search(r"```yaml\n(.*?)```", (DOCS / name).read_text(), re.DOTALL)
    assert found is not None
    return _chat(found[1])


def uncommented(name: str) -> dict[str, Any]:
    """The same with every line in force that is a comment there."""
    found = re.search(r"```yaml\n(.*?)```", (DOCS / name).read_text(), re.DOTALL)
    assert found is not None
    return _chat(re.sub(r"(?m)^(\s*)# ", r"\1", found[1]))


@pytest.mark.parametrize("page", ["mail.md", "mail.ru.md", "feedback.md", "feedback.ru.md"])
@pytest.mark.parametrize("settings", [shown, uncommented], ids=["as shown", "all of it"])
def test_the_settings_shown_are_settings(page: str, settings: Any, tmp_path: Path, keyring: Keyring) -> None:
    told = ChatSettings.model_validate(settings(page))
    [one] = told.accounts
    opening = messengers()[one.channel]
    secrets = {name: "x" for name in (*opening.secrets, *opening.may)}
    options = {name: value for name, value in one.options.items() if name != "ca"}
    made = account(one.channel, secrets, Kept(), state=tmp_path, name=one.name, address=one.address, options=options)
    assert opening.open(replace(made, setup=replace(made.setup, own=keyring.sealer("chat")))).key == one.key


@pytest.mark.parametrize("channel", ["mail", "feedback"])
def test_the_two_languages_stay_together(channel: str) -> None:
    heads = [re.findall(r"^#+ ", (DOCS / f"{channel}{end}").read_text(), re.M) for end in (".md", ".ru.md")]
    lamps = [re.findall(r"`(\w+)`", (DOCS / f"{channel}{end}").read_text()) for end in (".md", ".ru.md")]
    assert heads[0] == heads[1] and set(lamps[0]) == set(lamps[1])
