"""What docs/channels shows of the settings can be copied: each account of it can be opened."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from chat.channels import messengers
from okno.settings import ChatSettings
from tests.contracts.channel_suite import Kept, account

DOCS = Path(__file__).parents[3] / "docs" / "channels"
CHANNELS = ("telegram", "whatsapp", "viber", "sms")


def _shown(file: Path) -> dict[str, Any]:
    found = re.search(r"```yaml\n(.*?)```", file.read_text(), re.DOTALL)
    assert found is not None
    return dict(yaml.safe_load(found[1])["chat"])


@pytest.mark.parametrize("ending", [".md", ".ru.md"])
@pytest.mark.parametrize("channel", CHANNELS)
def test_the_settings_shown_are_settings(channel: str, ending: str, tmp_path: Path) -> None:
    told = ChatSettings.model_validate(_shown(DOCS / f"{channel}{ending}"))
    [one] = told.accounts
    opening = messengers()[channel]
    secrets = {name: "x" * 20 for name in (*opening.secrets, *opening.may)}
    made = account(
        channel, secrets, Kept(), state=tmp_path, options=one.options, public_url=f"{told.public_url}/hook/{channel}/main"
    )
    messenger = opening.open(made)
    assert (one.key, messenger.key) == (f"{channel}:main", f"{channel}:main")


@pytest.mark.parametrize("channel", CHANNELS)
def test_the_two_languages_stay_together(channel: str) -> None:
    heads = [re.findall(r"^#+ ", (DOCS / f"{channel}{end}").read_text(), re.M) for end in (".md", ".ru.md")]
    assert heads[0] == heads[1]
    assert _shown(DOCS / f"{channel}.md").keys() == _shown(DOCS / f"{channel}.ru.md").keys()
