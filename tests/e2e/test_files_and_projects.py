"""Files of every kind, codebooks and projects on the real page."""

from __future__ import annotations

import http.client
import re
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from playwright.sync_api import Page, expect

from tests.e2e.endpoints import SENTENCE, uploaded
from tests.e2e.steps import confirm_box, kill_and_restart, open_tab, upload, wait_for_card

pytestmark = pytest.mark.e2e
SCRIPT = "<script>alert(1)</script>"
PICTURE = "![x](http://evil.example/x.png)"


def clinic() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    return pd.DataFrame(
        {
            "age": rng.integers(20, 85, 80).astype(float),
            "sex": rng.integers(1, 3, 80).astype(float),
            "bmi": rng.normal(27, 4, 80).round(1),
        }
    )


def every_kind(folder: Path) -> list[Path]:
    """One small file of every kind; SAS data sets (sas7bdat) cannot be written by open tools."""
    import pyreadstat

    frame = clinic()
    frame.to_csv(folder / "a.csv", index=False)
    frame.to_csv(folder / "b.tsv", index=False, sep="\t")
    frame.to_parquet(folder / "c.parquet")
    frame.to_excel(folder / "d.xlsx", index=False)
    pyreadstat.write_xport(frame, str(folder / "e.xpt"), file_format_version=5)
    pyreadstat.write_sav(frame, str(folder / "f.sav"))
    pyreadstat.write_sav(frame, str(folder / "g.zsav"), compress=True)
    pyreadstat.write_dta(frame, str(folder / "h.dta"))
    return sorted(folder.iterdir())


def shown(client: Client, key: str) -> str:
    return str(client.predict(key, "", api_name="/show"))


def leftovers(home: Path) -> list[Path]:
    """Files of uploads in the temp folder of the page and in the private store."""
    places = [home / "page", home / "uploads"]
    kinds = {".csv", ".tsv", ".parquet", ".xlsx", ".xpt", ".sav", ".zsav", ".dta"}
    return [
        path
        for place in places
        for path in place.rglob("*")
        if path.suffix in kinds and "downloads" not in path.parts
    ]


def size_of(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def test_every_kind_of_file_becomes_a_project_and_leaves_the_temp_folder(
    client: Client, server: Any, tmp_path: Path
) -> None:
    home, before = Path(server.home), set(leftovers(server.home))
    for path in every_kind(tmp_path):
        key = uploaded(client, path)
        new = set(leftovers(home)) - before
        assert [file.parent.parent.name for file in new] == ["uploads"]
        (stored,) = new
        assert (stored.stat().st_mode & 0o777, stored.parent.stat().st_mode & 0o777) == (
            0o600,
            0o700,
        )
        client.predict(key, "", 1, "", api_name="/begin")
        end = time.monotonic() + 120
        while "80 rows" not in (page := shown(client, key)):
            assert time.monotonic() < end and "did not work" not in page, path.name
            time.sleep(0.3)
        while set(leftovers(home)) - before:
            assert time.monotonic() < end, path.name
            time.sleep(0.3)


def test_an_upload_of_two_gigabytes_is_refused_before_it_is_sent(server: Any) -> None:
    before = size_of(server.home / "page")
    for headers, status in (({"Content-Length": str(2 * 2**30)}, 413), ({}, 411)):
        link = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        link.putrequest("POST", "/gradio_api/upload")
        link.putheader("Content-Type", "multipart/form-data; boundary=x")
        for name, value in (headers or {"Transfer-Encoding": "chunked"}).items():
            link.putheader(name, value)
        link.endheaders()  # not a byte of the body follows
        answer = link.getresponse()
        assert answer.status == status and answer.read()
        link.close()
    assert size_of(server.home / "page") <= before + 2**20


def test_what_is_no_table_is_refused_and_not_kept(
    client: Client, server: Any, tmp_path: Path
) -> None:
    picture = tmp_path / "picture.csv"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(500))
    key = uploaded(client, picture)
    client.predict(key, "", 1, "", api_name="/begin")
    end = time.monotonic() + 60
    while "not a text table" not in shown(client, key):
        assert time.monotonic() < end
        time.sleep(0.3)


