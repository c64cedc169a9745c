"""The engine as the web service asks it, and what is made of its silence and its refusals."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping
from typing import Any, Protocol

from web.accounts.roles import Identity

Answer = dict[str, Any]


class Engine(Protocol):
    """What the web service needs of `engine.client.EngineClient`; `person` is whom the engine's audit names."""

    def live(self, epoch: str | None, seq: int | None) -> AsyncGenerator[Answer, None]:
        """Yield the engine's live messages for ever, reconnecting as needed."""

    async def command(
        self, command: str, name: str, *, actor: str, role: str, operator: str | None, args: Mapping[str, Any]
    ) -> Answer:
        """Carry out an order once; the same `command` id again gets the same answer."""

    async def card(
        self, *, request: str | None, call: str | None, actor: str, role: str, operator: str | None, purpose: str
    ) -> Answer:
        """Return a card; its display is audited before it is returned."""

    async def callback_bounds(self, wanted: Mapping[str, Any]) -> Answer:
        """Return what bounds a promise to call: {callable, clocks, own, quiet, next_at, promised}."""

    async def calls(self, *, actor: str, role: str, purpose: str, params: Mapping[str, str]) -> Answer:
        """Return a page of calls: {items, cursor}."""

    async def call(self, call: str, *, actor: str, role: str, purpose: str) -> Answer:
        """Return one call."""

    async def search_calls(
        self, *, actor: str, role: str, purpose: str, last4: str | None, phone: str | None
    ) -> Answer:
        """Return calls of a number: {items}."""

    async def search(self, text: str, *, actor: str, role: str, purpose: str) -> Answer:
        """Return what a text finds: {items}."""

    async def timeline(
        self, wanted: Mapping[str, Any], *, actor: str, role: str, purpose: str, operator: str | None
    ) -> Answer:
        """Return a page of what was before with a contact: {items, cursor, missing}."""

    async def hints(self, after: int | None = None) -> Answer:
        """Return the hints: {version, items}, items None when nothing changed."""

    async def hint(self, what: str, hint: Mapping[str, Any], *, actor: str, role: str, purpose: str) -> Answer:
        """Change (`save`) or hide (`remove`) a hint: {ok, why, hint, version}."""

    async def blocked(self, *, actor: str, role: str, purpose: str) -> Answer:
        """Return the numbers nobody is to call back: {items}."""

    async def requests(self, *, actor: str, role: str, purpose: str, params: Mapping[str, str]) -> Answer:
        """Return a page of requests: {items, cursor}."""

    async def request(self, request: str, *, actor: str, role: str, purpose: str) -> Answer:
        """Return one request with its history."""

    async def notices(self, operator: str) -> Answer:
        """Return the messages an operator has not read yet: {items}."""

    async def queue_statistics(self, params: Mapping[str, str]) -> Answer:
        """Return figures of queues: {from, to, by, queue, items}."""

    async def pages(self, here: Iterable[str], left: Iterable[str]) -> Answer:
        """Tell which operators have a page open, and who has just lost his last one here."""

    async def phone(self, action: str, *, actor: str, role: str, operator: str) -> Answer:
        """Ask about the phone in an operator's page: `give`, `door` or `rotate`."""

    async def directory(self, after: int = 0) -> Answer:
        """Return the directory in force: {version, epoch, head, document}."""

    async def directory_versions(self, *, before: int | None, limit: int) -> Answer:
        """Return versions of the directory, the newest first: {items}."""

    async def directory_version(self, version: int, *, against: int | None) -> Answer:
        """Return a version and what differs from another."""

    async def directory_check(self, document: Mapping[str, Any]) -> Answer:
        """Return what would come of a document."""

    async def directory_change(
        self, *, actor: str, role: str, base: int, document: Mapping[str, Any], note: str, force: bool
    ) -> Answer:
        """Save a document as the next version."""

    async def directory_undo(
        self, *, actor: str, role: str, base: int, version: int, note: str, force: bool
    ) -> Answer:
        """Save the document of an old version again."""

    async def lists(self, what: str, body: Mapping[str, Any], *, actor: str, role: str, purpose: str) -> Answer:
        """Ask about outbound lists, or give an order about them."""

    async def prompt(self, file: str) -> bytes:
        """Return an uploaded prompt as a WAV file."""

    async def prompt_upload(self, sound: bytes, *, actor: str, role: str) -> Answer:
        """Keep a sound as a prompt: {file, seconds}."""

    async def prompt_speak(self, text: str, language: str) -> bytes:
        """Return a text spoken, as a WAV file."""

    async def message(
        self, request: str, number: int, *, actor: str, role: str, purpose: str, operator: str | None
    ) -> tuple[bytes, Answer]:
        """Return a message a caller left, as a WAV file; audited before it is returned."""

    async def ivr_kinds(self) -> Answer:
        """Return the JSON schemas of all kinds of steps, and the names of `engine.http`: {kinds, addresses}."""

    async def ivr_counts(self) -> Answer:
        """Return how many callers are in which step: {since, flows}."""

    async def ivr_check(self, document: Mapping[str, Any]) -> Answer:
        """Return the flaws of a draft's flows: {flaws}."""

    async def ivr_try(self, wish: Mapping[str, Any]) -> Answer:
        """Return a draft's flow walked: {lines, wants, leave, step, broken}."""


