"""The commands of people, as the engine received them. Each is answered once, by `AnswerCommand`.

`command` is the caller's own id (a UUID minted where the person clicked): the same id again gets the same answer.
`version` is the version of the request the person saw; None means «whatever it is now».
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A person wants something. `actor` is the account's name, `operator` the operator it stands for, if any."""

    at: datetime
    command: str
    actor: str
    role: str
    operator: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceAsked(Asked):
    """The operator says he is `available`, on `break` (with a reason of the settings) or `offline`.

    `phone` is the phone he works with from now on (`desk`, `web`; empty = as before). `target` is whom a supervisor
    means; None = himself.
    """

    presence: str
    reason: str = ""
    phone: str = ""
    target: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuesAsked(Asked):
    """A supervisor gives an operator these queues until he logs off; None = those of the directory again."""

    target: str
    queues: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillsAsked(Asked):
    """A supervisor gives an operator these skills (name, level) until he logs off; None = the directory's again."""

    target: str
    skills: tuple[tuple[str, int], ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptAsked(Asked):
    """Accept an offer."""

    offer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefuseAsked(Asked):
    """Refuse an offer; the request keeps its place."""

    offer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProlongAsked(Asked):
    """Half a minute more to finish a request after the talk."""

    request: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PrioritiseAsked(Asked):
    """A supervisor raises or lowers a request."""

    request: str
    priority: int
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkAsked(Asked):
    """Say whose request this is: by a known contact, or by his number (E.164)."""

    request: str
    contact: str | None = None
    phone: str = ""
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlinkAsked(Asked):
    """Take back whose a request's number or messenger was said to be; `contact` is whose it was before, by `phone`."""

    request: str
    contact: str | None = None
    phone: str = ""
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NameAsked(Asked):
    """Say what the contact of a request is called; an empty name takes the old one back."""

    request: str
    name: str
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifyAsked(Asked):
    """Say which patient of the MIS a request is about. `verified` are the kinds of identifiers, never the answers."""

    request: str
    patient: str
    verified: tuple[str, ...]
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DisownAsked(Asked):
    """Take back which patient a request is about."""

    request: str
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageAsked(Asked):
    """A supervisor writes to one operator, to a queue's operators, or (neither set) to everybody on duty."""

    text: str
    to_operator: str | None = None
    to_queue: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenAsked(Asked):
    """An operator has read a notice."""

    notice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneAsked(Asked):
    """An order about a phone: answered when the PBX has said what came of it (`OrderEnded`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DialAsked(PhoneAsked):
    """Call a patient (E.164) or a colleague (extension) from one's own phone, for a request when one is named."""

    to: str
    request: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUpAsked(PhoneAsked):
    """End one's own part in a call."""

    call: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PassAsked(PhoneAsked):
    """Transfer a call: `blind`, or `attended` with a consultation first; to an extension, a queue or a number."""

    call: str
    how: str
    to: str = ""
    to_queue: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultAsked(PhoneAsked):
    """What becomes of a consultation: `complete`, `abort`, `swap` (talk with the other one) or `join` (all three)."""

    call: str
    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TonesAsked(PhoneAsked):
    """Send tones (0-9, *, #) to the other side."""

    call: str
    digits: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SpyAsked(PhoneAsked):
    """A supervisor hears an operator's talk (`listen`), speaks to him alone (`whisper`) or to both (`barge`)."""

    target: str
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeAsked(Asked):
    """Take a waiting request as one's own."""

    request: str
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteAsked(Asked):
    """Close a request with an outcome of the settings; ends the wrap-up."""

    request: str
    version: int | None = None
    outcome: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostponeAsked(Asked):
    """Put a request aside until a time; it then stands in its queue again."""

    request: str
    until: datetime
    version: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferAsked(Asked):
    """Give a request to another operator or back to a queue; exactly one of them is set."""

    request: str
    version: int | None = None
    to_operator: str | None = None
    to_queue: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteAsked(Asked):
    """Add a note to a request's history."""

    request: str
    note: str
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAsked(Asked):
    """Make a request by hand (`POST /requests`) for a phone number. `id` is the new request's id."""

    id: str
    kind: str
    queue: str
    phone: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackAsked(Asked):
    """Promise to call a person: a new request (`id`, for `phone`), or the promise of one there is (`request`).

    `when` None: as soon as may be. `source` says who asked when no person did it by hand (`rest`, `form`).
    """

    id: str
    phone: str = ""
    queue: str = ""
    when: datetime | None = None
    note: str = ""
    request: str | None = None
    source: str = "operator"
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedAsked(Asked):
    """The operator says how a dialling ended, where the line cannot tell: `machine`, `wrong_number`, `reached`."""

    request: str
    outcome: str
    version: int | None = None
