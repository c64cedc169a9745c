"""The page of flows in Chromium, beside a real engine: drawing, editing, mistakes, undo, a walk, saving, prompts."""

from __future__ import annotations

import asyncio
import io
import math
import random
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yaml
from playwright.async_api import Browser, Locator

from okno.command.processes import ports
from okno.settings import Runtime
from tests.screens.axe import violations
from tests.screens.beside_engine import Editor, at, browser, with_directory
from tests.web.house import House
from tests.web.test_with_engine import Engine, house, real

__all__ = ["browser", "house", "real"]

DEMO: dict[str, Any] = yaml.safe_load((Path(__file__).parents[2] / "demo" / "okno.demo.yaml").read_text("utf-8"))
SECTIONS = ("hours", "holidays", "queues", "operators", "lines", "flows", "prompts", "skills", "outcomes", "pause_reasons")


@pytest.fixture
def clinic(runtime: Runtime) -> Runtime:
    """The demo clinic's directory."""
    sections = {name: DEMO[name] for name in SECTIONS if name in DEMO}
    sections |= {"clinic": {"name": "Клиника «Пример»", "language": "ru"}, "pbxes": [{"name": "main", "ami": {"port": 5999}}]}
    sections |= {"engine": runtime.settings.engine.model_dump(mode="json") | {"agi_port": ports.free()}}
    return with_directory(runtime, sections)


class Drawing(Editor):
    """An administrator at the drawing of flows."""

    PATH, READY = "/ivr", ".ivr-node"

    async def document(self) -> dict[str, Any]:
        """The directory in force."""
        return dict((await self.house.web._engine.directory())["document"])

    async def steps(self) -> dict[str, Any]:
        """The steps of the main flow in force."""
        return dict((await self.document())["flows"]["main"]["steps"])

    async def form(self, name: str) -> Locator:
        """The form of a step, opened."""
        await self.step(name).click()
        return self.page.locator(".ivr-panel")

    async def language(self, lang: str, theme: str = "light") -> None:
        """Show the page in a language and a theme."""
        word = await self.page.locator("meta[name=okno-csrf]").get_attribute("content")
        await self.page.request.post(f"{self.house.url}/preferences", form={"csrf": word or "", "lang": lang, "theme": theme, "back": "/ivr"})
        await self.page.reload()

    def step(self, name: str) -> Locator:
        """A step of the drawing."""
        return self.page.locator(f'.ivr-node[data-step="{name}"]')


@pytest_asyncio.fixture
async def desk(browser: Browser, house: House) -> AsyncIterator[Drawing]:
    """An administrator at /ivr."""
    async with at(Drawing, browser, house, "root", "administrator") as made:
        yield made


async def test_a_flow_is_drawn_without_steps_on_one_another(desk: Drawing) -> None:
    steps = await desk.steps()
    boxes = await desk.page.evaluate("""[...document.querySelectorAll('.ivr-node')].map((one) => { const box = one.getBoundingClientRect();
        return [one.dataset.step, box.left, box.top, box.right, box.bottom]; })""")
    assert {one[0] for one in boxes} == set(steps)
    over = [
        (a[0], b[0]) for a in boxes for b in boxes
        if a[0] < b[0] and a[1] < b[3] and b[1] < a[3] and a[2] < b[4] and b[2] < a[4]
    ]  # fmt: skip
    assert over == []
    exits = await desk.page.locator(".ivr-port").count()
    assert await desk.page.locator(".ivr-line").count() + await desk.page.locator(".ivr-jump").count() == exits
    await desk.shot("ivr-flow")


LAYOUT = """async (graphs) => {
  const { layout } = await import(performance.getEntriesByType('resource').find(({ name }) => name.includes('ivr/layout')).name);
  const drawn = ({ nodes, edges }) => { const { places, lines, width, height } = layout(nodes, edges, nodes[0].id, 200);
    return { places: [...places].map(([id, { x, y, h, layer }]) => [id, x, y, h, layer]), lines, width, height }; };
  return graphs.map((graph) => [drawn(graph), JSON.stringify(drawn(graph)) === JSON.stringify(drawn(graph))]);
}"""


