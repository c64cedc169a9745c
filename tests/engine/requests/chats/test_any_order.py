"""A machine that writes, answers, ends and merges conversations while the floor of routing lives its life.

After each step: a conversation has one open request at most, and it says which; who waits for an answer has a request;
what `chat` was told, taken by versions in any order, is how each request stands. The complaints about other systems'
queues that channels.md lists as T9–T12 stand below it by their names.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from engine import events as ev
from engine.effects import FindContact, TellStanding
from engine.live.drawing import Touched, draw_all
from engine.reducer import Outcome, reduce
from engine.world import Contact, ContactPoint, Conversation, Offer, Put, Request, World
from engine.world.reading import identity_of, point_of
from tests.engine import clinic as clinic_of
from tests.engine import floor as floor_of
from tests.engine.clinic import at
from tests.engine.floor import PEOPLE
from tests.engine.playbook import perform
from tests.engine.requests.chats.talks import closed, key, replied, said, wrote
from tests.engine.test_routing_rules import Routing

TALKS = tuple(key(serial) for serial in range(0x100, 0x106))
IDENTITIES = {talk: key(0x200 + place // 2) for place, talk in enumerate(TALKS)}
NUMBERS = ("+79990000001", "+79990000002")


class Store:
    """Whose points are whose, as the words say: what `engine.store.people.contacts` would answer."""

    def __init__(self) -> None:
        self.words: dict[str, list[str]] = {}

    def hear(self, outcomes: list[Any]) -> list[str]:
        """Note words; return the points somebody asks about."""
        asks: list[str] = []
        for outcome in outcomes:
            for one in outcome.changes:
                if isinstance(one, Put) and isinstance(one.entity, ContactPoint):
                    self.words.setdefault(one.entity.phone, []).append(one.entity.contact)
            asks += [one.phone for one in outcome.effects if isinstance(one, FindContact)]
        return asks

    def of(self, point: str) -> str:
        """Whose it is."""
        return self.words[point][-1] if point in self.words else self.own(point)

    def before(self, point: str) -> str | None:
        """Whose it was before."""
        stack = [self.own(point)]
        for word in self.words.get(point, []):
            stack = [*stack[: stack.index(word)], word] if word in stack else [*stack, word]
        return stack[-2] if len(stack) > 1 else None

    def found(self, point: str, second: float) -> ev.ContactFound:
        """The answer about a point."""
        contact = self.of(point)
        points = {one for one in self.words if self.of(one) == contact}
        points |= {one for one in (*NUMBERS, *map(point_of, IDENTITIES.values())) if self.of(one) == contact}
        return ev.ContactFound(
            at=at(second), phone=point, contact=contact, phones=tuple(sorted(points - {point}))
        )  # fmt: skip

    @staticmethod
    def own(point: str) -> str:
        """The contact of a point nobody has said anything about."""
        serial = NUMBERS.index(point) if point in NUMBERS else int(identity_of(point)[-3:], 16)
        return key(0x400 + serial)


class Talking(Routing):
    """See the module."""

    @initialize(seed=st.integers(0, 3))
    def begin(self, seed: int) -> None:
        super().begin(seed)
        self.seqs: Counter[str] = Counter()
        self.heard: Counter[str] = Counter()
        self.told: dict[str, TellStanding] = {}
        self.store = Store()
        self.asks: list[str] = []
        self.events = 0x500
        self.rows: dict[str, Any] = {}
        floor_of.perform = clinic_of.perform = self.performed

    def teardown(self) -> None:
        floor_of.perform = clinic_of.perform = perform

    def performed(self, world: World, event: Any) -> list[Outcome]:
        """Reduce and apply, as `perform` does; all is seen, and what is on the screens is drawn as the loop draws it."""
        outcomes, waiting = [], [event]
        while waiting:
            outcome = reduce(world, waiting.pop(0))
            undo = world.apply(outcome.changes)
            touched = Touched()
            touched.add(outcome.changes, undo)
            for (table, one), (_, row) in touched.draw(world).items():
                if table == "requests":
                    self.rows.pop(one, None)
                    self.rows |= {one: row} if row is not None else {}
            outcomes.append(outcome)
            waiting += outcome.again
        self.see(outcomes)
        return outcomes

    def see(self, outcomes: list[Any]) -> None:
        """Note what was told and asked."""
        self.asks += self.store.hear(outcomes)
        for outcome in outcomes:
            for one in outcome.effects:
                if isinstance(one, TellStanding):
                    known = self.told.get(one.request)
                    assert known is None or known.version <= one.version, "a word goes back in its version"
                    assert known is None or not known.over, "a word after the last one"
                    self.told[one.request] = one

    def say(self, event: Any) -> None:
        self.performed(self.world, event)

    def forget_place(self, talk: str) -> None:
        known = self.world.get(Conversation, talk)
        if known is not None and known.request is not None:
            self.places.pop(known.request, None)

    @rule(talk=st.sampled_from(TALKS), more=st.integers(1, 2), priority=st.sampled_from([0, 0, 30]), who=st.sampled_from(["", *PEOPLE]))
    def he_writes(self, talk: str, more: int, priority: int, who: str) -> None:
        self.seqs[talk] += more
        self.events += 1
        self.say(wrote(
            self.seqs[talk], self.tick(), key=key(self.events), conversation=talk, identity=IDENTITIES[talk],
            queue=("front", "back", "none")[TALKS.index(talk) % 3], priority=priority, preferred=who,
            emergency=priority > 0,
        ))  # fmt: skip
        self.forget_place(talk)

    @rule(talk=st.sampled_from(TALKS), back=st.integers(0, 3))
    def what_was_told_is_told_again(self, talk: str, back: int) -> None:
        known = self.world.get(Conversation, talk)
        if known is None or not known.seq:
            return
        before = all_of_it(self.world)
        self.say(wrote(max(1, known.seq - back), self.now, conversation=talk, identity=IDENTITIES[talk], key=key(0x4FF)))
        assert all_of_it(self.world) == before, "the same word twice changed something"

    @rule(talk=st.sampled_from(TALKS), late=st.integers(0, 1), who=st.sampled_from(PEOPLE))
    def the_clinic_answers(self, talk: str, late: int, who: str) -> None:
        if self.seqs[talk] > late:
            self.say(replied(self.seqs[talk] - late, self.tick(), who, talk))
            self.forget_place(talk)

    @rule(talk=st.sampled_from(TALKS), why=st.sampled_from(["patient", "idle", "spam", "closed"]))
    def it_ends(self, talk: str, why: str) -> None:
        self.forget_place(talk)
        self.say(closed(self.tick(), why, talk))

    @rule(talk=st.sampled_from(TALKS), number=st.sampled_from(NUMBERS), sure=st.booleans())
    def he_says_his_number(self, talk: str, number: str, sure: bool) -> None:
        self.events += 1
        self.say(said(
            self.tick(), number, verified=sure, conversation=talk, identity=IDENTITIES[talk], key=key(self.events)
        ))  # fmt: skip

    @rule(lost=st.booleans())
    def the_store_answers(self, lost: bool) -> None:
        asks, self.asks = self.asks, []
        for point in () if lost else asks:
            known = point in NUMBERS or point in map(point_of, IDENTITIES.values())
            if known:
                self.say(self.store.found(point, self.now))

    @rule(talk=st.sampled_from(TALKS), number=st.sampled_from(NUMBERS), back=st.booleans())
    def a_person_says_whose_it_is(self, talk: str, number: str, back: bool) -> None:
        known = self.world.get(Conversation, talk)
        if known is None or known.request is None:
            return
        point = point_of(IDENTITIES[talk])
        before = self.store.before(point)
        event: Any = ev.LinkAsked(
            at=at(self.tick()), command=f"link{self.events}", actor="boss", role="supervisor", request=known.request,
            contact=self.store.of(number), phone=number,
        )  # fmt: skip
        if back:
            event = ev.UnlinkAsked(
                at=at(self.tick()), command=f"unlink{self.events}", actor="boss", role="supervisor",
                request=known.request, contact=before, phone=point,
            )  # fmt: skip
        self.events += 1
        self.say(event)
        now = self.world.get(Request, known.request)
        assert now is not None
        if back and before is not None and before != now.contact:
            raise AssertionError("what was taken back is not as it was before")
        if not back:
            assert now.contact == self.store.of(number)

    @invariant()
    def conversations_hold(self) -> None:
        if not hasattr(self, "told"):
            return
        assert self.rows == draw_all(self.world)["requests"], "the screen lies"
        owners: Counter[str] = Counter()
        for one in self.world.all(Request):
            if one.conversation is None:
                continue
            owners[one.conversation] += 1
            talk = self.world.get(Conversation, one.conversation)
            assert talk is not None and talk.request == one.key, "a request whose conversation is another's"
            assert one.phone == point_of(talk.identity)
            told = self.told[one.key]
            assert (told.status, told.owner, told.queue) == (one.status, one.owner or "", one.queue)
            assert told.over is False and told.version <= one.version
        open_ones = {one.key for one in self.world.all(Request)}
        assert all(told.over for one, told in self.told.items() if one not in open_ones), "nobody said it is over"
        assert all(count == 1 for count in owners.values()), "two open requests of one conversation"
        for talk in self.world.all(Conversation):
            assert talk.request is None or self.world.get(Request, talk.request) is not None
            assert (talk.unheard > 0) == (talk.waits_since is not None)
            if talk.unheard:
                assert talk.request is not None, "he waits for an answer, and nobody knows"
            assert not (talk.over and talk.request is None), "what is over stays for nothing"
        for contact in self.world.all(Contact):
            assert len({contact.phone, *contact.phones}) == 1 + len(contact.phones)


def all_of_it(world: World) -> set[Any]:
    """What of the world a repeated word must leave alone."""
    return {*world.all(Request), *world.all(Conversation), *world.all(Offer)}


TestTalking = Talking.TestCase
TestTalking.settings = settings(max_examples=50, stateful_step_count=60, deadline=None)
