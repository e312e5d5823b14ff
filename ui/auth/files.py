"""Which file of the page is whose: uploads are their sender's, downloads their project's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from synthcraft.graph.errors import InputError
from synthcraft.graph.team import Person

if TYPE_CHECKING:
    from synthcraft.ui.projects import Projects

MOST = 10_000


class PageFiles:
    """Paths by the person who may use them; only for pages with logins."""

    def __init__(self, projects: Projects) -> None:
        self._projects = projects
        self._senders: dict[str, set[str]] = {}

    def received(self, paths: list[str], person: Person) -> None:
        """Note who has sent files."""
        for path in paths:
            self._senders.setdefault(path, set()).add(person.name)
        while len(self._senders) > MOST:
            self._senders.pop(next(iter(self._senders)))

    def check(self, path: str) -> None:
        """Refuse an upload that somebody else has sent.

        Raises:
            InputError: who acts now has not sent it.
        """
        person = self._projects.person()
        if person is None or person.name not in self._senders.get(path, ()):
            raise InputError("The upload did not arrive.", "Please choose the file again.")

    def may_fetch(self, path: str, person: Person) -> bool:
        """Whether a path, written exactly as the page shows it, belongs to a project of theirs."""
        return self._projects.serves(Path(path), person)
