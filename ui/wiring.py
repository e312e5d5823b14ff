"""Which event of the page calls which handler."""

from __future__ import annotations

from functools import partial
from typing import Any

import gradio as gr

from synthcraft.ui.handlers import Handlers
from synthcraft.ui.layout import Page
from synthcraft.ui.sorting import SORTING
from synthcraft.ui.tab_events import TabEvents

_THEME = "() => document.body.classList.contains('dark') ? 'dark' : 'light'"
# What was drawn while it was hidden has a width of its own until somebody says "resize".
_FIT = "() => { setTimeout(() => window.dispatchEvent(new Event('resize')), 100) }"
_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "undocumented"}


def wire(blocks: gr.Blocks, page: Page, handlers: Handlers) -> None:
    """Connect every event; every endpoint checks on the server whether it may do its deed."""
    tabs = TabEvents(page, handlers.projects)
    outputs = list(vars(page).values())
    outputs = [one for one in outputs if not isinstance(one, gr.Timer | gr.Tab)]
    state = [page.session, page.seen]
    do = handlers.deed

    def on(event: Any, name: str, *inputs: Any, needs: str = "", **extra: Any) -> Any:
        act = getattr(handlers if hasattr(handlers, name) else tabs, name)
        handler = do(act, needs)
        return event(handler, [*state, *inputs], outputs, api_name=name, **_QUIET, **extra)

    # A tab that has just been loaded shows nothing yet, whatever its fields remember.
    blocks.load(lambda: "", None, page.seen, **_QUIET).then(
        handlers.show, state, outputs, api_name="show", **_QUIET
    )
    page.clock.tick(handlers.show, state, outputs, api_name="tick", **_QUIET)
    on(page.upload.upload, "upload", page.upload, needs="draft").then(
        lambda: None, None, page.upload, **_QUIET
    )
    on(page.demo.click, "demo", needs="draft")
    on(page.begin.click, "begin", page.seed, page.join_on)
    for event, name in ((page.send.click, "say"), (page.message.submit, "say_by_key")):
        handler = do(handlers.say, "draft")
        event(handler, [*state, page.message], outputs, api_name=name, **_QUIET).success(
            lambda: "", None, page.message, **_QUIET
        )
    answer = (page.gate, page.reasons, page.wish)
    on(page.approve.click, "approve", *answer)
    on(page.send_change.click, "change", *answer)
    page.change.click(
        lambda: gr.update(visible=True), None, page.change_box, api_name="open_change", **_QUIET
    )
    on(page.ask.click, "ask", page.gate, page.message).success(
        lambda: "", None, page.message, **_QUIET
    )
    on(page.stop.click, "stop", page.gate)
    on(partial(gr.on, [page.halt.click, page.halt_here.click]), "halt")
    # Our own checks speak in sentences; Gradio would list every allowed value.
    on(page.revert.click, "revert", page.checkpoint, preprocess=False)
    on(page.yes.click, "yes")
    on(page.no.click, "no")
    on(page.go_on.click, "go_on")
    on(page.prepare.click, "prepare")
    on(page.set_roles.click, "set_roles", page.gate, page.role_columns, page.role, preprocess=False)
    blocks.load(None, None, None, js=SORTING, **_QUIET)
    _look(page, tabs)
    _draw(blocks, page, handlers)
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
