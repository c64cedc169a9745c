"""What a role may see: tables of cases, and the law of snapshots and patches."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.web.scripted import CALL, NUMBER, REQUEST, call_row, operator_row, queue_row, request_row, world
from web.accounts.roles import ROLES, Role
from web.view import TABLES, View, apply, squeeze

ROWS = {"calls": call_row, "requests": request_row, "operators": operator_row, "queues": queue_row}


def view(role: Role) -> View:
    """A view with a pseudonym that can be recognised."""
    return View(role, lambda phone: f"#{len(phone)}")


@pytest.mark.parametrize(("role", "shown"), [
    ("operator", "+7 999 •••-00-01"), ("supervisor", "+7 999 •••-00-01"), ("auditor", "#12"),
])  # fmt: skip
def test_a_number_is_shown_as_the_role_may_see_it(role: Role, shown: str) -> None:
    for table in ("calls", "requests"):
        row = view(role).row(table, ROWS[table]())
        assert row is not None and row["phone"] == shown
        assert NUMBER not in str(row) and "caller_name" not in row and "contact" not in row


def test_an_administrator_sees_no_patients_traces() -> None:
    seen = view("administrator").tables(world())
    assert seen["calls"] == {} and seen["requests"] == {}
    assert seen["operators"] and seen["queues"] and seen["pbxes"]
    assert view("administrator").number(NUMBER) == "" and view("administrator").ring(call_row()) == {}


@pytest.mark.parametrize(("changes", "dialled"), [
    ({"direction": "inbound", "dialled": "+73430000001"}, "+73430000001"),
    ({"direction": "outbound", "dialled": NUMBER}, "+7 999 •••-00-01"),
    ({"direction": "outbound", "dialled": "89990000001"}, "89 •••01"),
    ({"direction": "internal", "dialled": "1002"}, "1002"), ({"direction": "outbound", "dialled": ""}, ""),
])  # fmt: skip
def test_the_number_dialled_is_ours_or_the_patient_s(changes: dict[str, Any], dialled: str) -> None:
    row = view("operator").row("calls", call_row(**changes))
    assert row is not None and row["dialled"] == dialled


def test_an_extension_is_no_secret_and_nobody_s_number_stays_empty() -> None:
    assert view("operator").number("1001", internal=True) == "1001"
    assert view("operator").number("1001") == "•••"
    assert view("auditor").number("") == "" and view("operator").number(None) == ""


@pytest.mark.parametrize("role", ["operator", "supervisor", "auditor"])
def test_that_somebody_was_confirmed_is_seen_and_never_who(role: Role) -> None:
    row = view(role).row("requests", request_row(patient="p-77", meant="p-78"))
    assert row is not None and row["identified"] is True and "p-7" not in str(row)
    assert (view(role).row("requests", request_row(patient=None)) or {})["identified"] is False
    assert "identified" not in (view(role).row("calls", call_row()) or {})


@pytest.mark.parametrize("role", ROLES)
def test_a_field_added_by_the_engine_is_seen_by_nobody_until_listed(role: Role) -> None:
    for table, make in ROWS.items():
        assert "patient_name" not in (view(role).row(table, make(patient_name="SHCHUKOEDOV")) or {})
    legs = (view("operator").row("calls", call_row()) or {})["legs"]
    assert "channel" not in legs[0]
    assert view(role).row("contacts", {"id": "x"}) is None


def test_a_new_figure_of_a_queue_is_seen() -> None:
    row = view("operator").row("queues", queue_row(abandoned_percent=4, secret="x"))
    assert row is not None and row["abandoned_percent"] == 4 and "secret" not in row


def test_a_ring_holds_the_call_s_facts_only() -> None:
    ring = view("operator").ring(call_row())
    assert "legs" not in ring and "operator" not in ring and ring["phone"] == "+7 999 •••-00-01"


def _ops() -> st.SearchStrategy[list[list[Any]]]:
    keys = st.sampled_from(["a", "b", "c", CALL, REQUEST])
    puts = st.builds(
        lambda table, key, n: ["set", table, key, ROWS[table](id=key, n=n, phone=f"+7999000000{n}")],
        st.sampled_from(sorted(ROWS)), keys, st.integers(0, 9),
    )  # fmt: skip
    drops = st.builds(lambda table, key: ["del", table, key], st.sampled_from(TABLES), keys)
    return st.lists(st.one_of(puts, drops), max_size=25)


@given(role=st.sampled_from(ROLES), ops=_ops())
def test_the_law(role: Role, ops: list[list[Any]]) -> None:
    """The masked snapshot at t1 is the masked snapshot at t0 with the masked patches applied, squeezed or not."""
    full, eyes = world(), view(role)
    lived, gathered = eyes.tables(copy.deepcopy(full)), eyes.tables(copy.deepcopy(full))
    apply(full, copy.deepcopy(ops))
    apply(lived, eyes.ops(ops))
    apply(gathered, eyes.ops(squeeze(ops)))
    assert lived == gathered == eyes.tables(full)


def test_squeezing_keeps_the_last_state_before_the_end() -> None:
    ops = [["set", "calls", "a", {"n": 1}], ["set", "calls", "a", {"n": 2}], ["del", "calls", "a"], ["del", "calls", "b"]]
    assert squeeze(ops) == [["set", "calls", "a", {"n": 2}], ["del", "calls", "a"], ["del", "calls", "b"]]
    assert squeeze([["del", "calls", "a"], ["set", "calls", "a", {}]]) == [["set", "calls", "a", {}]]
