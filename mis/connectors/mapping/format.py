"""What a map may say: the YAML that describes a MIS to us, checked before anything is asked of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from mis.terms import Capability

Wrong = Literal[
    "not_found", "slot_taken", "version", "duplicate_patient", "invalid", "unauthenticated", "forbidden",
    "rate_limited", "unavailable", "malformed",
]  # fmt: skip
Encoding = Literal["form", "json", "xml", "none"]
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
OperationName = Literal[
    "state", "patients_by_phone", "patients_by_name", "patients_by_card", "patient", "insurance", "balance", "flags",
    "relatives", "branches", "specialties", "doctors", "services", "cancel_reasons", "slots", "visit",
    "visits_of_patient", "visits_in_window", "changes", "book", "reschedule", "cancel", "confirm", "mark",
    "create_patient", "report_contact",
]  # fmt: skip
WRITES: frozenset[OperationName] = frozenset(
    ("book", "reschedule", "cancel", "confirm", "mark", "create_patient", "report_contact")
)
# What each capability stands on. Of several tuples any will do.
NEEDS: Mapping[Capability, tuple[tuple[OperationName, ...], ...]] = {
    "search_phone": (("patients_by_phone",),),
    "search_name": (("patients_by_name",),),
    "card": (("patient",),),
    "relations": (("relatives",),),
    "directory": (("branches",), ("specialties",), ("doctors",), ("services",), ("cancel_reasons",)),
    "slots": (("slots",),),
    "book": (("book", "visits_in_window"),),
    "request_only": (("book",),),
    "reschedule_atomic": (("reschedule", "visits_in_window"),),
    "cancel": (("cancel", "visit"), ("cancel", "visits_in_window")),
    "confirm": (("confirm", "visit"), ("confirm", "visits_in_window")),
    "mark": (("mark", "visit"), ("mark", "visits_in_window")),
    "coverage": (("patient", "insurance"),),
    "balance": (("patient", "balance"),),
    "create_patient": (("create_patient", "patients_by_phone"),),
    "appointments": (("visits_of_patient",), ("visits_in_window",)),
    "delta": (("changes",),),
    "overlap_check": (("book",),),
    "report_contact": (("report_contact",),),
    "sandbox": ((),),
}
EACH: Mapping[str, OperationName] = {"phone": "patients_by_phone", "doctor": "slots"}
# A piece that a clinic must fill in from its vendor's papers.
PLACEHOLDER = re.compile(r"<<[^<>]*>>")


def _text(value: object) -> str:
    """Return a value as answers are compared with it: a true of YAML or JSON is "true"."""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


class Strict(BaseModel):
    """Nothing unknown is taken: a misspelt key is a mistake, not a wish."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FieldSpec(Strict):
    """Where one fact stands in an answer.

    `path`: one or several paths whose values are joined by `join`, blanks left out; `first`: the first of several
    paths that holds something; `asked`: what was asked for (a name of the request's context); `says`: always this.
    `match`: a regular expression whose group is the value. `values`: the MIS's words and ours, `otherwise` for others.
    """

    path: tuple[str, ...] = ()
    first: tuple[str, ...] = ()
    asked: str = ""
    says: str | bool | None = None
    join: str = " "
    match: str = ""
    values: dict[str, str | bool] = Field(default_factory=dict)
    otherwise: str | bool | None = None

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:
        """A bare path, or a list of paths to join, needs no keys."""
        if isinstance(data, str):
            return {"path": [data]}
        if isinstance(data, list):
            return {"path": data}
        if isinstance(data, dict):
            return {key: [value] if key in ("path", "first") and isinstance(value, str) else value
                    for key, value in data.items()}  # fmt: skip
        return data

    @field_validator("match")
    @classmethod
    def _one_group(cls, value: str) -> str:
        if value and re.compile(value).groups != 1:
            raise ValueError("a regular expression with exactly one group is wanted")
        return value

    @field_validator("values", mode="before")
    @classmethod
    def _words(cls, value: Any) -> Any:
        return {_text(key): word for key, word in value.items()} if isinstance(value, dict) else value


