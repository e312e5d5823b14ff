"""The gate: no route of the whole application answers without a login, or to another site."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Mount
from starlette.testclient import TestClient

from synthcraft.graph.deps import Settings
from synthcraft.graph.errors import InputError
from synthcraft.ui.app import build_app
from synthcraft.ui.auth.access import Access
from synthcraft.ui.auth.gate import OPEN
from synthcraft.ui.auth.users import User, UsersFile, hashed, write_users

WORDS = "correct horse battery"
BASE = "http://localhost"


@pytest.fixture(scope="module")
def users(tmp_path_factory: pytest.TempPathFactory) -> UsersFile:
    path = tmp_path_factory.mktemp("auth") / "users.toml"
    write_users(
        path,
        {
            "anna": User(role="analyst", password=hashed(WORDS)),
            "ben": User(role="steward", password=hashed(WORDS)),
        },
    )
    return UsersFile(path)


@pytest.fixture(scope="module")
def app(users: UsersFile, tmp_path_factory: pytest.TempPathFactory) -> Any:
    home = tmp_path_factory.mktemp("home")
    return build_app(Settings.from_env(home=home, environ={}), Access(users=users))


@pytest.fixture
def stranger(app: Any) -> Iterator[TestClient]:
    with TestClient(app, BASE, False, follow_redirects=False) as client:
        yield client


def log_in(client: TestClient, name: str = "anna") -> None:
    assert client.post("/login", data={"name": name, "password": WORDS}).status_code == 303


def routes(app: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Method and path of every route, those of mounted and included ones as well."""
    for route in app.routes:
        path = prefix + getattr(route, "path", "")
        if isinstance(route, Mount):
            yield "GET", f"{path}/x"
            yield from routes(route, path) if route.routes else ()
            continue
        if hasattr(route, "original_router"):  # how FastAPI keeps a router that was included
            yield from routes(route.original_router, prefix)
            continue
        for method in getattr(route, "methods", None) or ["GET"]:
            yield method, re.sub(r"\{[^}]*\}", "x", path)


def test_no_route_answers_without_a_login(app: Any, stranger: TestClient) -> None:
    found = sorted(set(routes(app)))
    assert len(found) > 60
    assert {"/config", "/gradio_api/upload", "/gradio_api/queue/join", "/gradio_api/info"} <= {
        path for _, path in found
    }
    for method, path in found:
        if path not in OPEN:
            status = stranger.request(method, path).status_code
            assert status == 401, (method, path, status)
    for path in ("/", "/config", "/nothing/here", "//health", "/health/", "/login/x"):
        shown = stranger.get(path, headers={"accept": "text/html"})
        assert (shown.status_code, shown.headers["location"]) == (303, "/login"), path


def test_a_made_up_cookie_is_nobody(stranger: TestClient) -> None:
    for value in ("", "x", "anna", "../../users.toml"):
        stranger.cookies.set("synthcraft", value)
        assert stranger.get("/config").status_code == 401


def test_a_login_opens_everything_and_logging_out_closes_it(stranger: TestClient) -> None:
    wrong = stranger.post("/login", data={"name": "<b>anna", "password": "no"})
    assert wrong.status_code == 401
    assert "Name or password is wrong." in wrong.text
    assert "<b>anna" not in wrong.text
    log_in(stranger)
    assert stranger.get("/gradio_api/user").json() == "anna"
    page = stranger.get("/config")
    assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
    assert stranger.get("/login").headers["location"] == "/"
    kept = dict(stranger.cookies)
    stranger.get("/logout")  # a link or a picture cannot log anybody out
    assert stranger.get("/config").status_code == 200
    assert stranger.post("/logout").headers["location"] == "/login"
    stranger.cookies.update(kept)
    assert stranger.get("/config").status_code == 401


