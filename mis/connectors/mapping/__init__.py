"""A MIS described by a map: a YAML that says how it is asked and what its answers mean (docs/mis/mapping.md)."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from pydantic import Field, ValidationError

from mis.connectors import BadOptions, Setup, connector
from mis.connectors.mapping.asking import Asking, compile_map
from mis.connectors.mapping.fields import Zones
from mis.connectors.mapping.format import Auth, Map, Strict, unfilled
from mis.connectors.mapping.questions import rehearse
from mis.connectors.mapping.source import Views, Wire
from mis.connectors.mapping.source.credentials import Credentials, tls
from mis.connectors.mapping.source.paths import compiled
from mis.connectors.mapping.visits import MappingConnector
from mis.terms import Connector

MAPS = Path(__file__).parent / "maps"


class Options(Strict):
    """`mis.options` of this connector.

    `map` is the name of a map that travels with Okno or the path of a clinic's own. `zones` are those of branches whose
    clock is not the clinic's. `identity` is who we are (Basic's user when `mis.user` is empty, `iss` of a token).
    `values` fill the templates of the map. `certificate`, `key` and `ca` are PEM files for TLS. `database` is the
    address of the views (default: `mis.address`), `database_secret` names its password (default: `mis.secret`).
    """

    map: str
    zones: dict[str, str] = Field(default_factory=dict)
    identity: str = ""
    values: dict[str, str | int] = Field(default_factory=dict)
    certificate: str = ""
    key: str = ""
    ca: str = ""
    database: str = ""
    database_secret: str = ""


def shipped() -> list[str]:
    """Return the names of the maps that travel with Okno."""
    return sorted(file.stem for file in MAPS.glob("*.yaml"))


def load(name: str) -> Map:
    """Return a map by its name or path, without the operations that still hold placeholders.

    Raises BadOptions: there is none, it is no YAML, or it says what a map cannot say; the message names the key.
    """
    path = MAPS / f"{name}.yaml" if name in shipped() else Path(name).expanduser()
    try:
        raw = yaml.safe_load(path.read_text("utf-8"))
    except OSError:
        raise BadOptions(f"mis.options.map: {name!r} is neither a file nor one of {', '.join(shipped())}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        raise BadOptions(f"mis.options.map: no YAML{f', line {mark.line + 1}' if mark else ''}") from None
    if not isinstance(raw, dict):
        raise BadOptions("mis.options.map: a map is a YAML of keys")
    left_out = unfilled(raw)
    if left_out:
        raw = {**raw, "operations": {key: value for key, value in raw["operations"].items() if key not in left_out}}
    try:
        made = Map.model_validate(raw)
    except ValidationError as error:
        raise BadOptions(f"mis.options.map: {_mistakes(error)}") from None
    _check_paths(made)
    return made


@connector("mapping")
def make(setup: Setup) -> Connector:
    """Return the connector of a map. Raises BadOptions, SecretMissing."""
    try:
        options = Options.model_validate(setup.settings.options)
    except ValidationError as error:
        raise BadOptions(f"mis.options: {_mistakes(error)}") from None
    made = load(options.map)
    values, templates = {**made.values, **options.values}, compile_map(made)
    rehearse(made, templates, values)
    return MappingConnector(
        Asking(
            map=made,
            zones=_zones(setup, options, made),
            wire=_wire(setup, options, made),
            views=_views(setup, options, made),
            values=values,
            templates=templates,
        )
    )


def _wire(setup: Setup, options: Options, made: Map) -> Wire | None:
    if not any(one.request for one in made.operations.values()):
        return None
    address = setup.settings.address or made.address
    if not address.startswith(("http://", "https://")):
        raise BadOptions("mis.address: the map is asked over HTTP; its address is https://…")
    context = tls(options.certificate, options.key, options.ca)
    return Wire(address, made, _credentials(setup, options, made.auth), context)


def _credentials(setup: Setup, options: Options, auth: Auth) -> Credentials:
    identity = options.identity or setup.settings.user
    if auth.kind == "none":
        return Credentials(auth, "", identity)
    if auth.kind in ("basic", "jwt") and not identity:
        raise BadOptions("mis.options.identity: the map needs it (who we are)")
    if not setup.settings.secret:
        raise BadOptions("mis.secret: the map needs a credential")
    return Credentials(auth, setup.secret(setup.settings.secret), identity)


def _views(setup: Setup, options: Options, made: Map) -> Views | None:
    if not any(one.sql for one in made.operations.values()):
        return None
    address = options.database or setup.settings.address
    if not address.startswith(("postgresql://", "postgres://")):
        raise BadOptions("mis.options.database: the map asks views; their address is postgresql://user@host/database")
    secret = options.database_secret or ("" if options.database else setup.settings.secret)
    return Views(address, setup.secret(secret) if secret else "", made.cut_at)


def _zones(setup: Setup, options: Options, made: Map) -> Zones:
    try:
        general = ZoneInfo(made.zone) if made.zone else setup.zone
        return Zones(general, {branch: ZoneInfo(name) for branch, name in options.zones.items()})
    except (ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError
        raise BadOptions("mis.options.zones: an IANA name is wanted, such as Asia/Yekaterinburg") from None
    except KeyError:
        raise BadOptions("mis.options.zones: there is no such zone; a name as Asia/Yekaterinburg is wanted") from None


def _check_paths(made: Map) -> None:
    """Compile every path of a map, so that a broken one is told at the start and not with a patient on the line."""
    for operation in made.operations.values():
        for path in operation.items:
            compiled(path)
        for spec in operation.fields.values():
            for path in (*spec.path, *spec.first):
                compiled(path)
    for rule in (*made.errors, *(rule for one in made.operations.values() for rule in one.errors)):
        for condition in rule.when:
            compiled(condition.path or "$")


def _mistakes(error: ValidationError) -> str:
    """Return the mistakes by key; what was written there is not repeated, it may be a secret."""
    told: list[dict[str, Any]] = [dict(one) for one in error.errors(include_input=False, include_url=False)]
    return "; ".join(f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in told[:5])
