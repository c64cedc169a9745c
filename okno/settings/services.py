"""Where services listen, and the clinic's MIS."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from okno.settings.directory import Name, Strict, Title

Port = Annotated[int, Field(ge=1, le=65535)]


class ServiceSettings(Strict):
    """Where a service listens for the other services."""

    host: str = "127.0.0.1"
    port: Port

    @property
    def url(self) -> str:
        """Where the others reach it; one that listens everywhere is asked on loopback."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104  # compared, not bound
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


Origin = Annotated[str, StringConstraints(pattern=r"^https?://[a-z0-9.-]+(:[0-9]{1,5})?$")]


Asked = Literal["name", "phone", "topic"]


def _network(text: str) -> str:
    return str(ip_network(text, strict=False))


Network = Annotated[str, AfterValidator(_network)]


class WidgetSettings(Strict):
    """The widget on a site's pages: what it asks before a conversation, what it looks like.

    `ask` are the fields before the first message (`name`, `phone`, `topic`), `required` those that must be filled in.
    `secret` names a file or variable with the key by which the site's server vouches for who is signed in there.
    `deep_links` are where a conversation can go on: channel and its bot or community. From the addresses and networks
    of `deny` nobody writes, nor from those of `deny_files`: lists in the state directory, one a line (a country's).
    """

    title: Title = Field(default_factory=dict)
    greeting: Title = Field(default_factory=dict)
    accent: Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")] = "#0A6A72"
    side: Literal["right", "left"] = "right"
    theme: Literal["auto", "light", "dark"] = "auto"
    ask: tuple[Asked, ...] = ("name", "phone", "topic")
    required: tuple[Asked, ...] = ("name",)
    consent_url: Annotated[str, StringConstraints(pattern=r"^(https?://[!-~]{1,300})?$")] = ""
    secret: str | None = None
    deep_links: dict[Literal["max", "vk", "telegram"], str] = Field(default_factory=dict)
    deny: list[Network] = Field(default_factory=list)
    deny_files: list[Path] = Field(default_factory=list)


class SiteSettings(Strict):
    """A site whose form asks for callbacks. `key` stands in its form and is no secret, `title` is what staff call it.

    `origins` are where its pages come from (`https://clinic.example`); browsers elsewhere may not post. `queue` takes
    its callbacks (empty: the first queue). `secret` names a file or variable with the token by which the site's own
    server posts (None: only browsers do). `consent` names the wording of the consent it shows; `page` is where its
    page of thanks leads back to. What was posted is kept for `keep_days`.
    """

    key: Name
    title: Title = Field(default_factory=dict)
    origins: Annotated[list[Origin], Field(max_length=20)] = Field(default_factory=list)
    queue: str = ""
    language: Literal["ru", "en"] = "ru"
    secret: str | None = None
    consent: Annotated[str, StringConstraints(max_length=64)] = "1"
    page: Annotated[str, StringConstraints(pattern=r"^(https?://[!-~]{1,300})?$")] = ""
    keep_days: Annotated[int, Field(ge=1, le=3650)] = 365
    widget: WidgetSettings | None = None


class AccountSettings(Strict):
    """An account of a channel of messages: a bot, a community, a mailbox, a sender of SMS.

    `channel` is the channel's file in `chat/channels`; together with `name` it is the account's key (`max:main`).
    `queue` takes what is written there (empty: the first queue). `secrets` name files or variables, by the names the
    channel asks for (docs/channels). `proxy` is an outbound HTTP proxy of this account alone; `options` are the
    channel's own. `on` False: nothing is taken and nothing sent (a channel the law or the owner has stopped).
    """

    channel: Name
    name: Name = "main"
    title: Title = Field(default_factory=dict)
    queue: str = ""
    on: bool = True
    address: str = ""
    proxy: Annotated[str, StringConstraints(pattern=r"^(https?://[!-~]{1,300})?$")] = ""
    secrets: dict[Name, str] = Field(default_factory=dict)
    options: dict[str, Any] = Field(default_factory=dict)

    @property
    def key(self) -> str:
        """What it is called everywhere: "max:main"."""
        return f"{self.channel}:{self.name}"


