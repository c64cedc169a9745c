"""Scenarios are well-formed XML that says what was wished."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from demo.scenarios import Behaviour, Call, Doing, Rule, callers, phones, rows


def parsed(text: str) -> ElementTree.Element:
    """The scenario's tree."""
    return ElementTree.fromstring(text)  # noqa: S314 - our own text


def test_every_rule_has_its_block_and_the_last_always_applies() -> None:
    rules = [Rule(Behaviour("busy"), called="1021"), Rule(Behaviour("silent"), chance=0.2), Rule(Behaviour())]
    tree = parsed(phones(rules))
    jumps = [(nop.get("next"), nop.get("test"), nop.get("chance")) for nop in tree.findall("nop")]
    assert jumps == [("10", "m0", None), ("20", None, "0.2"), ("30", None, None)]
    assert {"10", "20", "30"} <= {label.get("id") for label in tree.findall("label")}


def test_a_phone_that_might_do_nothing_is_refused() -> None:
    for rules in ([], [Rule(Behaviour(), chance=0.5)], [Rule(Behaviour(), called="1001")]):
        with pytest.raises(ValueError, match="always"):
            phones(rules)


def test_every_label_jumped_to_exists() -> None:
    everything = [Rule(Behaviour(kind), chance=0.1) for kind in ("answer", "busy", "refuse", "silent", "nobody")]
    for text in (phones([*everything, Rule(Behaviour(talk_s=3))]), callers([1.5, None, 4])):
        tree = parsed(text)
        labels = {label.get("id") for label in tree.findall("label")}
        wanted = {node.get(key) for node in tree for key in ("next", "ontimeout")} - {None}
        assert wanted <= labels


def test_calls_of_one_length_share_a_branch() -> None:
    calls = [Call("+79990000001", "73430000001", 4), Call("+79990000002", "73430000002", None, "Имя"),
             Call("+79990000003", "73430000001", 4)]  # fmt: skip
    assert rows(calls).splitlines() == [
        "SEQUENTIAL", "+79990000001;73430000001;0;", "+79990000002;73430000002;1;Имя", "+79990000003;73430000001;0;",
    ]  # fmt: skip
    assert len([nop for nop in parsed(callers([4, None, 4])).findall("nop") if nop.get("test")]) == 2


def test_a_key_is_pressed_after_its_time_and_counts_in_the_sequence() -> None:
    tree = parsed(callers([4], doing=Doing(press="1", press_s=3, sound="silence.alaw")))
    said = [send.text or "" for send in tree.findall("send")]
    info = next(text for text in said if "INFO sip:" in text)
    assert "Signal=1" in info and "application/dtmf-relay" in info and "CSeq: 2 INFO" in info
    assert any("CSeq: 3 BYE" in text for text in said)
    assert [pause.get("milliseconds") for pause in tree.findall("pause")] == ["3000"]
    assert 'rtp_stream="silence.alaw,-1,8"' in callers([4], doing=Doing(sound="silence.alaw"))
