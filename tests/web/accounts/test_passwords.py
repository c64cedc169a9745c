"""Passwords: right, wrong, long, weak, stale."""

from __future__ import annotations

import asyncio

import pytest

from web.accounts.passwords import MAX_LENGTH, Passwords, WeakPassword, generate, refuse_weak


async def test_right_and_wrong_and_nobody() -> None:
    cheap = Passwords(time_cost=1, memory_kib=64)
    stored = await cheap.hash("seven green kettles")
    assert stored.startswith("$argon2id$")
    assert (await cheap.check(stored, "seven green kettles")).right
    assert not (await cheap.check(stored, "seven green kettle")).right
    assert not (await cheap.check(None, "seven green kettles")).right
    assert not (await cheap.check("not a hash", "seven green kettles")).right


async def test_a_long_password_counts_to_its_last_letter() -> None:
    cheap = Passwords(time_cost=1, memory_kib=64)
    long = "k" * 72 + "a"
    stored = await cheap.hash(long)
    assert (await cheap.check(stored, long)).right
    assert not (await cheap.check(stored, "k" * 72 + "b")).right
    assert not (await cheap.check(await cheap.hash("k" * MAX_LENGTH), "k" * (MAX_LENGTH + 1))).right


async def test_a_hash_of_yesterday_s_cost_is_stale() -> None:
    stored = await Passwords(time_cost=1, memory_kib=64).hash("seven green kettles")
    verdict = await Passwords(time_cost=2, memory_kib=64).check(stored, "seven green kettles")
    assert verdict.right and verdict.stale


async def test_the_loop_goes_on_while_a_password_is_hashed() -> None:
    hashing = asyncio.create_task(Passwords().hash("seven green kettles"))
    turns = 0
    while not hashing.done():
        turns += 1
        await asyncio.sleep(0)
    assert turns > 100


@pytest.mark.parametrize("weak", [
    "1234567", "password", "Qwerty123", "aaaaaaaaaa", "смтклиника2026", "orlova2026", "Здоровье2026", "k" * (MAX_LENGTH + 1),
])  # fmt: skip
def test_weak_passwords_are_refused_without_an_echo(weak: str) -> None:
    with pytest.raises(WeakPassword) as refused:
        refuse_weak(weak, ("orlova", "Клиника «Здоровье»"))
    assert str(refused.value).startswith(("the password must have", "this password is"))
    assert weak == "password" or weak not in str(refused.value)


@pytest.mark.parametrize("good", ["seven green kettles", "кот ест рыбу утром", "orlova loves violins", "a test of the whole house"])
def test_good_passwords_are_taken(good: str) -> None:
    refuse_weak(good, ("orlova", "Okno"))


def test_generated_passwords_differ_and_are_good() -> None:
    first, second = generate(), generate()
    assert first != second
    refuse_weak(first, ("orlova",))
