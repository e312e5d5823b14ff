"""`synthcraft policy`: what the installation has learnt: show, merge, reset, export, evaluate."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from synthcraft.ui.commands import options
from synthcraft.ui.commands.policy_evaluate import evaluate

app = typer.Typer(help="What the router has learnt: counts only, no data and no names.")

GROUPS = {"ind": "as the rules expect", "non": "not expected", "want": "as you said"}


@app.command()
def show(home: options.Home = None, as_json: options.Json = False) -> None:
    """What was learnt: how much data, what was believed before and what now."""
    from synthcraft.graph.drift import alarmed, told
    from synthcraft.graph.memory import recent
    from synthcraft.ui.commands.output import print_json, print_table

    path = options.read_settings(home).policy_file
    number, rows = _learnt(path)
    outcomes = recent(path)
    if as_json:
        drift = {"outcomes": outcomes, "alarm": alarmed(outcomes)}
        print_json({"file": str(path), "projects": number, "learnt": rows, "drift": drift})
        return
    typer.echo(f"Learnt from {number} projects, kept in {path}.")
    typer.echo(told(outcomes))
    if rows:
        print_table(
            (
                {
                    "what": row["words"],
                    "data": f"{row['observations']:g}",
                    "before": f"{row['prior']:.2f}",
                    "now": f"{row['posterior']:.2f}",
                }
                for row in rows
            ),
            ["what", "data", "before", "now"],
        )


def _learnt(path: Path) -> tuple[int, list[dict[str, object]]]:
    """Number of projects, and a row for each name that has data, most data first."""
    from synthcraft.graph.policy_exchange import opened
    from synthcraft.graph.statistics import Statistics
    from synthcraft.tools.counts import qualities

    if not path.exists():
        return 0, []
    file = opened(path)
    learnt = qualities(file.counts)
    before, now = Statistics(), Statistics(installation=file.counts)
    rows: list[dict[str, object]] = [
        {
            "key": key,
            "words": in_words(key),
            "observations": round(now.observations(key), 2),
            "prior": before.mean(key),
            "posterior": now.mean(key),
        }
        for key in sorted(
            file.counts.keys() - learnt.keys(), key=lambda key: (-now.observations(key), key)
        )
    ]
    return file.n_pipelines, rows + _of_generators(learnt)


def _of_generators(counts: Mapping[str, tuple[int, int]]) -> list[dict[str, object]]:
    """What was learnt of the generators on each kind of table."""
    from synthcraft.graph.records import Flags
    from synthcraft.tools.counts import MICRO
    from synthcraft.tools.generators.quality import QualityModel

    before, now = QualityModel.of_catalogue(), QualityModel.of_catalogue(counts)
    rows: list[dict[str, object]] = []
    for key, (runs, _) in sorted(counts.items()):
        _, name, *context = key.split("|")
        kind = {word[:-1]: word[-1] == "1" for word in context}
        flags = Flags(**kind)
        said = ", ".join(flag for flag, holds in kind.items() if holds) or "ordinary"
        rows.append(
            {
                "key": key,
                "words": f"quality of {name} on tables of this kind: {said}",
                "observations": round(runs / MICRO, 2),
                "prior": before.believed(flags)[name].mean,
                "posterior": now.believed(flags)[name].mean,
            }
        )
    return rows


def in_words(key: str) -> str:
    """A name of the statistics as a phrase."""
    from synthcraft.graph.episodes import ASPECT_WORDS, EPISODES
    from synthcraft.graph.statistics import SECOND

    kind, episode, *rest = key.split("|")
    if key.startswith(SECOND):
        check, verdict = rest
        found = "nothing" if check == "pass" else "a gap"
        return (
            f"a second opinion finds a gap in what is then {verdict}, "
            f"where the self-check found {found}"
        )
    if kind == "g":
        return f"a self-check finds a gap in what is then {episode}"
    place = EPISODES[episode].title.lower()  # type: ignore[index]
    if kind == "k":
        when = ", ".join([GROUPS[rest[1]], *(f"privacy {tier}" for tier in rest[2:])])
        return f"{place}: sent back for lack of {ASPECT_WORDS[rest[0]]} ({when})"
    if kind == "b":
        return f"{place}: approved when nothing is missing"
    if kind == "e":
        return f"{place}: sent back for one thing too many"
    if kind == "R":
        return f"{place}: reward after rejection {int(rest[0]) + 1}"
    context = [
        f"{word[:-1].replace('_', ' ')}: {'yes' if word[-1] == '1' else 'no'}" for word in rest[2:]
    ]
    said = ["asked for"] if rest[1] == "named1" else []
    where = f" ({', '.join([*said, *context])})" if said or context else ""
    return f"{place}: {rest[0].replace('_', ' ')} succeeds{where}"


@app.command()
def merge(
    files: Annotated[list[Path], typer.Argument(help="policy.json files of other sites.")],
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Add what other sites have learnt; the last version stays as policy.json.prev."""
    from synthcraft.graph.policy_exchange import merge_files

    path = options.read_settings(home).policy_file
    merged = merge_files(path, files)
    _tell(
        {"file": str(path), "projects": merged.n_pipelines, "names": len(merged.counts)},
        f"{path.name} now holds the counts of {merged.n_pipelines} projects.",
        as_json,
    )


@app.command()
def reset(home: options.Home = None, as_json: options.Json = False) -> None:
    """Begin again from the priors; the old file is put aside, never deleted."""
    from synthcraft.graph.policy_exchange import reset as put_aside

    aside = put_aside(options.read_settings(home).policy_file)
    said = f"Put aside as {aside}." if aside else "Nothing was learnt yet."
    _tell({"set_aside": str(aside) if aside else None}, said, as_json)


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="File to write.")],
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Write what may leave: at least 5 projects, no name with fewer than 2 observations."""
    from synthcraft.graph.policy_exchange import export as write_out

    path = options.read_settings(home).policy_file
    kept = write_out(path, file)
    _tell(
        {"file": str(file), "projects": kept.n_pipelines, "names": len(kept.counts)},
        f"{file}: {len(kept.counts)} names from {kept.n_pipelines} projects.",
        as_json,
    )


app.command()(evaluate)


def _tell(value: dict[str, object], words: str, as_json: bool) -> None:
    from synthcraft.ui.commands.output import print_json, printable

    if as_json:
        print_json(value)
    else:
        typer.echo(printable(words))
