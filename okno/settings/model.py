"""What `okno.yaml` may say. Secrets are never in it: a `*_secret` names a file or an environment variable."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from okno.settings.crossings import crossings
from okno.settings.directory import (
    AlertRule,
    Day,
    Directory,
    Holiday,
    Hours,
    HoursSpan,
    Kind,
    Level,
    Line,
    Name,
    OperatorSettings,
    QueueSettings,
    Strict,
    Title,
    Work,
)
from okno.settings.services import ChatSettings, HttpAddress, MisSettings, Port, ServiceSettings, SiteSettings

__all__ = [
    "AlertRule",
    "Alerting",
    "Ami",
    "ChatSettings",
    "Clinic",
    "Day",
    "Demo",
    "Directory",
    "EngineSettings",
    "Holiday",
    "Hours",
    "HoursSpan",
    "Journal",
    "Kind",
    "Level",
    "Line",
    "Mail",
    "MisSettings",
    "Name",
    "OperatorSettings",
    "Paths",
    "PbxSettings",
    "Prompts",
    "QueueSettings",
    "Recording",
    "ServiceSettings",
    "Settings",
    "SiteSettings",
    "Standby",
    "Title",
    "Trunk",
    "WebSettings",
    "Webhook",
    "Work",
]

Sound = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9](?:[A-Za-z0-9/_-]|\{language\}){0,79}$")]


class Clinic(Strict):
    """Who the clinic is; `area_code` completes seven-digit local numbers."""

    name: str = "Okno"
    timezone: str = "Asia/Yekaterinburg"
    language: Literal["ru", "en"] = "ru"
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] = "RU"
    area_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{3,5}$")] = "343"


class Standby(ServiceSettings):
    """The second place of an engine."""

    port: Port = 8086


class EngineSettings(ServiceSettings):
    """Where an engine may be: here and, when there are two, at `standby`; whichever holds the lease leads.

    `agi_host` and `agi_port` are where the leader runs the flows of callers (FastAGI): a private net, it has no login.
    `http` are the addresses that steps of flows may ask, by name.
    """

    port: Port = 8081
    agi_host: str = "127.0.0.1"
    agi_port: Port = 4573
    http: dict[Name, HttpAddress] = Field(default_factory=dict)
    standby: Standby | None = None

    @property
    def urls(self) -> list[str]:
        """Every place to look for the leader, the first one first."""
        return [self.url] if self.standby is None else [self.url, self.standby.url]

    @property
    def turned(self) -> Self:
        """The same two places as the engine at the second one sees them. Without a second one, unchanged."""
        other = self.standby
        if other is None:
            return self
        return type(self)(host=other.host, port=other.port, standby=Standby(host=self.host, port=self.port))


class WebSettings(ServiceSettings):
    """The staff's gateway. `public_url` is what browsers type: cookies and origins are checked against it."""

    port: Port = 8080
    public_url: str = "http://localhost:8080"
    workers: Annotated[int, Field(ge=1, le=16)] = 1
    session_hours: Annotated[int, Field(ge=1, le=24)] = 12


class Ami(Strict):
    """How the engine reaches one Asterisk: two logins, least rights (see docs/attach-your-own-PBX)."""

    host: str = "127.0.0.1"
    port: Port = 5038
    tls: bool = False
    ca_file: Path | None = None
    events_user: str = "okno-events"
    events_secret: str = "file:ami-events.secret"
    actions_user: str = "okno-actions"
    actions_secret: str = "file:ami-actions.secret"
    watch_user: str = "okno-watch"
    watch_secret: str = "file:ami-watch.secret"
    ping_s: float = 5.0
    dead_after_s: float = 12.0


class Trunk(Strict):
    """The outside line. `match` is the provider's address, as PJSIP's identify wants it."""

    name: Name = "trunk"
    match: list[str] = Field(default_factory=lambda: ["127.0.0.2"])
    contact: str = "sip:127.0.0.2:5070"


class Prompts(Strict):
    """What a caller hears, as Asterisk's Playback() names it; null = nothing.

    `{language}` is the clinic's: `okno/ru/consent` comes with Okno, and its text can be changed (docs/prompts.md).
    """

    consent: Sound | None = "okno/{language}/consent"
    closed: Sound | None = "okno/{language}/closed"
    nobody: Sound | None = "okno/{language}/nobody"
    callback_offer: Sound | None = "okno/{language}/callback_offer"
    callback_promised: Sound | None = "okno/{language}/callback_promised"
    callback_failed: Sound | None = "okno/{language}/callback_failed"


class Journal(Strict):
    """Where this Asterisk writes its journal, for `okno serve pbx` beside it; None = where its own settings say."""

    cel: Path | None = None
    queue_log: Path | None = None


