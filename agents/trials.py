"""The runs of a choice: each engine trained on T by a job, and looked at beside V by another."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from synthcraft.agents.base import Toolbox
from synthcraft.agents.choosing import Prepared
from synthcraft.agents.fitting import TRAINED, hashes, params_of, scored
from synthcraft.agents.learnt import counted
from synthcraft.tools.counts import Counts
from synthcraft.tools.generators.catalogue import find
from synthcraft.tools.generators.choice_record import Run
from synthcraft.tools.generators.hunt import shortened
from synthcraft.tools.generators.search import Trial
from synthcraft.tools.job_records import JobResult

_LEAST_S = 1.0


@dataclass
class Trials:
    """Runs engines for a search; whatever happens in a job becomes a trial."""

    prepared: Prepared
    tools: Toolbox
    runs: list[Run] = field(default_factory=list)

    async def __call__(self, generator: str, share: float) -> Trial:
        """Train on a share of a whole run, then score."""
        run = await self._run(generator, share)
        self.runs.append(run)
        self.tools.emit(run.sentence, None, generator)
        minutes = run.seconds / 60
        return Trial(generator=generator, minutes=minutes, quality=run.quality, share=share)

    @property
    def seconds_anew(self) -> float:
        """Of what was not there already."""
        return sum(run.seconds for run in self.runs if not run.cached)

    def taught(self) -> Counts:
        """What whole runs teach about their engines; what was there already taught it before."""
        whole = [r for r in self.runs if r.share == 1 and not r.cached]
        runs = [(r.generator, r.params, r.quality) for r in whole]
        return counted(runs, self.prepared.search.flags, self.prepared.split.train)

    async def _run(self, generator: str, share: float) -> Run:
        ready, plan = self.prepared, self.prepared.plan
        engine = next(e for e in plan.generators if e.generator == generator)
        params, rows = shortened(find(generator), engine.params, ready.split.train, share)
        given = params_of(engine, plan, ready.split) | {"params": params}
        if rows < ready.split.train:
            given["train_rows"] = rows
        left = 60 * ready.search.minutes - sum(run.seconds for run in self.runs)
        made = await self.tools.run_job(
            "generate",
            given,
            hashes(ready.refs, TRAINED),
            engine.seed,
            generator,
            at_most_s=max(left, _LEAST_S),
        )
        told = {"generator": generator, "params": params, "share": share, "rows": rows}
        if made.status != "ok":
            return Run.model_validate(told | _ended(made))
        sha256 = made.outputs["synthetic"].sha256
        seen = await scored(sha256, plan, ready.refs, ready.seed, self.tools)
        quality = seen.info.get("quality")
        none = "no endpoint could be had on the validation rows" if quality is None else ""
        found = {"quality": quality, "parts": seen.info.get("parts", {}), "sha256": sha256}
        both = {"seconds": made.seconds + seen.seconds, "cached": made.cached and seen.cached}
        return Run.model_validate(
            told | _ended(seen) | found | both | {"message": seen.message or none}
        )


def _ended(result: JobResult) -> dict[str, Any]:
    return {
        "status": result.status,
        "message": result.message,
        "seconds": result.seconds,
        "cached": result.cached,
    }
