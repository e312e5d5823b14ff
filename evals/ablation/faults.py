"""Tools that fail on purpose: a generator, a measurement, a slow fit."""

from __future__ import annotations

from collections.abc import Callable

from synthcraft.evals.ablation.named import Named
from synthcraft.graph.contracts import Frozen
from synthcraft.tools.job_records import JobResult, JobSpec


class Fault(Frozen):
    """What shall fail in a task.

    Attributes:
        kind: a registered fault.
        what: the generator or the family of metrics that it strikes.
        times: how often; None: always.
    """

    kind: str
    what: str
    times: int | None = None


Break = Callable[[Fault, JobSpec], JobResult | None]
_FAULTS = Named[Break]("fault")


def fault(kind: str) -> Callable[[Break], Break]:
    """Register a way to fail: from a job to the result it gets instead, None if it is spared."""
    return _FAULTS.enter(kind)


def check(faults: tuple[Fault, ...]) -> None:
    """Refuse a fault that nobody wrote."""
    for each in faults:
        _FAULTS.find(each.kind)


def struck(fault: Fault, spec: JobSpec) -> JobResult | None:
    """The result of a job that this fault strikes; None: it is spared."""
    return _FAULTS[fault.kind](fault, spec)


def _fit_of(fault: Fault, spec: JobSpec) -> bool:
    return spec.kind == "generate" and spec.params.get("generator") == fault.what


@fault("generator_fails")
def _generator_fails(fault: Fault, spec: JobSpec) -> JobResult | None:
    if not _fit_of(fault, spec):
        return None
    message = "A calculation in the library failed (ValueError)."
    return JobResult(key=spec.key, status="failed", code="E_JOB_FAILED", message=message)


@fault("slow_tool")
def _slow_tool(fault: Fault, spec: JobSpec) -> JobResult | None:
    return timed_out(spec, 60.0) if _fit_of(fault, spec) else None


@fault("metric_errors")
def _metric_errors(fault: Fault, spec: JobSpec) -> JobResult | None:
    if spec.kind != "evaluate" or fault.what not in spec.params.get("families", ()):
        return None
    message = "A calculation in the library failed (FloatingPointError)."
    return JobResult(key=spec.key, status="failed", code="E_JOB_FAILED", message=message)


def timed_out(spec: JobSpec, most_s: float) -> JobResult:
    """A job whose time was up, without waiting for it."""
    message = "The job was stopped because its time was up."
    seconds = min(spec.timeout_s, most_s)
    return JobResult(
        key=spec.key, status="timeout", code="E_TIMEOUT", message=message, seconds=seconds
    )
