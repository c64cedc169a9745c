"""The world and a draft over it."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from engine.world import Append, Contact, Counter, Draft, Drop, HistoryEntry, Put, Timer, World
from tests.engine.playbook import everything

NOW = datetime(2026, 11, 21, tzinfo=UTC)
contacts = st.builds(
    Contact, key=st.sampled_from("abc"), phone=st.sampled_from(["", "1", "2"]), earlier=st.integers(0, 3)
)
timers = st.builds(Timer, key=st.sampled_from("abc"), due=st.integers(0, 9).map(lambda s: NOW + timedelta(seconds=s)))
changes = st.lists(
    st.one_of(
        contacts.map(Put),
        timers.map(Put),
        st.sampled_from("abc").map(lambda key: Drop(Contact, key)),
        st.just(Append(HistoryEntry(request="r", at=NOW, actor="a", what="note"))),
    )
)


def world_of(list_of: list[Put]) -> World:
    world = World()
    world.apply(list_of)
    return world


@given(contacts.map(Put), changes)
def test_undo_takes_everything_back(first, more):
    world = world_of([first])
    before = everything(world)
    undo = world.apply(more)
    world.apply(undo)
    assert everything(world) == before
    for phone in ("1", "2"):
        assert world.by(Contact, "phone", phone) == ([first.entity] if first.entity.phone == phone else [])


@given(st.lists(contacts.map(Put), max_size=3), changes)
def test_a_draft_reads_as_the_world_will(first, more):
    world = world_of(first)
    before = everything(world)
    draft = Draft(world)
    for change in more:
        draft.apply(change)
    assert everything(world) == before
    drawn = {key: draft.get(Contact, key) for key in "abc"}
    found = {phone: draft.by(Contact, "phone", phone) for phone in ("1", "2")}
    listed = {entity.key: entity for entity in draft.all(Contact)}
    world.apply(more)
    assert drawn == {key: world.get(Contact, key) for key in "abc"}
    assert found == {phone: world.by(Contact, "phone", phone) for phone in ("1", "2")}
    assert listed == {entity.key: entity for entity in world.all(Contact)}


def test_nothing_has_no_key():
    world = World([Counter(key="requests:2026", value=3)])
    assert world.get(Counter, None) is None
    assert Draft(world).get(Counter, None) is None
    assert Draft(world).get(Counter, "requests:2026") == Counter(key="requests:2026", value=3)


def test_a_reader_may_change_what_he_reads():
    draft = Draft(World([Counter(key="a"), Counter(key="b")]))
    draft.apply(Put(Counter(key="c")))
    for counter in draft.all(Counter):
        draft.apply(Put(Counter(key=counter.key + "x")))
    assert len(list(draft.all(Counter))) == 6
