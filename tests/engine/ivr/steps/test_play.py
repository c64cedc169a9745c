"""Prompts, and a key that ends them."""

from __future__ import annotations

from engine.ivr.orders import Play
from tests.engine.ivr.stage import caller, heard, play, step


def test_prompts_one_after_another() -> None:
    made = step("play", prompts=["one", "two"], next="x")
    assert play(made.walk(caller())) == ([heard("one", "two")], "x")


def test_the_language_of_the_caller() -> None:
    one = caller(language="en")
    orders, _ = play(step("play", prompts=["one"], next="x").walk(one))
    assert orders[0].sounds == ("okno/en/one",)  # type: ignore[union-attr]


def test_a_key_that_ends_it_is_the_next_menu_s() -> None:
    one = caller()
    hello = step("play", prompts=["one"], skip=True, next="menu")
    assert play(hello.walk(one), lambda order: "7") == ([heard("one", stop_on="0123456789*#")], "menu")
    menu = step("menu", prompts=["choose"], choices=[{"key": "7", "next": "x"}], otherwise="y")
    assert play(menu.walk(one)) == ([], "x")


def test_what_is_enough_for_him_is_told_with_the_order() -> None:
    made = step("play", prompts=["hours"], enough=True, next="x")
    (order,), _ = play(made.walk(caller()))
    assert isinstance(order, Play) and order.enough and not heard("hours").enough
