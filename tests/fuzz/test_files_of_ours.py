"""Files that we write and read again, changed by accident or on purpose: told, never a crash."""

from __future__ import annotations

import json
import warnings
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthcraft.graph.errors import SynthCraftError
from synthcraft.graph.memory import recent
from synthcraft.graph.policy_exchange import merge_files, opened
from synthcraft.graph.policy_file import PolicyFile, load_policy
from synthcraft.graph.records import digest_of
from synthcraft.graph.statistics import names, priors
from synthcraft.tools.artifacts import ArtifactStore
from synthcraft.tools.audit import AuditLog
from synthcraft.tools.job_records import JobResult, finished, record_path
from tests.fuzz.strategies import COUNTS, changed_bytes, changed_json, examples
from tests.fuzz.targets import folder
from tests.unit.tools.test_audit_signed import filled

POLICY = PolicyFile.of({"b|intake": (4_000_000, 1_000_000), "e|intent": (0, 3_500_000)}, 7)
KEY = "ab" * 32
RECORD = JobResult(key=KEY, status="ok", inputs={"train": KEY}, info={"rows": 5})


def is_used_or_refused(data: bytes) -> None:
    """A file of counts: of another site, and as that of a workspace."""
    path = folder() / "policy.json"
    path.write_bytes(data)
    try:
        opened(path)
        merge_files(folder() / "ours" / "policy.json", [path])
    except SynthCraftError as error:
        assert "policy.json" in error.message or "counts" in error.message
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        known = load_policy(path)
    assert set(known.installation) <= names()
    for name in known.installation.keys() & priors().keys():
        assert all(0 <= part < float("inf") for part in known.beta(name))


@given(data=changed_bytes(json.dumps(POLICY.content()).encode()) | st.binary(max_size=60))
@examples(50)
def test_counts_with_changed_bytes_are_used_or_refused(data: bytes) -> None:
    is_used_or_refused(data)


@given(content=changed_json(POLICY.content()), counts=st.none() | COUNTS)
@examples(50)
def test_counts_changed_under_a_digest_that_fits_are_used_or_refused(
    content: Any, counts: dict[str, Any] | None
) -> None:
    if isinstance(content, dict):
        content = content if counts is None else {**content, "counts": counts}
        content.pop("digest", None)
        content = json.loads(json.dumps(content))
        content["digest"] = digest_of(content)
    is_used_or_refused(json.dumps(content).encode())


@given(content=changed_json({"schema": "emab-drift/1", "outcomes": [[1.5, 0.5]]}))
@examples(30)
def test_the_course_of_projects_changed_on_purpose_is_used_or_set_aside(content: Any) -> None:
    if isinstance(content, dict):
        content = {**content, "digest": digest_of(content)}
    (folder() / "drift.json").write_text(json.dumps(content))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert isinstance(recent(folder() / "policy.json"), tuple)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> tuple[AuditLog, str, bytes]:
    """A signed log, its last entry, and its bytes."""
    made, head = filled(tmp_path_factory.mktemp("audit"), 6)
    return made, head, made.path.read_bytes()


@given(data=st.data())
@examples(80)
def test_every_change_of_a_log_is_told_and_nothing_else_is_raised(
    log: tuple[AuditLog, str, bytes], data: st.DataObject
) -> None:
    made, head, whole = log
    changed = data.draw(changed_bytes(whole))
    made.path.write_bytes(changed)
    complete = changed[: changed.rfind(b"\n") + 1]  # what follows was never finished
    assert bool(made.verify(head)) == (complete != whole)
    for look in (made.all, made.tip, made.unsigned, lambda: made.lineage(head)):
        try:
            look()
        except SynthCraftError as error:
            assert made.path.name in error.message


@given(record=changed_json(json.loads(RECORD.model_dump_json())), sha=st.text(max_size=70))
@examples(50)
def test_a_changed_record_of_a_job_is_kept_or_made_anew(record: Any, sha: str) -> None:
    store = ArtifactStore(folder() / "artifacts")
    path = record_path(folder(), KEY)
    path.parent.mkdir(parents=True, exist_ok=True)
    for changed in (
        record,
        {**RECORD.model_dump(), "outputs": {"a": {"sha256": sha, "kind": "", "bytes": 1}}},
    ):
        path.write_text(json.dumps(changed))
        found = finished(folder(), store, KEY)
        assert found is None or found.key == KEY
