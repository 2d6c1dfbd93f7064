"""Where progress is shown: a bar on a terminal or in a notebook, lines in a log, or nothing."""

from __future__ import annotations

import html
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Protocol

from jaxnn.data.output import in_a_notebook, is_terminal
from jaxnn.training.progress_line import GAP, ProgressLine, fitted

SECONDS_BETWEEN_LINES = 5.0
SECONDS_BETWEEN_PICTURES = 0.2


class ProgressOutput(Protocol):
    """Shows a line that changes."""

    def start(self) -> None:
        """Begin to show the line."""
        ...

    def refresh(self) -> None:
        """Show the line as it is now, unless that was done a moment ago."""
        ...

    def stop(self) -> None:
        """Show the line for the last time."""
        ...


def output_of(line: Callable[[], ProgressLine], shown: bool | None) -> ProgressOutput | None:
    """Return where to show a line; None: nowhere.

    Args:
        line: returns the line as it is now.
        shown: True: in any case; None: in a log only after the first seconds; False: nowhere.
    """
    if shown is False:
        return None
    if in_a_notebook():
        return NotebookOutput(line)
    if not hasattr(sys.stdout, "write"):  # None under pythonw
        return None
    is_dumb = os.environ.get("TERM", "").lower() in ("dumb", "unknown")  # cannot move its cursor
    if is_terminal(sys.stdout) and not is_dumb:
        return TerminalOutput(line)
    return LogOutput(line, at_least_once=shown is True)


class TerminalOutput:
    """A bar of rich's on a terminal, drawn again ten times a second.

    Its console is its own: rich's common one takes every file for UTF-8.  rich hides the terminal's
    cursor; here it stays, for a process that is killed could not show it again.
    """

    def __init__(self, line: Callable[[], ProgressLine]):
        from rich.console import Console
        from rich.live import Live

        self._line = line
        output: Any = _Output(sys.stdout)
        self._live = Live(
            self, console=Console(file=output), auto_refresh=True, refresh_per_second=10
        )

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
        from rich.cells import cell_len
        from rich.progress_bar import ProgressBar
        from rich.segment import Segment

        line = self._line()
        before, length, after = fitted(line, options.max_width, cell_len)
        yield Segment(before)
        if length:
            yield Segment(" " * GAP)
            bar = ProgressBar(total=1, completed=line.fraction, width=length)
            drawn = list(console.render(bar, options))
            yield from drawn
            yield Segment(" " * (length - Segment.get_line_length(drawn)))  # without colours
        yield Segment(" " * GAP + after)

    def start(self) -> None:
        """Draw the bar, and leave the cursor visible."""
        with self._live.console as console:  # both in one write
            self._live.start()
            console.show_cursor(True)

    def refresh(self) -> None:
        """Leave it to rich, which draws ten times a second."""

    def stop(self) -> None:
        """Draw the bar as it is at the end."""
        self._live.stop()


class NotebookOutput:
    """A bar of HTML in a notebook; rich's needs ipywidgets."""

    def __init__(self, line: Callable[[], ProgressLine]):
        self._line, self._handle, self._last = line, None, 0.0

    def __repr__(self) -> str:
        return str(self._line())

    def _repr_html_(self) -> str:
        line = self._line()
        bar = f'<progress max="1" value="{line.fraction:.4f}"></progress>'
        units, *rest = (
            html.escape(part).replace(" ", "&nbsp;")  # so that a line breaks between the parts
            for part in (line.units, line.time, *line.numbers)
        )
        return f"<code>{' &nbsp;'.join((units, bar, *filter(None, rest)))}</code>"

    def start(self) -> None:
        """Show the bar below the cell."""
        from IPython.display import display

        self._handle = display(self, display_id=True)
        self._last = time.monotonic()

    def refresh(self) -> None:
        """Show the bar again, at most a few times a second."""
        if time.monotonic() - self._last >= SECONDS_BETWEEN_PICTURES:
            self.stop()

    def stop(self) -> None:
        """Show the bar as it is now."""
        self._last = time.monotonic()
        if self._handle is not None:
            self._handle.update(self)


class LogOutput:
    """Lines in a file, one every few seconds, and a last one if there was any.

    Args:
        line: returns the line as it is now.
        at_least_once: write the last line in any case.
    """

    def __init__(self, line: Callable[[], ProgressLine], *, at_least_once: bool):
        self._line, self._file = line, _Output(sys.stdout)
        self._writes_last, self._last = at_least_once, 0.0

    def start(self) -> None:
        """Begin to count the seconds."""
        self._last = time.monotonic()

    def refresh(self) -> None:
        """Write a line if enough time has passed."""
        if time.monotonic() - self._last >= SECONDS_BETWEEN_LINES:
            self._writes_last = True
            self._write()

    def stop(self) -> None:
        """Write the last line."""
        if self._writes_last:
            self._write()

    def _write(self) -> None:
        self._last = time.monotonic()
        self._file.write(f"{self._line()}\n")
        self._file.flush()  # a batch job's file is read while it runs


class _Output:
    """A text file to which writing never fails: training does not end when its terminal does.

    A character that the encoding lacks is written as "?".
    """

    def __init__(self, file: Any):
        self._file = file

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def write(self, text: str) -> int:
        """Write a text, and return its length."""
        with suppress(OSError, ValueError):
            try:
                self._file.write(text)
            except UnicodeEncodeError as error:
                self._file.write(text.encode(error.encoding, "replace").decode(error.encoding))
        return len(text)

    def flush(self) -> None:
        """Flush the file."""
        with suppress(OSError, ValueError, AttributeError):
            self._file.flush()
