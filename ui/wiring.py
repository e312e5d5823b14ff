"""Which event of the page calls which handler."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import gradio as gr

from synthcraft.ui import model_settings
from synthcraft.ui.aria import ARIA
from synthcraft.ui.handlers import Handlers
from synthcraft.ui.layout import Page
from synthcraft.ui.layout_card import components
from synthcraft.ui.project_deeds import ProjectDeeds
from synthcraft.ui.sorting import SORTING
from synthcraft.ui.tab_events import TabEvents

_THEME = "() => document.body.classList.contains('dark') ? 'dark' : 'light'"
# What was drawn while it was hidden has a width of its own until somebody says "resize".
_FIT = "() => { setTimeout(() => window.dispatchEvent(new Event('resize')), 100) }"
# The fields open below what fits: whoever opened them is taken there, by eye and by keyboard.
_TO_CHANGE = """() => setTimeout(() => {
  const box = document.getElementById("sc-change");
  if (!box) return;
  box.tabIndex = -1;
  box.focus({ preventScroll: true });
  box.scrollIntoView({ block: "start" });
}, 150)"""
_TO_TOP = "() => { document.getElementById('sc-card-body')?.scrollTo(0, 0) }"
# Whose login has ended is taken to the page where one logs in.
_LEAVE = """() => {
  const ask = window.fetch;
  window.fetch = async (...words) => {
    const answer = await ask(...words);
    if (answer.status === 401) location.assign('login');
    return answer;
  };
}"""
_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "undocumented"}


def wire(blocks: gr.Blocks, page: Page, handlers: Handlers) -> None:
    """Connect every event; every endpoint checks on the server whether it may do its deed."""
    tabs, deeds = TabEvents(page, handlers.projects), ProjectDeeds(handlers.projects)
    outputs = list(vars(page).values())
    outputs = [one for one in outputs if not isinstance(one, gr.Timer | gr.Tab)]
    state = [page.session, page.seen]
    do = handlers.deed

    def on(event: Any, name: str, *inputs: Any, needs: str = "", **extra: Any) -> Any:
        act = next(getattr(who, name) for who in (handlers, tabs, deeds) if hasattr(who, name))
        handler = do(act, needs)
        return event(handler, [*state, *inputs], outputs, api_name=name, **_QUIET, **extra)

    # A tab that has just been loaded shows nothing yet, whatever its fields remember.
    blocks.load(lambda: "", None, page.seen, **_QUIET).then(
        handlers.show, state, outputs, api_name="show", **_QUIET
    )
    page.clock.tick(handlers.show, state, outputs, api_name="tick", **_QUIET)
    _projects(page, on)
    for event, name in ((page.send.click, "say"), (page.message.submit, "say_by_key")):
        handler = do(handlers.say, "draft")
        event(handler, [*state, page.message], outputs, api_name=name, **_QUIET).success(
            lambda: "", None, page.message, **_QUIET
        )
    answer = (page.gate, page.reasons, page.wish)
    on(page.approve.click, "approve", *answer)
    on(page.send_change.click, "change", *answer, *components(page), preprocess=False)
    page.change.click(
        lambda: gr.update(visible=True), None, page.change_box, api_name="open_change", **_QUIET
    ).then(None, None, None, js=_TO_CHANGE, **_QUIET)
    on(page.ask.click, "ask", page.gate, page.message).success(
        lambda: "", None, page.message, **_QUIET
    )
    on(page.stop.click, "stop", page.gate)
    page.gate.change(None, None, None, js=_TO_TOP, **_QUIET)
    on(partial(gr.on, [page.halt.click, page.halt_here.click]), "halt")
    # Our own checks speak in sentences; Gradio would list every allowed value.
    on(page.revert.click, "revert", page.checkpoint, preprocess=False)
    on(page.yes.click, "yes")
    on(page.no.click, "no")
    on(page.go_on.click, "go_on")
    on(page.prepare.click, "prepare")
    on(page.set_roles.click, "set_roles", page.gate, page.role_columns, page.role, preprocess=False)
    blocks.load(None, None, None, js=SORTING, **_QUIET)
    # Parts that a project shows later come into the document later.
    gr.on([blocks.load, page.gate.change, page.version.change], None, js=ARIA, **_QUIET)
    if handlers.projects.team is not None:
        blocks.load(None, None, None, js=_LEAVE, **_QUIET)

    def chosen(event: Any, deed: Any, name: str, *inputs: Any) -> None:
        handler = do(deed, "draft")

        async def without_key(*given: Any) -> Any:
            return {**await handler(*given), page.llm_key: gr.update(value="")}

        given = [*state, *inputs]
        event(without_key, given, outputs, api_name=name, preprocess=False, **_QUIET)

    model_settings.wire(page, chosen, handlers.projects, _QUIET)
    _look(page, tabs)
    _draw(blocks, page, handlers)


def _projects(page: Page, on: Callable[..., Any]) -> None:
    """Files, codebooks, and the projects that they become."""
    on(page.upload.upload, "upload", page.upload, needs="draft").then(
        lambda: None, None, page.upload, **_QUIET
    )
    on(page.demo.click, "demo", needs="draft")
    on(page.codebook_file.upload, "codebook", page.codebook_file, page.join_on).then(
        lambda: None, None, page.codebook_file, **_QUIET
    )
    on(page.use_codebook.click, "use_codebook", page.codebook_without, preprocess=False)
    on(page.drop_codebook.click, "drop_codebook")
    on(partial(gr.on, [page.rename.click, page.title.submit]), "rename", page.title, needs="draft")
    on(page.delete.click, "delete")
    on(page.begin.click, "begin", page.seed, page.join_on)
    on(page.projects.select, "change_over", page.projects, needs="draft", preprocess=False)
    on(page.fresh.click, "fresh", needs="draft")


def _look(page: Page, tabs: TabEvents) -> None:
    """Searches and explanations change nothing and are shown in place."""
    gr.on(
        [page.told_version.change, page.find.change],
        tabs.search,
        [page.session, page.find],
        [page.sent],
        api_name="search",
        trigger_mode="always_last",
        **_QUIET,
    )
    page.compare.click(
        tabs.compare,
        [page.session, page.checkpoint, page.compared_with],
        [page.compared],
        preprocess=False,
        api_name="compare",
        **_QUIET,
    )
    page.term.input(
        tabs.explain,
        [page.session, page.term],
        [page.meaning],
        preprocess=False,
        api_name="explain",
        **_QUIET,
    )


def _draw(blocks: gr.Blocks, page: Page, handlers: Handlers) -> None:
    """A figure is drawn anew when it is chosen, when its numbers change and for another theme."""
    blocks.load(None, None, page.theme, js=_THEME, **_QUIET)
    page.results_tab.select(None, None, None, js=_FIT, **_QUIET)
    gr.on(
        [page.version.change, page.theme.change, page.figure.input, page.file.input],
        handlers.draw,
        [page.session, page.figure, page.file, page.theme],
        [page.figure, page.file, page.reading, page.plot, page.numbers],
        preprocess=False,
        api_name="draw",
        trigger_mode="always_last",
        **_QUIET,
    )
