"""Where training runs: without a terminal, without a home folder, with other encodings."""

import io
import re
import sys
import time

import jax
import numpy as np
import optax
import pytest

import jaxnn
from jaxnn.training import progress_outputs
from jaxnn.training.progress import EpochsBar, PointsBar

NET = jaxnn.mlp(3, 1, output="sigmoid")
SETTINGS = {"cost": "squared_error", "epochs": 1, "batch_size": 8}


class Log:
    """What an IDE puts in place of sys.stdout: it can be written to, and that is all."""

    def __init__(self):
        self.text = ""

    def write(self, text):
        self.text += text
        return len(text)

    def flush(self):
        pass


def closed_file():
    file = io.StringIO()
    file.close()
    return file


def terminal(encoding, taken=10**9):
    """Return a terminal that shows the characters of an encoding, and is gone after some writes."""

    class Terminal(io.TextIOWrapper):
        left = taken

        def isatty(self):
            return True

        def write(self, text):
            self.left -= 1
            if self.left < 0:
                raise OSError(5, "Input/output error")
            return super().write(text)

    return Terminal(io.BytesIO(), encoding=encoding)


def shown_on(file):
    file.flush()
    return file.buffer.getvalue().decode(file.encoding)


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("make", [lambda: None, Log, closed_file])
def test_fit_and_sweep_need_no_terminal(make, monkeypatch):
    data = jaxnn.boolean_function()
    key = jax.random.key(0)
    monkeypatch.setattr(sys, "stdout", make())
    monkeypatch.setattr(sys, "stderr", make())
    jaxnn.fit(NET, data, optimizer=optax.sgd(0.1), key=key, **SETTINGS)
    jaxnn.sweep(NET, data, optimizer=optax.sgd, grid={"learning_rate": [0.1]}, key=key, **SETTINGS)


def run_both_bars(shown, name="loss"):
    with EpochsBar(2, 8, shown) as bar:
        bar.show(1, {name: 0.5}, 0.1)
        bar.show(1, {name: 0.25}, 0.1)
    with PointsBar(1, 2, name, False, shown) as bar:
        bar.show(np.arange(1), 2, {name: np.array([0.25])})
        bar.end([0])


@pytest.mark.parametrize("make", [lambda: None, closed_file])
def test_a_bar_that_was_asked_for_is_left_out_where_none_can_be_shown(make, monkeypatch):
    monkeypatch.setattr(sys, "stdout", make())
    run_both_bars(True)


def test_a_bar_is_written_to_a_log_that_asks_for_it(monkeypatch):
    log = Log()
    monkeypatch.setattr(sys, "stdout", log)
    run_both_bars(True)
    assert "0.2500" in log.text


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
@pytest.mark.parametrize("name", ["μ", "[/x]", "a\udc80"])
def test_a_bar_in_any_encoding_with_any_metric(encoding, name, monkeypatch):
    file = terminal(encoding)
    monkeypatch.setattr(sys, "stdout", file)
    run_both_bars(None, name)
    written = shown_on(file)
    expected = name if name == "[/x]" or (name == "μ" and encoding == "utf-8") else name[:-1] + "?"
    assert f"{expected} 0.2500" in written
    assert ("━" in written) == (encoding == "utf-8")


@pytest.mark.parametrize("taken", [0, 1, 2, 3])
def test_a_terminal_that_goes_away_ends_no_training(taken, monkeypatch):
    monkeypatch.setattr(sys, "stdout", terminal("utf-8", taken))
    run_both_bars(None)


MEASURED = {"loss": 0.5, "accuracy": 0.8, "mine": 3.0, "val_loss": 0.25, "val_accuracy": 0.9}


