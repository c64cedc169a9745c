"""Promise the caller to call him back."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Annotated, Literal

from pydantic import Field

from engine.ivr import saying
from engine.ivr.fields import Key, PromptName, Prompts, QueueName, Seconds, StepName, Tries
from engine.ivr.orders import Answer, Caller, Digits, Leave, Order, Promise, Read
from engine.ivr.steps import Step, clashing, step
from engine.ivr.talking import Walk, ask, hear, language, pressed, sounds
from okno import phones

Few = Annotated[list[PromptName], Field(max_length=20)]
_LONGEST_NUMBER = 15


@step("callback")
class CallingBack(Step):
    """Offer to call back; the key `here` takes the number he calls from, `elsewhere` lets him key in another.

    A number keyed in is read to him, and `here` says that it is right. Who hides his number is asked for one at once.
    An empty queue is that of the number he dialled. Promised: he hears `thanks`, and the call ends unless there is a
    `next`. No such key: `otherwise`. `failed` (else `otherwise`): nothing could be promised.
    """

    kind: Literal["callback"] = "callback"
    prompts: Prompts
    queue: QueueName | Literal[""] = ""
    here: Key = "1"
    elsewhere: Key | None = "2"
    number: Few = Field(default_factory=list)
    right: Few = Field(default_factory=list)
    wrong: PromptName | None = None
    wait_s: Seconds = 5
    tries: Tries = 2
    thanks: Few = Field(default_factory=list)
    next: StepName | None = None
    otherwise: StepName
    failed: StepName | None = None

    def walk(self, caller: Caller) -> Walk:
        """Offer, agree on a number, promise."""
        phone = yield from self._agreed(caller)
        if not phone:
            return self.otherwise
        promised = yield from ask(Promise(phone=phone, queue=self.queue), bool)
        if not promised:
            return self.failed or self.otherwise
        yield from hear(caller, sounds(caller, self.thanks))
        return self.next or Leave(to="promised")

    def ends(self) -> bool:
        """Whether the call ends with the promise."""
        return self.next is None

    def doubts(self) -> Iterator[tuple[str, str, str]]:
        """Yield keys that mean two things, and a number asked for without words."""
        yield from clashing([("here", self.here), ("elsewhere", self.elsewhere)])
        if self.elsewhere is not None and not (self.number and self.right):
            yield "number", "no_question", "another number is offered, and nothing asks for it"

    def _agreed(self, caller: Caller) -> Generator[Order, Answer, str]:
        """The number to call; empty when he does not want it."""
        if not caller.phone:
            return (yield from self._other(caller)) if self.number else ""
        for _ in range(self.tries):
            key = pressed(caller) or (yield from self._key(sounds(caller, self.prompts)))
            if key == self.here:
                return caller.phone
            if key and key == self.elsewhere:
                return (yield from self._other(caller))
        return ""

    def _other(self, caller: Caller) -> Generator[Order, Answer, str]:
        """A number he keys in and says is right."""
        before: tuple[str, ...] = ()
        for _ in range(self.tries):
            read = Read(sounds=before + sounds(caller, self.number), most=_LONGEST_NUMBER, wait_s=self.wait_s)
            keys = (yield from ask(read, Digits)).keys
            found = phones.parse(keys, country=caller.country, area_code=caller.area_code) if keys else None
            before = sounds(caller, [self.wrong])
            if found is None or not found.callable_back:
                continue
            said = saying.phone(language(caller), found.e164) + sounds(caller, self.right)
            if (yield from self._key(said)) == self.here:
                return found.e164
            before = ()
        return ""

    def _key(self, said: tuple[str, ...]) -> Generator[Order, Answer, str]:
        return (yield from ask(Read(sounds=said, most=1, wait_s=self.wait_s, end_on=""), Digits)).keys