def _graph(chance: random.Random, size: int) -> dict[str, Any]:
    """A flow of so many steps, leading anywhere: loops, ends, steps nothing leads to."""
    nodes = [
        {"id": f"s{at}", "h": 60 + 24 * ports, "inlet": 27, "ports": [66 + 24 * port for port in range(ports)]}
        for at, ports in enumerate(chance.choice((0, 1, 1, 2, 3, 7)) for _ in range(size))
    ]
    edges = [
        {"from": node["id"], "port": port, "to": f"s{chance.randrange(size)}"}
        for node in nodes for port in range(len(node["ports"]))
    ]  # fmt: skip
    return {"nodes": nodes, "edges": edges}


async def test_any_flow_is_drawn_the_same_way_each_time_and_steps_never_touch(desk: Drawing) -> None:
    chance = random.Random(5)
    graphs = [_graph(chance, size) for size in (1, 2, 3, 5, 8, 13, 21, 34, 60) for _ in range(8)]
    for graph, (drawn, again) in zip(graphs, await desk.page.evaluate(LAYOUT, graphs), strict=True):
        assert again
        places = {one[0]: one[1:] for one in drawn["places"]}
        assert len(places) == len(graph["nodes"]) and len(drawn["lines"]) == len(graph["edges"])
        for name, (x, y, height, layer) in places.items():
            assert x >= 0 and y >= 0 and x + 200 <= drawn["width"] and y + height <= drawn["height"]
            beside = [(one[1], one[2]) for other, one in places.items() if other != name and one[3] == layer]
            assert all(top + tall <= y or y + height <= top for top, tall in beside)
        for line in drawn["lines"]:
            if not line["back"] and not line["jump"]:
                assert places[line["from"]][3] < places[line["to"]][3]


async def test_a_step_is_added_between_and_saved_with_its_differences(desk: Drawing) -> None:
    page = desk.page
    form = await desk.form("english")
    await form.get_by_label("Дальше").select_option(":play")
    await page.locator('.ivr-node[data-step="play"][aria-pressed=true]').wait_for()
    await page.locator(".ivr-flaws", has_text="ошиб").wait_for()
    await form.get_by_label("по-русски").fill("Сказать про английский")
    await form.get_by_label("Фразы, 1", exact=True).select_option("greeting")
    await form.get_by_label("Дальше").select_option("menu")
    await page.locator(".ivr-flaws", has_text="ошиб").wait_for(state="detached")
    await desk.shot("ivr-edit")
    await desk.review()
    await desk.shot("ivr-review")
    assert await desk.diff() == [
        "Голосовое меню Единый номер шаг english Дальше было menu → стало play",
        "Голосовое меню Единый номер шаг play добавлено",
    ]
    await desk.save("поздороваться по-английски")
    await page.get_by_text("Всё сохранено").wait_for()
    steps = await desk.steps()
    assert steps["english"]["next"] == "play"
    assert steps["play"] == {"kind": "play", "prompts": ["greeting"], "next": "menu", "label": {"ru": "Сказать про английский"}}


async def test_mistakes_stand_at_their_steps_and_fields_and_are_not_saved(desk: Drawing) -> None:
    page = desk.page
    form = await desk.form("menu")
    await form.get_by_label("Клавиша").nth(1).select_option("1")
    await page.locator(".ivr-flaws", has_text="1 ошибка").wait_for()
    await form.locator(".admin-flaw", has_text="две вещи").wait_for()
    assert await desk.step("menu").get_attribute("data-wrong") == "error"
    await desk.shot("ivr-mistake")
    await page.get_by_role("button", name="Проверить и показать изменения").click()
    await page.get_by_text("Сначала исправьте").wait_for()
    assert await page.locator("dialog").count() == 0
    await page.keyboard.press("Escape")
    await page.locator(".ivr-flaws summary").click()
    await page.locator(".ivr-flaws").get_by_role("button", name="Главное меню").click()
    await form.wait_for()