def written_on_a_terminal(width):
    """Return the last line that each bar shows on a terminal, and the most columns of any."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", file := terminal("utf-8"))
        patch.setenv("TERM", "xterm")
        patch.setenv("COLUMNS", str(width))
        patch.setattr(time, "monotonic", lambda: 100.0)
        with EpochsBar(200, 60_000, monitor="mine") as bar:
            bar.show(10, MEASURED, 0.1)
            bar.show(100, MEASURED, 0.1)
        with PointsBar(1000, 50, "val_accuracy", True) as bar:
            bar.show(np.arange(500), 10, {"val_accuracy": np.linspace(0, 0.97, 500)})
            bar.end(range(250))
    lines = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown_on(file)).split("\n")[:-1]
    drawn = [line.split("\r") for line in lines]
    return [line[-1] for line in drawn], max(len(one) for line in drawn for one in line)


@pytest.mark.parametrize(
    ("width", "epochs", "points"),
    [
        (40, ["in 0:00", "loss 0.5"], ["━" * 5, "in 0:00"]),
        (60, ["━" * 4, "in 0:00", "loss 0.5"], ["in 0:00", "best val accuracy 0.97"]),
        (80, ["━" * 4, "loss 0.5", "mine 3.0"], ["━" * 4, "best val accuracy 0.97", "5k/50k"]),
        (120, ["val accuracy 0.9", "accuracy 0.8"], ["━" * 20, "best val accuracy 0.97"]),
        (200, ["━" * 20, "val loss 0.25", "M examples/s"], ["━" * 20, "5k/50k epochs"]),
    ],
)
def test_a_bar_shows_as_much_as_the_terminal_has_columns_for(width, epochs, points):
    lines, most = written_on_a_terminal(width)
    assert most <= width
    for line, parts in zip(lines, [["110/200", *epochs], ["250/1000", *points]], strict=True):
        assert all(part in line for part in parts), line


def test_a_dumb_terminal_is_written_to_like_a_log(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr(time, "monotonic", lambda: 100.0)
    monkeypatch.setattr(sys, "stdout", file := terminal("utf-8"))
    run_both_bars(True)
    assert shown_on(file) == (
        "epoch 2/2  in 0:00  loss 0.2500  80 examples/s\n"
        "points 1/1  in 0:00  best loss 0.2500  2/2 epochs\n"
    )


@pytest.mark.parametrize(("shown", "seconds", "lines"), [
    (None, 0.2, 0), (True, 0.2, 1), (False, 1.0, 0), (None, 1.0, 5), (True, 1.0, 5),
])  # fmt: skip
def test_a_log_gets_a_line_every_five_seconds_and_a_last_one(shown, seconds, lines, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(progress_outputs, "SECONDS_BETWEEN_LINES", 5.0)
    monkeypatch.setattr(sys, "stdout", log := Log())
    with EpochsBar(20, 8, shown) as bar:
        for epoch in range(1, 21):
            now[0] += seconds
            bar.show(1, {"loss": 1 / epoch}, seconds)
    written = log.text.splitlines()
    assert len(written) == lines
    if lines:
        assert written[-1].startswith(f"epoch 20/20  in 0:{20 * seconds:02.0f}  loss 0.0500")
    if lines > 1:
        assert written[0] == "epoch  5/20  0:15 left  loss 0.2000  8 examples/s"


def test_a_notebook_shows_a_bar_of_html_that_changes(monkeypatch):
    display = pytest.importorskip("IPython.display", reason="notebooks come with IPython")
    shown = []

    class Handle:
        def update(self, view):
            shown.append((repr(view), view._repr_html_()))

    def displayed(view, display_id):
        Handle().update(view)
        return Handle()

    monkeypatch.setattr(time, "monotonic", lambda: 100.0)
    monkeypatch.setattr(progress_outputs, "in_a_notebook", lambda: True)
    monkeypatch.setattr(display, "display", displayed)
    monkeypatch.setattr(progress_outputs, "SECONDS_BETWEEN_PICTURES", 0)
    run_both_bars(None, "<b>")
    assert len(shown) == 4 + 4  # begin, two reports, end
    assert shown[0][0] == "epoch 0/2  compiling"
    text, html = shown[3]
    assert text == "epoch 2/2  in 0:00  <b> 0.2500  80 examples/s"
    assert '<progress max="1" value="1.0000"></progress>' in html
    assert "&lt;b&gt;&nbsp;0.2500" in html


def test_the_time_left_is_that_of_the_epochs_left_at_the_speed_of_those_run(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(sys, "stdout", log := Log())
    with PointsBar(4, 10, "loss", False, True) as bar:
        bar.show(np.arange(4), 1, {"loss": np.arange(4.0)})
        now[0] += 10
        bar.show(np.arange(4), 1, {"loss": np.arange(4.0)})  # 4 epochs in 10 seconds
        assert str(bar._line()) == "points 0/4  1:20 left  best loss 0.0000  8/40 epochs"
        bar.end({1, 2})  # halving leaves them behind
        assert str(bar._line()) == "points 2/4  0:40 left  best loss 0.0000  8/40 epochs"
        bar.end({0, 3})
    assert log.text == "points 4/4  in 0:10  best loss 0.0000  8/40 epochs\n"
