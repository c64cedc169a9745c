"""Any durable entity, for tests that put them through the database."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from engine.world import (
    Blocked,
    Call,
    CallList,
    ContactName,
    ContactPoint,
    Conversation,
    Counter,
    Leg,
    NoLists,
    Offer,
    Operator,
    Queue,
    QueueDay,
    Request,
    Score,
    Target,
    Timer,
    Visit,
)

times = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
maybe_times = st.none() | times
ids = st.uuids().map(str)
words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
# Sealed texts may hold anything a PBX sends: NUL and broken UTF-8 (surrogates) too.
wild = st.text(max_size=20)
numbers = st.just("") | st.integers(79990000000, 79990099999).map("+{}".format)
seconds = st.floats(0, 1e6, allow_nan=False)
small = st.integers(0, 10_000)

legs = st.builds(
    Leg, operator=words, channel=words, queue=words, rang_at=times, lifted_at=maybe_times, answered_at=maybe_times,
    left_at=maybe_times, result=st.sampled_from(["ringing", "answered", "no_answer"]),
    left_by=st.none() | st.just("caller"), talk_s=seconds,
)  # fmt: skip
visits = st.builds(
    Visit, queue=words, joined_at=times, left_at=maybe_times, exit=st.sampled_from(["waiting", "answered", "key"]),
    operator=words,
)
calls = st.builds(
    Call, key=ids, pbx=words, direction=st.sampled_from(["inbound", "outbound", "internal"]), channel=ids,
    aliases=st.lists(words, max_size=3).map(tuple), phone=numbers, anonymous=st.booleans(), caller_name=wild,
    dialled=wild, source=words, queue=words, phase=st.sampled_from(["queued", "ended"]), started_at=times,
    queued_at=maybe_times, answered_at=maybe_times, ended_at=maybe_times, result=st.just("answered"),
    ended_by=st.none() | st.just("pbx"), legs=st.lists(legs, max_size=3).map(tuple), request=st.none() | ids,
    contact=st.none() | ids, exit_status=words, out_of_hours=st.booleans(), voicemail=st.booleans(),
    visits=st.lists(visits, max_size=3).map(tuple), others=st.lists(ids, max_size=2).map(tuple),
)  # fmt: skip
requests = st.builds(
    Request, key=ids, year=st.integers(2000, 3000), number=st.integers(1, 10**9), kind=st.just("call"),
    status=st.just("new"), queue=words, priority=small, due_at=maybe_times, owner=st.none() | words,
    contact=st.none() | ids, patient=wild, meant=wild, phone=numbers, source=words,
    works=st.lists(ids, max_size=3).map(tuple),
    calls=st.lists(ids, max_size=3).map(tuple), conversation=st.none() | words, outcome=words, created_at=times,
    queued_at=maybe_times, since=times, first_response_at=maybe_times, closed_at=maybe_times,
    postponed_until=maybe_times, version=small, attempts=small, excluded=words, excluded_until=maybe_times,
    preferred=words,
)  # fmt: skip
operators = st.builds(
    Operator, key=ids, title_ru=words, title_en=words, extension=words, pbx=words, interface=words,
    queues=st.lists(words, max_size=3).map(tuple), presence=st.just("break"), presence_reason=words,
    presence_since=maybe_times, voice=st.just("idle"), voice_since=maybe_times, device=words,
    call=st.none() | ids, wrap_up=st.none() | ids, pauses=st.frozensets(words, max_size=3), handled_today=small,
    talk_today_s=seconds, active=st.booleans(),
)  # fmt: skip
days = st.builds(QueueDay, day=st.just("2026-11-21"), offered=small, answered=small, wait_s=st.integers(0, 99).map(float))
queues = st.builds(
    Queue, key=ids, title_ru=words, title_en=words, service_level_s=small, service_level_target=small, wrap_up_s=small,
    missed_due_s=small, priority=small, today=days, active=st.booleans(),
)  # fmt: skip
timers = st.builds(Timer, key=ids, due=times)
offers = st.builds(
    Offer, key=ids, request=ids, operator=words, state=st.sampled_from(["completed", "rejected", "timeout"]), weight=small,
    at=times, expires_at=maybe_times, accepted_at=maybe_times, ended_at=maybe_times, sticky=st.booleans(),
    by_hand=st.booleans(), confirmed=st.booleans(),
)  # fmt: skip
counters = st.builds(Counter, key=ids, value=st.integers(0, 2**40))
contact_names = st.builds(ContactName, key=ids, name=wild, actor=words, at=times)
contact_points = st.builds(ContactPoint, key=ids, contact=ids, phone=numbers.filter(bool), actor=words, at=times)
blocks = st.builds(Blocked, key=ids, phone=numbers.filter(bool), reason=wild, actor=words, at=times, until=maybe_times)
lists = st.builds(
    CallList, key=ids, title=words, source=st.just("csv"), mode=st.just("ivr"), queue=words, flow=words, pbx=words,
    shown=words, opens=small, closes=small, days=words, starts_at=maybe_times, ends_at=maybe_times, at_once=small,
    per_minute=small, attempts=small, again_min=small, state=st.just("paused"), author=words, at=times, said_by=words,
    said_at=maybe_times, paced_at=maybe_times, ended_at=maybe_times,
)  # fmt: skip
targets = st.builds(
    Target, key=ids, list=ids, place=small, phone=numbers.filter(bool), name=wild, note=wild, ref=wild, zone=words,
    state=st.just("asked"), outcome=words, answer=words, attempt=small, next_at=maybe_times, tried_at=maybe_times,
    ended_at=maybe_times, request=st.none() | ids, command=words, channel=words, call=st.none() | ids,
)  # fmt: skip
no_lists = st.builds(NoLists, key=ids, phone=numbers.filter(bool), actor=words, at=times)
scores = st.builds(
    Score, key=ids, call=st.none() | ids, request=st.none() | ids, question=words, score=st.integers(0, 9),
    operator=words, queue=words, at=times,
)  # fmt: skip
conversations = st.builds(
    Conversation, key=ids, identity=ids, kind=st.just("email"), channel=words, account=words, request=st.none() | ids,
    seq=small, replied_seq=small, said_at=times, replied_at=maybe_times, waits_since=maybe_times, unheard=small,
    emergency=st.booleans(), window_until=maybe_times, name=wild, phone=numbers, verified=st.booleans(),
    joined=st.booleans(), over=st.booleans(),
)  # fmt: skip
durable = st.one_of(
    calls, requests, operators, queues, timers, counters, offers, contact_names, contact_points, blocks, lists, targets,
    no_lists, scores, conversations,
)  # fmt: skip
