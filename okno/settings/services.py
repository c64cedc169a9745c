"""Where services listen, and the clinic's MIS."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from okno.settings.directory import Strict

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
