"""Every page: no violation, no sideways scroll, no console error; pictures are kept.

Each is looked at on a desk or a phone, in turn from day to day; `make test-all` looks at both. A
desk is dark and a phone light, INDII_TEST_SHOTS=all looks at both themes at both sizes.
"""

from __future__ import annotations

import importlib
import os
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, expect

from indii.identity.reports.commands import file_report
from indii.kernel.context import SYSTEM, Actor
from indii.ui.page import pages
from tests.e2e.browsing import (
    DRESS,
    PHONE,
    Troubles,
    Visitors,
    has_no_sideways_scroll,
    lives,
    visit,
)
from tests.e2e.catalogue import People
from tests.e2e.scenes import EVERYTHING, Scene
from tests.e2e.selling import sell
from tests.extent import some
from tests.runtime import ROOT
from tests.serving import Site

ALL = os.environ.get("INDII_TEST_SHOTS") == "all"
THEMES = {
    1440: ("dark", "light") if ALL else ("dark",),
    390: ("light", "dark") if ALL else ("light",),
}
WIDTHS = (360, 820, 2560)
# Only what is wrong travels: the whole report of a page is megabytes.
RUN_AXE = """async () => {
  const {violations} = await axe.run(document, {resultTypes: ['violations'], elementRef: false});
  const why = (n) => [...n.any, ...n.all, ...n.none].map(c => c.message).join(' ');
  return violations.flatMap(v => v.nodes.slice(0, 4).map(
    n => `${v.id} (${v.impact}): ${n.target.join(' ')} ${why(n)}`)) }"""


def others() -> list[Scene]:
    """Pages that no scene shows, as a fan finds them; one with a variable address needs its own."""
    for file in sorted((ROOT / "indii").glob("*/*/pages.py")):
        importlib.import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))
    routes = {page.route for page in pages() if not page.route.startswith("/test-only")}
    seen = {scene.page for scenes in EVERYTHING.values() for scene in scenes}
    assert not [route for route in routes - seen if "[" in route], "these need a scene"
    return [Scene(route.strip("/").replace("/", "-"), route) for route in sorted(routes - seen)]


@pytest.fixture(scope="module")
def stage(site: Site, people: People) -> None:
    """What some scenes need: somebody without recordings, a report to decide on."""
    from sqlalchemy import text

    site.person("Quiet Newcomer", ["fan", "producer"])
    with site.rt.read(SYSTEM) as ctx:
        found = ctx.db.execute(text("SELECT id FROM recording WHERE slug = 'low-tide'"))
        recording = found.scalar_one()
    with site.rt.write(Actor(visitor="somebody")) as ctx:
        file_report(
            ctx, kind="recording", subject_id=recording, reason="copyright",
            details="The melody at 0:20 is ours, released in 2019.\nSee our page.",
        )  # fmt: skip
    sell(site, people)


@pytest.mark.slow
@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("who", list(EVERYTHING))
def test_pages_can_be_looked_at_and_used_by_everybody(
    visitors: Visitors, people: People, stage: None, screenshots: Path, troubles: Troubles,
    who: str, width: int,
) -> None:  # fmt: skip
    """Given each page and what opens on it, then axe finds nothing and nothing is too wide."""
    troubles.announce("404.*/(nowhere|recording/nobody-made-this)")
    person = {"fan": people.fan, "producer": people.producers[0], "admin": people.admin}.get(who)
    wrong: list[str] = []
    context = visitors.context(person=person, size=PHONE if width == 390 else None)
    context.add_init_script(AXE_SCRIPT)
    page = context.new_page()
    for scene in [*EVERYTHING[who], *(others() if who == "fan" else ())]:
        if width in sizes_of(scene):
            wrong += _look(page, scene, width, screenshots)
            # The next is another tab to the site: a quick machine opens more than a person could.
            page.evaluate("() => sessionStorage.clear()")
    assert not wrong, "\n".join(wrong)


def sizes_of(scene: Scene) -> list[int]:
    """The widths that this run looks at a scene in."""
    return some(
        [scene.only] if scene.only else list(THEMES), 1, f"size of {scene.after or scene.name}"
    )


def _look(page: Page, scene: Scene, width: int, screenshots: Path) -> list[str]:
    visit(page, scene.path)
    if scene.step:
        scene.step(page)
        if not scene.floats:
            lives(page)
    wrong = []
    for theme in THEMES[width]:
        page.evaluate(DRESS, theme)
        page.mouse.move(0, 0)
        page.screenshot(
            path=screenshots / f"{scene.name}-{width}-{theme}.png", full_page=not scene.floats
        )
        wrong += [f"{scene.name} {width} {theme}: {said}" for said in page.evaluate(RUN_AXE)]
    has_no_sideways_scroll(page, f"{scene.name} at {width}")
    if width == 1440 and not scene.floats:
        for other in WIDTHS:
            page.set_viewport_size({"width": other, "height": 900})
            has_no_sideways_scroll(page, f"{scene.name} at {other}")
        page.set_viewport_size({"width": 1440, "height": 900})
    return wrong


def test_the_theme_is_chosen_kept_and_follows_the_system(visitors: Visitors) -> None:
    """Given the theme button, when it is pressed, then colours change at once and stay."""
    page = visitors.page("/")
    ground = "() => getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(ground)
    page.get_by_role("button", name="Theme: dark").click()
    expect(page.get_by_role("button", name="Theme: light")).to_be_visible()
    assert page.evaluate(ground) != dark
    page.reload()
    lives(page)
    expect(page.get_by_role("button", name="Theme: light")).to_be_visible()
    assert page.evaluate(ground) != dark
    page.get_by_role("button", name="Theme: light").click()
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"dark => ({ground})() === dark", arg=dark)


def test_everything_can_be_reached_by_keyboard(visitors: Visitors) -> None:
    """Given no mouse, then Tab leads past a skip link to the row, and Enter plays and opens."""
    page = visitors.page("/explore?genre=drill")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    seen = []
    for _ in range(80):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("() => document.activeElement.getAttribute('aria-label') || ''"))
        if seen[-1] == "Play Cold Harbour":
            break
    assert seen[-1] == "Play Cold Harbour", seen
    ring = page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
    assert ring == "solid"
    page.keyboard.press("Enter")
    page.wait_for_function("() => !indii.player.element.paused")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/recording/cold-harbour")
    lives(page)
    expect(page.get_by_role("heading", level=1)).to_be_focused()
