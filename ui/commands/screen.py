"""Progress on standard error: bars where there is a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING

from synthcraft.ui.commands.output import console, printable

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from synthcraft.graph.views import Event

_QUARTERS = 4


class Screen:
    """Listens to a running project; `pause` makes room for a question."""

    def __init__(self) -> None:
        self.console = console(sys.stderr)
        self.session = ""
        self._last = ""
        self._bars: Progress | None = None
        self._tasks: dict[str, TaskID] = {}
        self._quarter: dict[str, int] = {}

    def __call__(self, event: Event) -> None:
        """Show one event."""
        self.session = str(event.data.get("session", "")) or self.session
        if event.kind in ("gate", "error") or event.subject == "answer":
            return  # the card says it, whoever catches the error, or the answer as a whole
        if event.kind != "progress" or event.fraction is None:
            if event.text != self._last:
                self.say(event.text)
            self._last = event.text
        elif self.console.is_terminal:
            self._draw(event.subject, event.fraction, event.text)
        else:
            self._print_quarters(event.subject, event.fraction, event.text)

    def say(self, text: str, style: str | None = None) -> None:
        """One line; above the bars where there are any."""
        self.console.print(printable(text), style=style, soft_wrap=True)

    def pause(self) -> None:
        """Take the bars away; the next progress brings new ones."""
        if self._bars is not None:
            self._bars.stop()
        self._bars = None
        self._tasks.clear()

    def __enter__(self) -> Screen:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.pause()

    def _draw(self, subject: str, fraction: float, text: str) -> None:
        if self._bars is None:
            from rich.progress import Progress

            self._bars = Progress(console=self.console, transient=True)
            self._bars.start()
        label = printable(f"{subject} {text}".strip())
        if subject not in self._tasks:
            self._tasks[subject] = self._bars.add_task(label, total=1.0)
        self._bars.update(self._tasks[subject], completed=fraction, description=label)

    def _print_quarters(self, subject: str, fraction: float, text: str) -> None:
        quarter = int(fraction * _QUARTERS)
        if quarter != self._quarter.get(subject):
            self._quarter[subject] = quarter
            self.say(f"{subject} {fraction:.0%} {text}".strip())