@pytest.mark.parametrize(
    ("public", "flags"), [("", {"HttpOnly"}), ("data.example.org", {"Secure"})]
)
def test_the_cookie_is_kept_from_scripts_and_other_sites(
    users: UsersFile, tmp_path: Path, public: str, flags: set[str]
) -> None:
    access = Access(users=users, public_name=public)
    app = build_app(Settings.from_env(home=tmp_path, environ={}), access)
    client = TestClient(app, f"https://{public}" if public else BASE, follow_redirects=False)
    answer = client.post("/login", data={"name": "anna", "password": WORDS})
    name, *parts = answer.headers["set-cookie"].split("; ")
    assert {"HttpOnly", "Path=/", "SameSite=lax"} | flags <= set(parts)
    assert name.startswith("__Host-") is bool(public)
    assert ("Secure" in parts) is bool(public)
    assert client.get("/health", headers={"host": "evil.example"}).status_code == 400


def test_other_sites_cannot_act_or_look(stranger: TestClient) -> None:
    log_in(stranger)
    for headers in (
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost:9"},
        {"sec-fetch-site": "cross-site"},
    ):
        assert stranger.post("/logout", headers=headers).status_code == 403
        assert stranger.post("/gradio_api/queue/join", headers=headers).status_code == 403
    looked = stranger.get("/config", headers={"sec-fetch-site": "cross-site"})
    assert looked.status_code == 403
    assert stranger.get("/health").headers["x-frame-options"] == "DENY"
    assert stranger.post("/logout", headers={"origin": BASE}).status_code == 303


def test_uploads_paths_and_tabs_belong_to_who_began_them(app: Any, stranger: TestClient) -> None:
    log_in(stranger)
    sent = stranger.post("/gradio_api/upload", files={"files": ("a.csv", b"a\n1\n")}).json()[0]
    with TestClient(app, BASE, follow_redirects=False) as other:
        log_in(other, "ben")
        for path in (sent, "/etc/passwd", "https://example.org", "x"):
            assert other.get(f"/gradio_api/file={path}").status_code == 403
            assert other.get(f"/gradio_api/file/{path}").status_code == 403
        assert other.get("/gradio_api/proxy=https://example.org/x").status_code == 403
        assert stranger.get("/gradio_api/queue/data?session_hash=tab1").status_code != 403
        assert other.get("/gradio_api/queue/data?session_hash=tab1").status_code == 403
        assert other.get("/gradio_api/deep_link?session_hash=tab1").status_code == 403
        assert other.get("/gradio_api/heartbeat/tab1").status_code == 403


def test_without_a_login_nobody_else_can_reach_the_page(users: UsersFile) -> None:
    for host in ("0.0.0.0", "::", "192.168.1.4", "data.example.org", ""):
        with pytest.raises(InputError, match="this computer alone"):
            Access(host=host)
        assert Access(host=host, users=users).unencrypted
    with pytest.raises(InputError, match="this computer alone"):
        Access(public_name="data.example.org")
    with pytest.raises(InputError, match="not the name"):
        Access(users=users, public_name="https://data.example.org/x")
    for host in ("127.0.0.1", "127.9.9.9", "::1", "localhost"):
        assert not Access(host=host).unencrypted


def test_without_users_there_is_no_gate(tmp_path: Path) -> None:
    app = build_app(Settings.from_env(home=tmp_path, environ={}))
    client = TestClient(app, BASE)
    assert client.get("/config").status_code == 200
    assert client.get("/login").status_code == 405
    assert client.get("/health", headers={"host": "evil.example"}).status_code == 400
    joined = client.post("/gradio_api/queue/join", headers={"origin": "http://evil.example"})
    assert joined.status_code == 403


def test_passwords_and_logins_are_in_no_log_and_no_file(
    users: UsersFile, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    app = build_app(Settings.from_env(home=tmp_path, environ={}), Access(users=users))
    wrong = "a wrong Wolkenkratzer"
    with TestClient(app, BASE, False, follow_redirects=False) as client:
        told = client.post("/login", data={"name": "anna", "password": wrong})
        log_in(client)
        client.get(f"/nothing?password={WORDS}")
        client.post("/gradio_api/queue/join", content=b"{")
        token = client.cookies["synthcraft"]
    assert len(token) > 30
    files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    for secret in (wrong, WORDS, token):
        assert secret not in told.text and secret not in caplog.text
        assert not any(secret.encode() in body for body in files)
