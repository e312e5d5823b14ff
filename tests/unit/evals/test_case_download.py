"""The downloader against a real server on this machine: ranges, cuts, wrong files."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from synthcraft.evals.case import nhanes
from synthcraft.evals.case.download import download
from synthcraft.graph.errors import DataError, InputError


class Server(ThreadingHTTPServer):
    """Serves a folder; `cut` bytes at most go out before an answer breaks off."""

    daemon_threads = True
    folder: Path
    cut: int | None = None
    ranges = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder = folder
        self.asked: list[tuple[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    """GET with ranges, as the agency's server answers."""

    server: Server

    def do_GET(self) -> None:
        name, begin = self.path.lstrip("/"), self.headers.get("Range", "")
        self.server.asked.append((name, begin))
        path = self.server.folder / name
        if not path.is_file():
            self.send_error(404)
            return
        whole = path.read_bytes()
        start = int(begin.removeprefix("bytes=").rstrip("-")) if begin else 0
        part = whole[start:] if self.server.ranges else whole
        self.send_response(206 if begin and self.server.ranges else 200)
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        self.wfile.write(part if self.server.cut is None else part[: self.server.cut])

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def server(nhanes_parts: list[Path], tmp_path: Path) -> Iterator[Server]:
    folder = tmp_path / "published"
    folder.mkdir()
    for path in nhanes_parts:
        shutil.copyfile(path, folder / path.name)
    with Server(folder) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield running
        running.shutdown()


def test_five_files_give_the_table_of_the_paper(server: Server, tmp_path: Path) -> None:
    folder = download(tmp_path / "data", server.url)
    frame = nhanes.table(folder)
    assert frame.shape == (2924, 7) and int(frame["heart_attack"].sum()) == 122
    assert not list(folder.glob("*.part"))
    before = len(server.asked)
    download(folder, server.url)
    assert len(server.asked) == before, "what is there is not fetched again"


def test_what_was_cut_off_goes_on_where_it_was(server: Server, tmp_path: Path) -> None:
    server.cut = 1_500_000
    folder = download(tmp_path / "data", server.url)
    begins = [begin for name, begin in server.asked if name == "MCQ_L.xpt"]
    assert begins == ["", "bytes=1500000-", "bytes=3000000-"]
    for name in nhanes.FILES:
        assert (folder / name).read_bytes() == (server.folder / name).read_bytes()


def test_a_download_that_never_ends_is_kept_for_the_next_call(
    server: Server, tmp_path: Path
) -> None:
    server.cut = 100_000
    with pytest.raises(InputError, match="goes on from there"):
        download(tmp_path / "data", server.url)
    assert (tmp_path / "data" / "DEMO_L.xpt.part").stat().st_size == 500_000
    server.cut = None
    download(tmp_path / "data", server.url)
    assert ("DEMO_L.xpt", "bytes=500000-") in server.asked


def test_a_server_without_ranges_begins_again(server: Server, tmp_path: Path) -> None:
    server.ranges = False
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "INS_L.xpt.part").write_bytes(b"begun")
    download(folder, server.url)
    assert len(nhanes.table(folder)) == 2924


def test_another_file_is_refused(server: Server, tmp_path: Path) -> None:
    page = server.folder / "DEMO_L.xpt"
    page.write_bytes(b"<html>moved</html>")
    with pytest.raises(InputError, match="broke off at 18 of"):
        download(tmp_path / "short", server.url)
    page.write_bytes(b"x" * (nhanes.FILES["DEMO_L.xpt"].size + 5))
    with pytest.raises(DataError, match="larger than the published"):
        download(tmp_path / "long", server.url)
    page.unlink()
    with pytest.raises(InputError, match="answered with 404"):
        download(tmp_path / "none", server.url)


def test_a_file_of_the_right_size_without_the_columns_is_refused(
    server: Server, tmp_path: Path
) -> None:
    other = server.folder / "INS_L.xpt"
    text = other.read_bytes().replace(b"LBXIN   ", b"LBXINSI ", 1)
    other.write_bytes(text)
    with pytest.raises(DataError, match="LBXIN"):
        download(tmp_path / "data", server.url)


def test_nobody_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be reached"):
        download(tmp_path / "data", "http://127.0.0.1:9")