async def test_every_change_is_undone_and_done_again_and_a_reload_keeps_the_draft(desk: Drawing) -> None:
    page = desk.page
    await desk.step("hello").focus()
    await page.keyboard.press("ArrowRight")
    assert await page.evaluate("document.activeElement.dataset.step") == "clock"
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowLeft")
    assert await page.evaluate("document.activeElement.dataset.step") == "clock"
    await page.keyboard.press("Delete")
    await desk.step("clock").wait_for(state="detached")
    await desk.step("hello").click()
    await page.locator(".ivr-panel").get_by_label("по-русски").press_sequentially("Привет")
    await page.keyboard.press("Escape")
    await page.locator(".page-title").click()
    await page.get_by_text("Есть несохранённые изменения").wait_for()
    await page.reload()
    await desk.step("hello").wait_for()
    assert await desk.step("clock").count() == 0
    await page.get_by_role("button", name="Отменить правки").click()
    await desk.step("clock").wait_for()
    await page.keyboard.press("Control+z")
    await desk.step("clock").wait_for(state="detached")
    await page.keyboard.press("Control+Shift+Z")
    await desk.step("clock").wait_for()
    await desk.step("clock").click()
    name = page.locator(".ivr-panel").get_by_label("Имя в системе")
    await name.fill("opening")
    await name.press("Enter")
    await desk.step("opening").wait_for()
    await page.get_by_role("button", name="Отменить действие").click()
    await desk.step("clock").wait_for()
    await page.get_by_text("Всё сохранено").wait_for()


async def test_an_exit_is_pulled_to_a_step_with_the_mouse(desk: Drawing) -> None:
    page = desk.page
    plug = desk.step("english").locator(".ivr-plug")
    await plug.hover()
    await page.mouse.down()
    target = await desk.step("about").bounding_box()
    assert target is not None
    await page.mouse.move(target["x"] + 40, target["y"] + 15, steps=4)
    await desk.shot("ivr-pull")
    await page.mouse.up()
    await desk.review()
    assert await desk.diff() == ["Голосовое меню Единый номер шаг english Дальше было menu → стало about"]


async def test_a_flow_is_walked_in_the_page_as_the_draft_stands(desk: Drawing) -> None:
    page = desk.page
    form = await desk.form("about_menu")
    await form.get_by_label("Попыток").fill("2")
    await page.get_by_role("button", name="Попробовать").click()
    await page.get_by_text("Кто звонит и когда").click()
    await page.get_by_label("Когда (пусто — сейчас)").fill("2026-11-23T11:00")
    await page.get_by_text("Кто звонит и когда").click()
    log = page.locator(".ivr-log")
    await log.get_by_text("Здравствуйте! Вы позвонили").wait_for()
    await page.locator(".ivr-pad").wait_for()
    await page.locator(".ivr-log").focus()
    await page.keyboard.press("3")
    await log.get_by_role("button", name="Ещё раз?").wait_for()
    assert await desk.step("about_menu").get_attribute("data-way") == "here"
    await desk.shot("ivr-try")
    await page.get_by_role("button", name="Молчать").click()
    await page.get_by_role("button", name="Молчать").click()
    await page.get_by_text("Получил, что хотел").wait_for()
    await page.get_by_role("button", name="Сначала").click()
    await page.locator(".ivr-pad").get_by_role("button", name="2", exact=True).click()
    await log.get_by_role("button", name="Дата рождения").wait_for()
    for key in "05031980":
        await page.locator(".ivr-pad").get_by_role("button", name=key, exact=True).click()
    await log.get_by_text("Запись нашлась: да").wait_for()
    await desk.shot("ivr-try-visit")
    await page.get_by_role("button", name="Назад").click()
    await page.get_by_text("Ждём до 8 цифр").wait_for()


