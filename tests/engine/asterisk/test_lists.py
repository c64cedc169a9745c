"""The lists are what the templates and the AMI part rely on."""

from __future__ import annotations

from engine.ami.translate import ROUTES
from engine.asterisk.lists import CODES, EVENTS, MODULES, OUTSIDE, REQUIRED


def test_every_event_the_link_reads_passes_the_filter() -> None:
    assert {name.decode() for name in ROUTES} <= set(EVENTS)


def test_no_list_names_a_thing_twice() -> None:
    for names in (EVENTS, MODULES, [code.dial for code in CODES], [one.pattern for one in OUTSIDE]):
        assert len(set(names)) == len(names)


def test_required_modules_are_loaded() -> None:
    assert set(REQUIRED) <= set(MODULES)


def test_nothing_that_runs_commands_or_serves_http_is_loaded() -> None:
    dangerous = {"app_system.so", "app_exec.so", "func_shell.so", "pbx_spool.so", "res_ari.so", "app_originate.so"}
    assert dangerous.isdisjoint(MODULES)


def test_reasons_of_phone_codes_are_a_humans() -> None:
    assert all(code.reason.startswith("human:") for code in CODES)
