"""What the fields of a step may hold, and which of them name something that must exist elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel, Field, StringConstraints

from okno.settings.directory import Extension, Name

What = Literal["step", "prompt", "queue", "hours", "extension", "http", "fact"]


@dataclass(frozen=True, slots=True)
class Ref:
    """A field's value is a name of something: of a step of the same flow, of a prompt, a queue … of the directory.

    Args:
        what: the thing.
        chosen: for a step: one gets there only by pressing a key, never by keeping silent.
    """

    what: What
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Named:
    """One name that a step gives.

    Args:
        path: the field: `choices[2].next`.
        ref: what it is a name of.
        name: the value; never empty.
    """

    path: str
    ref: Ref
    name: str


def _shown(what: What) -> Any:
    return Field(json_schema_extra={"okno": what})


StepName = Annotated[Name, Ref("step"), _shown("step")]
ChosenStep = Annotated[Name, Ref("step", chosen=True), _shown("step")]
PromptName = Annotated[Name, Ref("prompt"), _shown("prompt")]
QueueName = Annotated[Name, Ref("queue"), _shown("queue")]
HoursName = Annotated[Name, Ref("hours"), _shown("hours")]
ExtensionName = Annotated[Extension, Ref("extension"), _shown("extension")]
HttpName = Annotated[Name, Ref("http"), _shown("http")]
FactName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,29}$"), Ref("fact"), _shown("fact")]
Key = Annotated[str, StringConstraints(pattern=r"^[0-9*#]$"), _shown("key")]
Value = Annotated[str, StringConstraints(max_length=80), _shown("value")]
"""A text, or `$name`: the fact of that name."""
Prompts = Annotated[list[PromptName], Field(min_length=1, max_length=20)]
Seconds = Annotated[float, Field(ge=0.5, le=60)]
Tries = Annotated[int, Field(ge=1, le=9)]


def names(model: BaseModel, place: str = "") -> Iterator[Named]:
    """Yield every name that a step gives, in the order of its fields."""
    for field, info in type(model).model_fields.items():
        ref = next((one for one in info.metadata if isinstance(one, Ref)), None)
        yield from _names(getattr(model, field), info.annotation, ref, f"{place}{field}")


def _names(value: Any, annotation: Any, ref: Ref | None, path: str) -> Iterator[Named]:
    if isinstance(value, BaseModel):
        yield from names(value, f"{path}.")
    elif get_origin(annotation) is Annotated:
        inner, *more = get_args(annotation)
        yield from _names(value, inner, next((one for one in more if isinstance(one, Ref)), ref), path)
    elif isinstance(value, str) and value:
        ref = ref or next((found for found in map(_ref, get_args(annotation)) if found), None)
        if ref is not None:
            yield Named(path, ref, value)
    elif isinstance(value, dict):
        inner = get_args(annotation)[1]
        for key, item in value.items():
            yield from _names(item, inner, None, f"{path}.{key}")
    elif isinstance(value, list | tuple):
        inner = get_args(annotation)[0]
        for index, item in enumerate(value):
            yield from _names(item, inner, None, f"{path}[{index}]")


def _ref(annotation: Any) -> Ref | None:
    """The mark inside `StepName | None`."""
    if get_origin(annotation) is not Annotated:
        return None
    return next((one for one in get_args(annotation)[1:] if isinstance(one, Ref)), None)