async def test_the_first_flow_is_made_from_nothing(desk: Drawing) -> None:
    page = desk.page
    await page.get_by_role("button", name="Новая схема").click()
    await page.get_by_text("В схеме пока нет шагов").wait_for()
    await page.get_by_text("Эту схему пока никто не слышит").wait_for()
    await page.locator(".ivr-panel").get_by_label("Имя в системе").fill("evening")
    await page.locator(".ivr-panel").get_by_label("Имя в системе").blur()
    await page.get_by_role("button", name="Добавить шаг").click()
    await page.get_by_role("menuitem", name="В очередь").click()
    await desk.step("queue").wait_for()
    await page.locator(".ivr-flaws").wait_for(state="detached")
    await desk.review()
    await desk.save()
    assert (await desk.document())["flows"]["evening"]["start"] == "queue"
    await page.goto(f"{desk.house.url}/admin#lines")
    await page.reload()
    await page.locator(".admin-table .row-opener").first.click()
    await page.get_by_label("Голосовое меню").select_option("evening")
    await desk.review()
    await desk.save()
    assert (await desk.document())["lines"][0]["flow"] == "evening"


async def test_prompts_are_written_and_told_apart(desk: Drawing) -> None:
    page = desk.page
    await page.get_by_role("button", name="Фразы", exact=True).click()
    await page.get_by_role("button", name="Приветствие").click()
    await page.get_by_label("Что сказать по-русски").fill("Добрый день, это клиника.")
    await page.get_by_text("Звучит в шагах: Единый номер → Приветствие").wait_for()
    assert await page.get_by_role("button", name="Убрать фразу").is_disabled()
    await desk.shot("ivr-prompts")
    await desk.review()
    [line] = await desk.diff()
    assert line.startswith("Фраза Приветствие Текст было Здравствуйте!")
    await desk.save()
    assert (await desk.document())["prompts"]["greeting"]["text"]["ru"] == "Добрый день, это клиника."


def _tone(seconds: float) -> bytes:
    """A WAV file with a tone."""
    kept = io.BytesIO()
    with wave.open(kept, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"".join(
            int(9000 * math.sin(at / 3)).to_bytes(2, "little", signed=True) for at in range(int(8000 * seconds))
        ))  # fmt: skip
    return kept.getvalue()


async def test_a_recording_is_brought_heard_and_dropped(desk: Drawing) -> None:
    page = desk.page
    await page.get_by_role("button", name="Фразы", exact=True).click()
    await page.get_by_role("button", name="Приветствие").click()
    upload = page.locator(".ivr-sound-file input")
    await upload.set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": b"not a sound"})
    await page.get_by_text("Это не WAV и не MP3").wait_for()
    await upload.set_input_files({"name": "a.wav", "mimeType": "audio/wav", "buffer": _tone(3)})
    await page.get_by_text("Загружена запись").wait_for()
    await page.get_by_role("button", name="Прослушать").click()
    await page.get_by_role("button", name="Остановить").wait_for()
    await desk.shot("ivr-listen")
    await desk.review()
    await desk.save()
    assert len((await desk.document())["prompts"]["greeting"]["file"]) == 64
    await page.get_by_role("button", name="Вернуть текст").click()
    await page.get_by_role("button", name="Прослушать по-русски").click()
    await page.get_by_role("button", name="Остановить").click()
    await page.get_by_label("Что сказать по-русски").fill("Слова, которых никто не записал.")
    await page.get_by_role("button", name="Прослушать по-русски").click()
    await page.get_by_text("Звук не получен").wait_for(timeout=30_000)
    await page.get_by_role("button", name="Отменить действие").click()
    await page.get_by_role("button", name="Отменить действие").click()
    await page.get_by_text("Звучит загруженная запись").wait_for()