class Recording(Strict):
    """Raw AMI kept, sealed: a new file at `size_mb` or after `hours`; of the old ones `keep_files`, for `keep_days`."""

    size_mb: Annotated[int, Field(ge=1, le=4096)] = 64
    hours: Annotated[int, Field(ge=1, le=168)] = 24
    keep_files: Annotated[int, Field(ge=1, le=10_000)] = 30
    keep_days: Annotated[int, Field(ge=1, le=365)] = 14


class PbxSettings(Strict):
    """One Asterisk. `managed` lets `okno up` run a private one with configuration rendered by us.

    `members`: whether operators stand in its queues always (off duty they are paused) or only while logged in.
    `websocket_port`: where phones in the page connect (loopback; the web server in front gives it TLS); None = none.
    """

    name: Name
    managed: bool = False
    ami: Ami = Ami()
    sip_host: str = "127.0.0.1"
    sip_port: Port = 5060
    rtp_ports: tuple[Port, Port] = (10000, 12000)
    trunks: list[Trunk] = Field(default_factory=lambda: [Trunk()])
    inbound_contexts: list[str] = Field(default_factory=lambda: ["okno-inbound"])
    phone_contexts: list[str] = Field(default_factory=lambda: ["okno-phones"])
    config_dir: Path | None = None
    asterisk: Path | None = None
    prompts: Prompts = Prompts()
    recording: Recording | None = None
    journal: Journal = Journal()
    members: Literal["always", "logged_in"] = "always"
    websocket_port: Port | None = None




class Demo(Strict):
    """The demo clinic's synthetic patients; used by `okno up --demo` only.

    `mis_port` is where the demo's own MIS listens on loopback, when `mis.address` means that one; None: there is none.
    `site` is the site of `chat.sites` whose widget stands on the demo's own page (/demo/site of the public listener).
    """

    calls_per_minute: Annotated[float, Field(ge=0, le=600)] = 12
    chats_per_minute: Annotated[float, Field(ge=0, le=60)] = 1.5
    talk_s: tuple[int, int] = (15, 60)
    patients_port: Port = 5070
    phones_port: Port = 6001
    mis_port: Port | None = None
    site: str = ""


class Mail(Strict):
    """The clinic's mail server for alerts; `to` empty = no mail."""

    host: str = "127.0.0.1"
    port: Port = 25
    tls: Literal["none", "starttls", "tls"] = "starttls"
    user: str | None = None
    secret: str = "file:smtp.secret"  # names a file
    sender: str = "okno@localhost"
    to: list[str] = Field(default_factory=list)


class Webhook(Strict):
    """Where an alert is posted as JSON, signed by HMAC-SHA256 when there is a secret."""

    url: str
    secret: str | None = None


class Alerting(Strict):
    """How alerts marked `outside` leave the house. They hold counts and names of queues, nothing of a patient."""

    mail: Mail = Mail()
    webhooks: list[Webhook] = Field(default_factory=list)


class Paths(Strict):
    """Where private files go; relative paths are below the state directory."""

    secrets: Path = Path("secrets")
    keyring: Path = Path("keyring.json")
    logs: Path = Path("logs")
    ami: Path = Path("ami")


class Settings(Directory):
    """The whole of `okno.yaml`.

    `database_url` and `redis_url` name servers that are not ours to start, without passwords; OKNO_DATABASE_URL and
    OKNO_REDIS_URL win over them. Without either, `okno up` starts its own on the ports given here.
    """

    clinic: Clinic = Clinic()
    paths: Paths = Paths()
    database_port: Port = 5433
    redis_port: Port = 6380
    database_url: str | None = None
    redis_url: str | None = None
    engine: EngineSettings = EngineSettings()
    chat: ChatSettings = ChatSettings()
    chat_public: ServiceSettings = ServiceSettings(port=8085)
    mis: MisSettings = MisSettings()
    web: WebSettings = WebSettings()
    pbx_service: ServiceSettings = ServiceSettings(port=8084)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    pbxes: list[PbxSettings] = Field(default_factory=list)
    demo: Demo = Demo()
    alerting: Alerting = Alerting()

    @property
    def directory(self) -> Directory:
        """The directory as this file has it."""
        return Directory(**{name: getattr(self, name) for name in Directory.model_fields})

    def with_directory(self, directory: Directory) -> Settings:
        """Return the same settings with another directory. Raises ValueError when its names do not meet."""
        return Settings(**{**dict(self), **{name: getattr(directory, name) for name in Directory.model_fields}})

    @model_validator(mode="after")
    def _names_meet(self) -> Self:
        flaws = [f"{key}: {words}" for key, words in crossings(self.model_dump())]
        if flaws:
            raise ValueError("; ".join(flaws))
        return self
