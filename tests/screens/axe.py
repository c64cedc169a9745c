"""axe-core in a page as it is: everything it finds in the theme that is on, and what the other theme's colours change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.async_api import Page

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Of all these rules only they look at colours; a theme is nothing else (tokens.css).
COLOURS = ["color-contrast", "link-in-text-block"]
# Only what is wrong leaves the page: the tens of thousands of nodes that are right take longer to send than to judge.
LOOK = """async ({ parts, rules, colours }) => {
  const part = parts.map((one) => document.querySelector(one)).find(Boolean) ?? document;
  const root = document.documentElement;
  const look = async (runOnly) => {
    const { violations, passes } = await axe.run(part, { runOnly, resultTypes: ["violations"] });
    if (runOnly === rules && !passes.length) throw new Error("axe looked at nothing");
    return violations.map(({ id, nodes }) => ({ rule: id, theme: root.dataset.theme, where: nodes.map(({ target }) => target).slice(0, 3),
      html: nodes[0].html.slice(0, 160), why: nodes[0].failureSummary }));
  };
  const found = await look(rules);
  const theme = root.dataset.theme;
  root.dataset.theme = getComputedStyle(root).colorScheme === "dark" ? "light" : "dark";
  try { found.push(...await look({ type: "rule", values: colours })); } finally { root.dataset.theme = theme; }
  return found;
}"""


async def load(page: Page) -> None:
    """Put axe into the page, unless it is there (not by a script tag: the page's policy forbids it)."""
    if not await page.evaluate("'axe' in window"):
        session = await page.context.new_cdp_session(page)
        await session.send("Runtime.evaluate", {"expression": AXE.read_text("utf-8")})
        await session.detach()


async def violations(page: Page, *parts: str) -> list[dict[str, Any]]:
    """What axe finds wrong in either theme: in the first of these parts that is there, else in the whole document."""
    await load(page)
    return list(await page.evaluate(LOOK, {"parts": list(parts), "rules": RULES, "colours": COLOURS}))