def test_a_record_in_the_chat_is_held_back(client: Client, server: Any, tmp_path: Path) -> None:
    clinic().to_csv(tmp_path / "a.csv", index=False)
    key = uploaded(client, tmp_path / "a.csv")
    record = "Zebedee Miller, born 1962-03-04, MRN 12345678, stroke in 2020"
    for name, words in (("say", (record,)), ("say_by_key", (record,)), ("ask", ("", record))):
        with pytest.raises(AppError, match="held back") as caught:
            client.predict(key, "", *words, api_name=f"/{name}")
        assert "Zebedee" not in str(caught.value)
    assert "Zebedee" not in shown(client, key)


def test_projects_and_codebooks_are_refused_out_of_order(client: Client, tmp_path: Path) -> None:
    (tmp_path / "codes.csv").write_text("column,meaning\nage,Age\n")
    codes = handle_file(tmp_path / "codes.csv")
    key = client.predict("", "", api_name="/fresh")[0]
    for name, inputs in (
        ("codebook", (codes, "")),
        ("use_codebook", ([],)),
        ("drop_codebook", ()),
        ("delete", ()),
        ("rename", ("",)),
        ("rename", ("x" * 81,)),
    ):
        with pytest.raises(AppError) as caught:
            client.predict(key, "", *inputs, api_name=f"/{name}")
        assert SENTENCE.match(str(caught.value)), name


def test_a_codebook_is_confirmed_and_a_project_is_named_found_again_and_deleted(
    tab: Page, server: Any, tmp_path: Path
) -> None:
    frame = clinic()
    frame["plan"] = np.where(np.arange(80) % 2, SCRIPT, PICTURE)
    name = f"‮../{'x' * 150}<b>é.csv".replace("/", "_")
    frame.to_csv(tmp_path / name, index=False)
    (tmp_path / "codes.csv").write_text(
        "variable,label,unit,codes,range\n"
        f"age,{SCRIPT},years,,18-90\nsex,{PICTURE},,1=male; 2=female,\nbmi,=1+1,,,[0; 20]\n"
    )
    upload(tab, tmp_path / name)
    tab.get_by_text("Ready to start with").wait_for()
    tab.get_by_text("Codebook (what the columns mean)").click()
    tab.locator("#sc-codebook input[type=file]").set_input_files(tmp_path / "codes.csv")
    expect(tab.locator("#sc-codebook")).to_contain_text("Nothing of it is used yet")
    expect(tab.locator("#sc-codebook")).to_contain_text(SCRIPT)
    expect(tab.locator("#sc-codebook")).to_contain_text("real values outside the range")
    expect(tab.locator("#sc-codebook")).to_contain_text("formula")
    tab.get_by_role("button", name="It is right: use it").dblclick()
    expect(tab.locator("#sc-codebook")).to_contain_text("In use for 3 columns")
    open_tab(tab, "Projects")
    tab.get_by_label("Name of this project").fill(f"First {SCRIPT}")
    tab.get_by_role("button", name="Save the name").dblclick()
    tab.get_by_role("button", name="Start", exact=True).dblclick()
    wait_for_card(tab)
    expect(tab.locator("#sc-all-projects")).to_contain_text(f"First {SCRIPT}")
    open_tab(tab, "Data")
    for words in (SCRIPT, PICTURE, "18 to 90", "male"):
        expect(tab.locator("#sc-data")).to_contain_text(words)
    kill_and_restart(tab, server)
    expect(tab.locator("#sc-status")).to_contain_text(f"First {SCRIPT}")
    tab.get_by_role("button", name="New project").click()
    expect(tab.locator("#sc-status")).to_contain_text("New project")
    tab.locator("#sc-projects input").click()
    tab.get_by_role("option", name=re.compile("First")).click()
    wait_for_card(tab)
    expect(tab.locator("#sc-status")).to_contain_text(f"First {SCRIPT}")
    open_tab(tab, "Projects")
    tab.get_by_role("button", name="Delete this project").dblclick()
    expect(confirm_box(tab)).to_contain_text("every checkpoint")
    confirm_box(tab).get_by_role("button", name="No").click()
    expect(confirm_box(tab)).to_be_hidden()
    tab.get_by_role("button", name="Delete this project").click()
    confirm_box(tab).get_by_role("button", name="Yes, do it").dblclick()
    expect(tab.locator("#sc-chat")).to_contain_text("was deleted")
    tab.go_back()
    tab.go_forward()
    expect(tab.locator("#sc-status")).to_contain_text("New project")
    assert (Path(server.home) / "audit" / "deleted.jsonl").read_text().count('"kind":"delete"') == 1