class Condition(Strict):
    """Something about an answer; all that is given must hold. A path that leads nowhere holds nothing."""

    status: int | None = None
    path: str = ""
    equals: str | None = None
    unless: str | None = None
    contains: str | None = None
    exists: bool | None = None

    @field_validator("equals", "unless", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        return None if value is None else _text(value)

    @model_validator(mode="after")
    def _says_something(self) -> Condition:
        if self.status is None and not self.path:
            raise ValueError("a condition needs status or path")
        if self.path and all(told is None for told in (self.equals, self.unless, self.contains, self.exists)):
            raise ValueError("a path needs one of equals, unless, contains, exists")
        return self


class ErrorRule(Strict):
    """When an answer is an error and which: the first rule whose conditions all hold."""

    when: tuple[Condition, ...]
    wrong: Annotated[Wrong, Field(alias="raise")]

    @field_validator("when", mode="before")
    @classmethod
    def _one_or_more(cls, value: Any) -> Any:
        return [value] if isinstance(value, dict) else value


class Request(Strict):
    """How to ask by HTTP. Every text is a template; a key that ends with `?` is left out when it renders empty."""

    method: Method = "POST"
    path: str
    query: dict[str, str] = Field(default_factory=dict)
    headers: dict[str, str] = Field(default_factory=dict)
    form: dict[str, str] = Field(default_factory=dict)
    json_: Annotated[dict[str, Any], Field(alias="json")] = Field(default_factory=dict)
    xml: str = ""

    @field_validator("query", "headers", "form", mode="before")
    @classmethod
    def _text(cls, value: Any) -> Any:
        return {key: str(text) for key, text in value.items()} if isinstance(value, dict) else value

    @model_validator(mode="after")
    def _one_body(self) -> Request:
        if sum(map(bool, (self.form, self.json_, self.xml))) > 1:
            raise ValueError("only one of form, json and xml is given")
        return self


class Operation(Strict):
    """One thing that can be asked, by `request` (HTTP) or by `sql` (a SELECT over views).

    `items` are paths to the things told of, the first that leads anywhere counts; `fields` say of each thing where its
    facts stand. `each: phone` asks once for every spelling in the MIS's own form, `each: doctor` once for every doctor.
    `page` is how many come at once where the MIS counts by offset.
    """

    request: Request | None = None
    sql: str = ""
    each: Literal["phone", "doctor"] | None = None
    items: tuple[str, ...] = ("$[*]",)
    fields: dict[str, FieldSpec] = Field(default_factory=dict)
    errors: tuple[ErrorRule, ...] = ()
    page: Annotated[int, Field(ge=0, le=1000)] = 0

    @field_validator("items", mode="before")
    @classmethod
    def _one_or_more(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_source(self) -> Operation:
        if (self.request is None) == (not self.sql):
            raise ValueError("exactly one of request and sql is given")
        return self

    @field_validator("sql")
    @classmethod
    def _only_reads(cls, value: str) -> str:
        text = value.strip().rstrip(";")
        if text and (not re.match(r"(?i)(select|with)\b", text) or ";" in text):
            raise ValueError("one SELECT is wanted: views are only read")
        return text


class Auth(Strict):
    """How the MIS knows us. `name` is of the header or key; of `jwt` `claim` holds who we are (`options.identity`)."""

    kind: Literal["none", "header", "query", "body", "basic", "jwt"] = "none"
    name: str = "Authorization"
    prefix: str = ""
    algorithm: Literal["HS256", "HS512"] = "HS512"
    life_s: Annotated[int, Field(ge=5, le=86400)] = 60


class Dates(Strict):
    """How the MIS writes days and moments, as strptime reads them; `iso` is ISO 8601. The first is how we write."""

    day: tuple[str, ...] = ("%Y-%m-%d",)
    moment: tuple[str, ...] = ("iso",)

    @field_validator("day", "moment", mode="before")
    @classmethod
    def _one_or_more(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value


class Map(Strict):
    """A whole map. `phone` are the MIS's ways to write a number of +7, a # for each digit of the last ten; with none
    it is asked with every spelling there is.

    `zone` is of times that come without one, empty: the clinic's. `cut_at` is how many of anything we take at most.
    """

    format: Literal[1]
    name: str
    sources: tuple[str, ...] = ()
    capabilities: frozenset[Capability] = frozenset()
    address: str = ""
    zone: str = ""
    phone: tuple[str, ...] = ()
    encoding: Encoding = "json"
    expect: tuple[str, ...] = ()
    dates: Dates = Dates()
    auth: Auth = Auth()
    values: dict[str, str | int] = Field(default_factory=dict)
    errors: tuple[ErrorRule, ...] = ()
    operations: dict[OperationName, Operation] = Field(default_factory=dict)
    cut_at: Annotated[int, Field(ge=1, le=5000)] = 1000

    @field_validator("phone", mode="before")
    @classmethod
    def _one_or_more(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @field_validator("phone")
    @classmethod
    def _ten_digits(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if any(pattern.count("#") != 10 for pattern in value):
            raise ValueError("a way to write a number has ten #")
        return value

    @model_validator(mode="after")
    def _keeps_its_word(self) -> Map:
        for name, operation in self.operations.items():
            if operation.each is not None and EACH.get(operation.each) != name:
                raise ValueError(f"operations.{name}: each: {operation.each} is for {EACH[operation.each]}")
        unknown = sorted(self.capabilities - set(NEEDS))
        if unknown:
            raise ValueError(f"capabilities: a map cannot offer {', '.join(unknown)}")
        for capability in sorted(self.capabilities):
            ways = NEEDS[capability]
            if not any(all(name in self.operations for name in way) for way in ways):
                wanted = " or ".join("+".join(way) for way in ways)
                raise ValueError(f"capabilities: {capability} needs operations {wanted}")
        return self


def unfilled(raw: Mapping[str, Any]) -> frozenset[str]:
    """Return which operations of a map as written still hold a placeholder `<<…>>`."""
    operations = raw.get("operations")
    if not isinstance(operations, dict):
        return frozenset()
    return frozenset(str(name) for name, body in operations.items() if _holds(body))


def _holds(value: object) -> bool:
    if isinstance(value, dict):
        return any(_holds(part) for pair in value.items() for part in pair)
    if isinstance(value, list):
        return any(_holds(part) for part in value)
    return isinstance(value, str) and PLACEHOLDER.search(value) is not None


OPERATIONS: frozenset[str] = frozenset(get_args(OperationName))
