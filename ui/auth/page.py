"""The page on which people log in, and the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from markupsafe import escape

from synthcraft.ui.auth.login import LIFETIME_S, LoginError, Logins

if TYPE_CHECKING:
    from fastapi import FastAPI

LONGEST_BODY = 4096
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>SynthCraft: log in</title><style>
:root {{ --ink: #1e293b; --soft: #475569; --paper: #f1f5f9; --card: #fff; --line: #94a3b8;
  --deed: #0f766e; --wrong: #b91c1c }}
@media (prefers-color-scheme: dark) {{ :root {{ --ink: #e2e8f0; --soft: #cbd5e1;
  --paper: #0b1220; --card: #172033; --line: #64748b; --deed: #0f766e; --wrong: #fca5a5 }} }}
* {{ box-sizing: border-box }}
body {{ margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem;
  font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper) }}
main {{ width: min(24rem, 100%); padding: 2rem; border-radius: .75rem; background: var(--card);
  box-shadow: 0 1px 8px #0003 }}
h1 {{ margin: 0; font-size: 1.5rem }} p {{ margin: .25rem 0 1rem; color: var(--soft) }}
label {{ display: block; margin-top: 1rem; font-weight: 600 }}
input, button {{ width: 100%; padding: .6rem .75rem; font: inherit; border-radius: .4rem }}
input {{ border: 1px solid var(--line); color: inherit; background: transparent }}
button {{ margin-top: 1.5rem; border: 0; color: #fff; background: var(--deed); font-weight: 600;
  cursor: pointer }}
:focus-visible {{ outline: 3px solid var(--deed); outline-offset: 2px }}
[role=alert] {{ color: var(--wrong); font-weight: 600 }}
</style></head><body><main><h1>SynthCraft</h1><p>Synthetic health data you can defend.</p>
{trouble}<form method="post" action="login"><label for="name">Name</label>
<input id="name" name="name" autocomplete="username" autocapitalize="none" required autofocus
 maxlength="64" value="{name}"><label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required
 maxlength="256"><button type="submit">Log in</button></form></main></body></html>"""


def add_login(app: FastAPI, logins: Logins, cookie: str, *, https: bool) -> None:
    """Add `/login` and `/logout`; they stand before everything that is mounted later."""

    @app.get("/login")
    def ask(request: Request) -> Response:
        if request.state.person is not None:
            return RedirectResponse("/", status_code=303)
        return _page()

    @app.post("/login")
    async def log_in(request: Request) -> Response:
        fields = await _fields(request)
        name, address = fields.get("name", ""), request.client.host if request.client else ""
        try:
            token = await logins.log_in(name, fields.get("password", ""), address)
        except LoginError as error:
            return _page(str(error), name, error.wait_s)
        logins.log_out(request.cookies.get(cookie, ""))
        answer = RedirectResponse("/", status_code=303)
        answer.set_cookie(
            cookie, token, max_age=int(LIFETIME_S), httponly=True, secure=https, samesite="lax"
        )
        return answer

    @app.post("/logout")
    def log_out(request: Request) -> Response:
        logins.log_out(request.cookies.get(cookie, ""))
        answer = RedirectResponse("/login", status_code=303)
        answer.delete_cookie(cookie, httponly=True, secure=https, samesite="lax")
        return answer


async def _fields(request: Request) -> dict[str, str]:
    """The fields of the form; nothing from a body that no form of ours would send."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_BODY:
            return {}
    found = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[0] for name, values in found.items()}


def _page(trouble: str = "", name: str = "", wait_s: float = 0.0) -> HTMLResponse:
    told = f'<p role="alert">{escape(trouble)}</p>' if trouble else ""
    headers = {"content-security-policy": _POLICY, "cache-control": "no-store"}
    if wait_s:
        headers["retry-after"] = str(int(wait_s) + 1)
    status = 429 if wait_s else 401 if trouble else 200
    html = _PAGE.format(trouble=told, name=escape(name[:64]))
    return HTMLResponse(html, status_code=status, headers=headers)
