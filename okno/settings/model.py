"""What `okno.yaml` may say. Secrets are never in it: a `*_secret` names a file or an environment variable."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from okno.settings.crossings import crossings

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
Port = Annotated[int, Field(ge=1, le=65535)]
Extension = Annotated[str, StringConstraints(pattern=r"^[0-9]{2,6}$")]
Digits = Annotated[str, StringConstraints(pattern=r"^\+?[0-9]{3,15}$")]
HoursSpan = Annotated[
    str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")
]
Sound = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9/_-]{0,79}$")]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Clinic(_Strict):
    """Who the clinic is; `area_code` completes seven-digit local numbers."""

    name: str = "Okno"
    timezone: str = "Asia/Yekaterinburg"
    language: Literal["ru", "en"] = "ru"
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] = "RU"
    area_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{3,5}$")] = "343"


class Hours(_Strict):
    """When somebody answers: spans of clinic-local time by weekday; a day left out is closed."""

    week: dict[Day, list[HoursSpan]] = Field(default_factory=dict)


class ServiceSettings(_Strict):
    """Where a service listens for the other services."""

    host: str = "127.0.0.1"
    port: Port

    @property
    def url(self) -> str:
        """Where the others reach it; one that listens everywhere is asked on loopback."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104  # compared, not bound
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


class Standby(ServiceSettings):
    """The second place of an engine."""

    port: Port = 8086


class EngineSettings(ServiceSettings):
    """Where an engine may be: here and, when there are two, at `standby`; whichever holds the lease leads."""

    port: Port = 8081
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


class Ami(_Strict):
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


class Trunk(_Strict):
    """The outside line. `match` is the provider's address, as PJSIP's identify wants it."""

    name: Name = "trunk"
    match: list[str] = Field(default_factory=lambda: ["127.0.0.2"])
    contact: str = "sip:127.0.0.2:5070"


class Prompts(_Strict):
    """What a caller hears, as Asterisk's Playback() names it (`okno/consent` = your own file); null = nothing."""

    consent: Sound | None = "hello"
    closed: Sound | None = "vm-nobodyavail"
    nobody: Sound | None = "tt-allbusy"


class Journal(_Strict):
    """Where this Asterisk writes its journal, for `okno serve pbx` beside it; None = where its own settings say."""

    cel: Path | None = None
    queue_log: Path | None = None


class Recording(_Strict):
    """Raw AMI kept, sealed: a new file at `size_mb` or after `hours`; of the old ones `keep_files`, for `keep_days`."""

    size_mb: Annotated[int, Field(ge=1, le=4096)] = 64
    hours: Annotated[int, Field(ge=1, le=168)] = 24
    keep_files: Annotated[int, Field(ge=1, le=10_000)] = 30
    keep_days: Annotated[int, Field(ge=1, le=365)] = 14


class PbxSettings(_Strict):
    """One Asterisk. `managed` lets `okno up` run a private one with configuration rendered by us."""

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


class QueueSettings(_Strict):
    """A queue of people waiting. For calls it is also the Asterisk queue of the same name."""

    name: Name
    title: dict[Literal["ru", "en"], str]
    strategy: Literal["ringall", "leastrecent", "fewestcalls", "random", "rrmemory", "linear"] = "rrmemory"
    ring_s: Annotated[int, Field(ge=3, le=120)] = 15
    max_wait_s: Annotated[int, Field(ge=5, le=3600)] = 300
    max_callers: Annotated[int, Field(ge=0, le=1000)] = 0
    join_empty: bool = False
    service_level_s: Annotated[int, Field(ge=1, le=600)] = 20
    service_level_target: Annotated[int, Field(ge=1, le=100)] = 80
    wrap_up_s: Annotated[int, Field(ge=0, le=600)] = 30
    missed_due_s: Annotated[int, Field(ge=60, le=86400)] = 600
    priority: int = 0


class OperatorSettings(_Strict):
    """An operator's phone and queues. His account (password, role) is made with `okno user add`."""

    name: Name
    title: dict[Literal["ru", "en"], str]
    extension: Extension
    queues: list[Name] = Field(default_factory=list)
    penalty: Annotated[int, Field(ge=0, le=20)] = 0
    pbx: Name | None = None
    contact: str | None = None


class Line(_Strict):
    """A number patients dial: what it advertises, its hours and the queue behind it."""

    number: Digits
    source: dict[Literal["ru", "en"], str]
    queue: Name
    hours: Name | None = None
    area_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{3,5}$")] | None = None


class Demo(_Strict):
    """The demo clinic's synthetic patients; used by `okno up --demo` only."""

    calls_per_minute: Annotated[float, Field(ge=0, le=600)] = 12
    talk_s: tuple[int, int] = (15, 60)
    patients_port: Port = 5070
    phones_port: Port = 6001


class Paths(_Strict):
    """Where private files go; relative paths are below the state directory."""

    secrets: Path = Path("secrets")
    keyring: Path = Path("keyring.json")
    logs: Path = Path("logs")
    ami: Path = Path("ami")


class Settings(_Strict):
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
    chat: ServiceSettings = ServiceSettings(port=8082)
    chat_public: ServiceSettings = ServiceSettings(port=8085)
    mis: ServiceSettings = ServiceSettings(port=8083)
    web: WebSettings = WebSettings()
    pbx_service: ServiceSettings = ServiceSettings(port=8084)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    hours: dict[Name, Hours] = Field(default_factory=dict)
    pbxes: list[PbxSettings] = Field(default_factory=list)
    queues: list[QueueSettings] = Field(default_factory=list)
    operators: list[OperatorSettings] = Field(default_factory=list)
    lines: list[Line] = Field(default_factory=list)
    pause_reasons: dict[Name, dict[Literal["ru", "en"], str]] = Field(default_factory=dict)
    outcomes: dict[Name, dict[Literal["ru", "en"], str]] = Field(default_factory=dict)
    demo: Demo = Demo()

    @model_validator(mode="after")
    def _names_meet(self) -> Self:
        flaws = [f"{key}: {words}" for key, words in crossings(self.model_dump())]
        if flaws:
            raise ValueError("; ".join(flaws))
        return self
