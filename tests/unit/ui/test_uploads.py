"""Uploads are checked, made private, and leave the page's temp folder."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from synthcraft.graph.errors import InputError
from synthcraft.ui.uploads import (
    LEFT_S,
    LIMITS,
    MAX_MEGABYTES,
    accept,
    discard,
    page_folder,
    safe_name,
    sweep,
)


def uploaded(home: Path, name: str, content: bytes = b"a,b\n1,2\n") -> Path:
    path = page_folder(home) / "0123abcd" / name
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    return path


def test_an_accepted_file_is_private_and_the_temp_copy_is_gone(tmp_path: Path) -> None:
    upload = uploaded(tmp_path, "patients.csv")
    taken = accept(upload, tmp_path)
    assert taken.read_bytes() == b"a,b\n1,2\n"
    assert taken.name == "patients.csv"
    assert taken.is_relative_to(tmp_path / "uploads")
    assert (taken.stat().st_mode & 0o777, taken.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert not upload.parent.exists()
    assert page_folder(tmp_path).exists()


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("evil.exe", b"MZ", "kind"),
        ("no_suffix", b"a", "kind"),
        ("empty.csv", b"", "empty"),
        ("big.csv", b"x" * 2000, "MB"),
    ],
)
def test_a_refused_file_is_deleted_and_the_reason_is_a_sentence(
    tmp_path: Path, name: str, content: bytes, word: str
) -> None:
    upload = uploaded(tmp_path, name, content)
    with pytest.raises(InputError, match=word) as caught:
        accept(upload, tmp_path, max_bytes=1000)
    assert caught.value.hint
    assert not upload.exists()
    assert not list(tmp_path.glob("uploads/*/*"))


def test_a_file_outside_the_temp_folder_is_never_deleted(tmp_path: Path) -> None:
    outside = tmp_path / "mine.csv"
    outside.write_text("a\n1\n")
    accept(outside, tmp_path / "home")
    assert outside.exists()


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.csv", "passwd.csv"),
        ("..\\..\\boot.csv", "boot.csv"),
        ("<img src=x>.csv", "_img src_x_.csv"),
        (".hidden.csv", "hidden.csv"),
        ("a" * 300 + ".csv", "a" * 80 + ".csv"),
        ("daten für 2020.csv", "daten für 2020.csv"),
    ],
)
def test_names_lose_what_could_do_harm(name: str, kept: str) -> None:
    assert safe_name(name) == kept


def test_limits_are_said_from_the_numbers_that_refuse() -> None:
    from synthcraft.tools.table_limits import Limits

    for number in (MAX_MEGABYTES, Limits().max_rows, Limits().max_columns, Limits().min_rows):
        assert f"{number:,}" in LIMITS


def test_what_an_earlier_server_left_is_swept_after_a_day(tmp_path: Path) -> None:
    taken = accept(uploaded(tmp_path, "a.csv"), tmp_path)
    folder = page_folder(tmp_path) / "downloads" / "abc"
    folder.mkdir(parents=True)
    sweep(tmp_path)
    assert taken.exists() and folder.exists()
    sweep(tmp_path, time.time() + LEFT_S + 60)
    assert not taken.parent.exists() and not folder.exists()


def test_discard_deletes_only_what_was_uploaded(tmp_path: Path) -> None:
    taken = accept(uploaded(tmp_path, "a.csv"), tmp_path)
    demo = tmp_path / "demo" / "nhanes.csv"
    demo.parent.mkdir()
    demo.write_text("a\n")
    discard([taken, demo], tmp_path)
    assert not taken.parent.exists()
    assert demo.exists()