class Asking:
    """One person's way to the engine: every query carries who asks, as what and why."""

    def __init__(self, engine: Engine, who: Identity, purpose: str) -> None:
        self._engine = engine
        self.who = who
        self._purpose = purpose

    @property
    def purpose(self) -> str:
        """Why it is asked, for the audit trail."""
        return self._purpose

    async def command(self, command: str, name: str, args: Mapping[str, Any], *, operator: str | None = None) -> Answer:
        """Carry out an order for the asking person, or for `operator` when he acts for one."""
        return await self._engine.command(
            command, name, actor=self.who.name, role=self.who.role, operator=operator or self.who.operator, args=args
        )

    async def card(self, *, request: str | None, call: str | None) -> Answer:
        """Return a card."""
        return await self._engine.card(
            request=request, call=call, actor=self.who.name, role=self.who.role, operator=self.who.operator,
            purpose=self._purpose,
        )

    async def calls(self, params: Mapping[str, str]) -> Answer:
        """Return a page of calls."""
        return await self._engine.calls(actor=self.who.name, role=self.who.role, purpose=self._purpose, params=params)

    async def call(self, call: str) -> Answer:
        """Return one call."""
        return await self._engine.call(call, actor=self.who.name, role=self.who.role, purpose=self._purpose)

    async def search_calls(self, *, last4: str | None, phone: str | None) -> Answer:
        """Return calls of a number."""
        return await self._engine.search_calls(
            actor=self.who.name, role=self.who.role, purpose=self._purpose, last4=last4, phone=phone
        )

    async def search(self, text: str) -> Answer:
        """Return what a text finds."""
        return await self._engine.search(text, actor=self.who.name, role=self.who.role, purpose=self._purpose)

    async def timeline(self, wanted: Mapping[str, Any]) -> Answer:
        """Return a page of what was before with a contact."""
        return await self._engine.timeline(
            wanted, actor=self.who.name, role=self.who.role, purpose=self._purpose, operator=self.who.operator
        )

    async def hint(self, what: str, hint: Mapping[str, Any]) -> Answer:
        """Change or hide a hint."""
        return await self._engine.hint(what, hint, actor=self.who.name, role=self.who.role, purpose=self._purpose)

    async def blocked(self) -> Answer:
        """Return the numbers nobody is to call back."""
        return await self._engine.blocked(actor=self.who.name, role=self.who.role, purpose=self._purpose)

    async def requests(self, params: Mapping[str, str]) -> Answer:
        """Return a page of requests."""
        return await self._engine.requests(
            actor=self.who.name, role=self.who.role, purpose=self._purpose, params=params
        )

    async def request(self, request: str) -> Answer:
        """Return one request with its history."""
        return await self._engine.request(request, actor=self.who.name, role=self.who.role, purpose=self._purpose)

    async def queue_statistics(self, params: Mapping[str, str]) -> Answer:
        """Return figures of queues; they are about no patient."""
        return await self._engine.queue_statistics(params)

    async def prompt(self, file: str) -> bytes:
        """Return an uploaded prompt as a WAV file."""
        return await self._engine.prompt(file)

    async def prompt_upload(self, sound: bytes) -> Answer:
        """Keep a sound as a prompt."""
        return await self._engine.prompt_upload(sound, actor=self.who.name, role=self.who.role)

    async def prompt_speak(self, text: str, language: str) -> bytes:
        """Return a text spoken."""
        return await self._engine.prompt_speak(text, language)

    async def directory(self) -> Answer:
        """Return the directory in force."""
        return await self._engine.directory()

    async def directory_versions(self, before: int | None, limit: int) -> Answer:
        """Return versions of the directory."""
        return await self._engine.directory_versions(before=before, limit=limit)

    async def directory_version(self, version: int, against: int | None) -> Answer:
        """Return a version and what differs from another."""
        return await self._engine.directory_version(version, against=against)

    async def directory_check(self, document: Mapping[str, Any]) -> Answer:
        """Return what would come of a document."""
        return await self._engine.directory_check(document)

    async def directory_change(self, base: int, document: Mapping[str, Any], note: str, force: bool) -> Answer:
        """Save a document as the next version."""
        return await self._engine.directory_change(
            actor=self.who.name, role=self.who.role, base=base, document=document, note=note, force=force
        )

    async def directory_undo(self, base: int, version: int, note: str, force: bool) -> Answer:
        """Save the document of an old version again."""
        return await self._engine.directory_undo(
            actor=self.who.name, role=self.who.role, base=base, version=version, note=note, force=force
        )

    async def lists(self, what: str, body: Mapping[str, Any]) -> Answer:
        """Ask about outbound lists, or give an order about them."""
        return await self._engine.lists(
            what, body, actor=self.who.name, role=self.who.role, purpose=self._purpose
        )

    async def ivr_kinds(self) -> Answer:
        """Return the kinds of steps."""
        return await self._engine.ivr_kinds()

    async def ivr_counts(self) -> Answer:
        """Return how many callers are in which step."""
        return await self._engine.ivr_counts()

    async def ivr_check(self, document: Mapping[str, Any]) -> Answer:
        """Return the flaws of a draft's flows."""
        return await self._engine.ivr_check(document)

    async def ivr_try(self, wish: Mapping[str, Any]) -> Answer:
        """Return a draft's flow walked."""
        return await self._engine.ivr_try(wish)