class ChatSettings(ServiceSettings):
    """The service of written channels: `accounts` of messengers, mail and SMS; `sites` with forms and a widget.

    `public_url` is where the internet reaches its public listener (https), empty when it does not: then channels that
    can are polled. A file may have `most_file_mb`, and is given to `check_file` (a program and its arguments) on its
    standard input, which ends with 0 for one that may be kept, 1 for one that may not; texts and files are kept for
    `keep_days`.
    """

    port: Port = 8082
    public_url: Annotated[str, StringConstraints(pattern=r"^(https?://[!-~]{1,300})?$")] = ""
    accounts: list[AccountSettings] = Field(default_factory=list)
    sites: list[SiteSettings] = Field(default_factory=list)
    most_file_mb: Annotated[int, Field(ge=1, le=200)] = 20
    check_file: list[str] = Field(default_factory=list)
    keep_days: Annotated[int, Field(ge=1, le=3650)] = 1095


class HttpAddress(Strict):
    """An address that a step of a flow asks by POST, fields in a JSON body, facts in the JSON it answers.

    `secret` names a file or variable with a bearer token; no answer within `timeout_s` is a failure. What a caller
    keyed in may go there: another machine is asked by HTTPS only.
    """

    url: Annotated[str, StringConstraints(pattern=r"^https?://[!-~]{1,300}$")]
    secret: str | None = None
    timeout_s: Annotated[float, Field(ge=0.5, le=15)] = 3.0

    @model_validator(mode="after")
    def _in_private(self) -> Self:
        parts = urlsplit(self.url)
        if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
            raise ValueError("another machine is asked by https:// only")
        return self


class MisRoute(Strict):
    """A rule for work of known patients: who has this flag of the MIS, or this attending doctor, goes there first.

    `flag` is one of `mis.terms.FlagKind`, `doctor` an id of the MIS's doctors. Exactly one of them is set.
    """

    flag: str = ""
    doctor: str = ""
    queue: str = ""
    operator: str = ""
    priority: Annotated[int, Field(ge=-100, le=100)] = 0

    @model_validator(mode="after")
    def _one(self) -> Self:
        if bool(self.flag) == bool(self.doctor):
            raise ValueError("exactly one of flag and doctor is given")
        if not (self.queue or self.operator or self.priority):
            raise ValueError("says nothing: give queue, operator or priority")
        return self


class MisSettings(ServiceSettings):
    """The clinic's MIS, and where the service that talks to it listens.

    `address` is its URL, `secret` names a file or variable with the credential; `options` are the connector's own.
    `soft_s` is when a screen says that the MIS is slow, `read_s` and `write_s` are hard. `queue` takes the requests
    the MIS causes (empty: the first queue). `confirm_days` before a visit its patient is asked whether he comes (0 =
    never), from `confirm_at` on, clinic-local. `push_url` is where the MIS reaches this service, when it can push: an
    address of its own, `push_host` and `push_port`, on which nothing else is answered.
    """

    port: Port = 8083
    connector: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")] = "none"
    address: str = ""
    user: str = ""
    secret: str = ""
    options: dict[str, Any] = Field(default_factory=dict)
    soft_s: Annotated[float, Field(gt=0, le=10)] = 0.8
    read_s: Annotated[float, Field(gt=0, le=30)] = 3.0
    write_s: Annotated[float, Field(gt=0, le=60)] = 8.0
    at_once: Annotated[int, Field(ge=1, le=64)] = 8
    hold_s: Annotated[int, Field(ge=30, le=1800)] = 300
    poll_s: Annotated[float, Field(ge=1, le=3600)] = 30.0
    queue: str = ""
    confirm_days: Annotated[int, Field(ge=0, le=7)] = 1
    confirm_at: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = "10:00"
    push_url: str = ""
    push_host: str = "127.0.0.1"
    push_port: Port = 8087
    routes: list[MisRoute] = Field(default_factory=list)
    emergency_words: list[str] = Field(default_factory=list)
