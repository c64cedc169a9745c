"""The requests of a map, rendered: sandboxed Jinja2, each value fitted to where it goes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote

from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from mis.connectors import BadOptions
from mis.connectors.mapping.format import Request

Context = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rendered:
    """A request as it goes out; `body` is empty when there is none. No repr: it holds what is said of people."""

    method: str
    path: str = field(repr=False)
    query: dict[str, str] = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    form: dict[str, str] | None = field(default=None, repr=False)
    json: dict[str, Any] | None = field(default=None, repr=False)
    xml: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class RequestTemplate:
    """A request of a map, compiled once."""

    method: str
    path: Template
    query: dict[str, Template]
    headers: dict[str, Template]
    form: dict[str, Template]
    json: Any
    xml: Template | None

    def render(self, context: Context) -> Rendered:
        """Return the request for one question. Raises BadOptions when a template asks for what is not there."""
        try:
            return Rendered(
                method=self.method,
                path=self.path.render(context),
                query=_pairs(self.query, context),
                headers=_pairs(self.headers, context),
                form=_pairs(self.form, context) if self.form else None,
                json=_tree(self.json, context) if self.json else None,
                xml=self.xml.render(context).strip().encode() if self.xml else None,
            )
        except (TemplateError, ValueError, TypeError) as error:
            # The text of such an error may quote a value: only its kind is told.
            raise BadOptions(f"mis.options.map: a template fails ({type(error).__name__})") from None


def compile_request(request: Request) -> RequestTemplate:
    """Return a request ready to be rendered. Raises BadOptions when a template is broken."""
    plain, path, xml = _environment(None), _environment(_quoted), _environment(None, autoescape=True)
    try:
        return RequestTemplate(
            method=request.method,
            path=path.from_string(request.path),
            query={key: plain.from_string(text) for key, text in request.query.items()},
            headers={key: plain.from_string(text) for key, text in request.headers.items()},
            form={key: plain.from_string(text) for key, text in request.form.items()},
            json=_compiled(request.json_, plain),
            xml=xml.from_string(request.xml) if request.xml else None,
        )
    except TemplateError as error:
        raise BadOptions(f"mis.options.map: a template is broken: {error}") from None


def _environment(finalize: Callable[[Any], str] | None, *, autoescape: bool = False) -> ImmutableSandboxedEnvironment:
    made = ImmutableSandboxedEnvironment(undefined=StrictUndefined, finalize=finalize, autoescape=autoescape)
    made.filters.update(strf=_strf, plus_minutes=_plus_minutes, minutes_until=_minutes_until)
    return made


def _quoted(value: Any) -> str:
    """Fit a value into one segment of a path: an id with a slash must not lead elsewhere."""
    return quote(str(value), safe="")


def _strf(value: Any, pattern: str) -> str:
    """Write a day or a moment; nothing stays nothing."""
    if value is None or value == "":
        return ""
    if not isinstance(value, date | datetime):
        raise TypeError("strf wants a day or a moment")
    return value.strftime(pattern)


def _plus_minutes(value: datetime, minutes: int) -> datetime:
    return value + timedelta(minutes=minutes)


def _minutes_until(start: datetime, end: datetime) -> int:
    return int((end - start).total_seconds() // 60)


def _pairs(templates: Mapping[str, Template], context: Context) -> dict[str, str]:
    """Render keys and values; a key that ends with `?` is left out when its value is empty."""
    made: dict[str, str] = {}
    for key, template in templates.items():
        text = template.render(context)
        if text or not key.endswith("?"):
            made[key.removesuffix("?")] = text
    return made


def _compiled(value: Any, environment: ImmutableSandboxedEnvironment) -> Any:
    if isinstance(value, dict):
        return {key: _compiled(part, environment) for key, part in value.items()}
    if isinstance(value, list):
        return [_compiled(part, environment) for part in value]
    return environment.from_string(value) if isinstance(value, str) else value


def _tree(value: Any, context: Context) -> Any:
    """Render a JSON body; `{number: "{{ … }}"}` is a number, everything else a template makes is a text."""
    if isinstance(value, dict):
        if set(value) == {"number"}:
            text = str(_tree(value["number"], context))
            return json.loads(text) if text else None
        made = {key: _tree(part, context) for key, part in value.items()}
        return {key.removesuffix("?"): part for key, part in made.items() if part not in ("", None) or key[-1:] != "?"}
    if isinstance(value, list):
        return [part for part in (_tree(part, context) for part in value) if part not in ("", None)]
    return value.render(context) if isinstance(value, Template) else value