async def test_of_two_who_edit_one_flow_both_keep_their_steps(desk: Drawing) -> None:
    page, engine = desk.page, desk.house.web._engine
    form = await desk.form("hello")
    await form.get_by_label("по-русски").fill("Привет")
    theirs = await desk.document()
    theirs["flows"]["main"]["steps"]["menu"]["wait_s"] = 7
    await engine.directory_change(actor="vera", role="administrator", base=1, document=theirs, note="", force=False)
    await page.get_by_text("сохранена версия 2 (vera").wait_for()
    await desk.review()
    assert await desk.diff() == ["Голосовое меню Единый номер шаг hello Название шага было Приветствие / Greeting → стало Привет / Greeting"]
    await desk.save()
    steps = await desk.steps()
    assert steps["menu"]["wait_s"] == 7 and steps["hello"]["label"] == {"ru": "Привет", "en": "Greeting"}
    await page.get_by_role("button", name="Версии", exact=True).click()
    await page.get_by_role("button", name="2", exact=True).click()
    await page.locator(".admin-form .admin-diff li", has_text="шаг menu").wait_for()
    await desk.shot("ivr-versions")


async def test_who_is_inside_is_counted_at_his_step(desk: Drawing, clinic: Runtime) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", clinic.settings.engine.agi_port)
    writer.write(
        b"agi_network: yes\nagi_network_script: flow/main\nagi_request: agi://x/flow/main\nagi_uniqueid: 1700000000.1\nagi_callerid: 79990000001\nagi_arg_1: main\n\n"
    )
    where = ""
    while where not in {"menu", "night"}:
        command = (await asyncio.wait_for(reader.readline(), 10)).decode()
        if command.startswith("SET VARIABLE OKNO_STEP"):
            where = command.split()[-1].strip('"')
        writer.write(b"200 result=0\n")
    await desk.step(where).locator(".ivr-now", has_text="1").wait_for()
    await desk.page.get_by_role("button", name="1 сейчас внутри").wait_for()
    await desk.shot("ivr-counts")
    writer.close()
    await desk.step(where).locator(".ivr-now").wait_for(state="detached")
    await desk.page.get_by_text("положили трубку 1").wait_for()


async def test_without_the_engine_it_says_so_and_keeps_the_draft(desk: Drawing, real: Engine) -> None:
    page = desk.page
    form = await desk.form("hello")
    await form.get_by_label("по-русски").fill("Привет")
    real.kill()
    await page.get_by_text("Сколько звонящих внутри, сейчас неизвестно").wait_for(timeout=20_000)
    await page.reload()
    await page.get_by_role("alert").first.wait_for(timeout=20_000)
    await desk.shot("ivr-away")
    real.start()
    await desk.step("hello").wait_for(timeout=40_000)
    await page.get_by_text("Есть несохранённые изменения").wait_for()


async def test_the_page_is_accessible_at_every_width(desk: Drawing) -> None:
    page = desk.page
    for lang, theme, width, height in (("ru", "light", 390, 844), ("en", "dark", 1440, 900), ("ru", "dark", 1920, 1080)):
        await page.set_viewport_size({"width": width, "height": height})
        await desk.language(lang, theme)
        await desk.step("menu").wait_for()
        assert await violations(page) == [], (lang, width, "flow")
        assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth"), width
        await desk.shot(f"ivr-drawing-{lang}-{theme}-{width}")
        await desk.step("decide").click()
        await page.locator(".ivr-panel").wait_for()
        assert await violations(page, ".ivr") == [], (lang, width, "step")
        await desk.shot(f"ivr-form-{lang}-{theme}-{width}")
        await page.locator(".ivr-tools .btn").last.click()
        await page.locator(".ivr-pad").wait_for()
        assert await violations(page, ".ivr") == [], (lang, width, "try")
        assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth"), width
        await desk.shot(f"ivr-walk-{lang}-{theme}-{width}")
        await page.locator(".ivr-places button").nth(1).click()
        await page.locator(".ivr-prompts .row-opener").first.click()
        assert await violations(page, ".ivr") == [], (lang, width, "prompts")
        await page.locator(".ivr-places button").first.click()
