"""Files of the page: uploads are their sender's, downloads and tables their project's."""

from __future__ import annotations

import pytest

from synthcraft.graph.deps import Settings
from synthcraft.graph.errors import InputError, RoleError
from synthcraft.graph.team import Person
from synthcraft.ui.auth.files import PageFiles
from synthcraft.ui.projects import Projects

ANNA = Person(name="anna", role="analyst")
CLEO = Person(name="cleo", role="steward")


def test_what_is_made_for_a_project_is_for_who_may_open_it(settings: Settings) -> None:
    projects = Projects(settings)
    project = projects.draft()
    project.owner = "anna"
    report, table = settings.home / "report.html", settings.home / "table.csv"
    project.downloads = [report]
    project.drawn.add(table)
    files = PageFiles(projects)
    for path in (report, table):
        assert files.may_fetch(str(path), ANNA)
        assert not files.may_fetch(str(path), CLEO)
    for other in ("", "/", str(settings.home), f"{settings.home}/x/../report.html"):
        assert not files.may_fetch(other, ANNA)


def test_an_upload_is_taken_from_its_sender_alone(settings: Settings) -> None:
    projects = Projects(settings)
    files, who = PageFiles(projects), {"here": ANNA}
    projects.team = lambda name: who["here"]
    files.received(["/page/1/a.csv"], ANNA)
    files.check("/page/1/a.csv")
    who["here"] = CLEO
    with pytest.raises(InputError, match="did not arrive"):
        files.check("/page/1/a.csv")
    with pytest.raises(InputError, match="did not arrive"):
        files.check("/page/2/never.csv")


def test_on_a_team_page_nobody_acts_without_a_login(settings: Settings) -> None:
    projects = Projects(settings)
    projects.team = lambda name: None
    with pytest.raises(RoleError, match="not logged in"):
        projects.draft()
    with pytest.raises(RoleError, match="not logged in"):
        projects.listed()
