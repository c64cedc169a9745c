"""OpenAPI 3.1 out of the declared routes, their pydantic models and the table of permissions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from okno import __version__
from web.accounts.roles import PERMISSIONS
from web.rest.endpoint import Endpoint

_REF = "#/components/schemas/{model}"
_PROBLEM = {
    "type": "object",
    "description": "RFC 9457 problem details; `key` names the words a person sees.",
    "properties": {
        **{name: {"type": "string"} for name in ("type", "title", "key", "why", "by", "idempotency_key")},
        "status": {"type": "integer"},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
    "required": ["type", "title", "status"],
}


def document(endpoints: Iterable[Endpoint], prefix: str) -> dict[str, Any]:
    """Return the OpenAPI document of the declared routes.

    Args:
        endpoints: the routes.
        prefix: what stands before their paths.
    """
    known = list(endpoints)
    models: list[tuple[type[BaseModel], Any]] = [(one.answers, "serialization") for one in known]
    models += [(model, "validation") for one in known for model in (one.body, one.query) if model is not None]
    names, definitions = models_json_schema(models, ref_template=_REF)
    paths: dict[str, dict[str, Any]] = {}
    for one in known:
        paths.setdefault(prefix + one.path, {})[one.method.lower()] = _operation(one, names)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Okno", "version": __version__, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": {**definitions.get("$defs", {}), "Problem": _PROBLEM},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def _operation(one: Endpoint, names: dict[Any, Any]) -> dict[str, Any]:
    schema = names[(one.answers, "serialization")]
    good = {"description": one.summary, "content": {"application/json": {"schema": schema}}}
    problem = {
        "description": "A problem",
        "content": {"application/problem+json": {"schema": {"$ref": _REF.format(model="Problem")}}},
    }
    statuses = ["400", "401", "403", "422", "503"]
    statuses += (["404"] if "{id}" in one.path else []) + (["409", "413"] if one.method != "GET" else [])
    operation: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.summary,
        "x-okno-permission": one.permission,
        "x-okno-roles": sorted(PERMISSIONS[one.permission]),
        "parameters": [*_path_parameters(one), *_query_parameters(one), *_header_parameters(one)],
        "responses": {str(one.status): good, **dict.fromkeys(sorted(statuses), problem)},
    }
    if one.body is not None:
        operation["requestBody"] = {
            "required": True, "content": {"application/json": {"schema": names[(one.body, "validation")]}}
        }
    return operation


def _path_parameters(one: Endpoint) -> list[dict[str, Any]]:
    if "{id}" not in one.path:
        return []
    return [{"name": "id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}]


def _query_parameters(one: Endpoint) -> list[dict[str, Any]]:
    if one.query is None:
        return []
    schema = one.query.model_json_schema(by_alias=True, ref_template=_REF)
    needed = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in needed, "schema": field}
        for name, field in schema["properties"].items()
    ]


def _header_parameters(one: Endpoint) -> list[dict[str, Any]]:
    headers = [{
        "name": "Okno-Reason", "in": "header", "required": False,
        "schema": {"type": "string", "maxLength": 200},
        "description": "why; stands in the audit trail",
    }]
    if one.method == "POST":
        headers.append({
            "name": "Idempotency-Key", "in": "header", "required": False,
            "schema": {"type": "string", "maxLength": 100},
            "description": "the same key of the same token is the same order",
        })
    return headers
