"""Where training runs: without a terminal, without a home folder, with other encodings."""

import io
import sys

import jax
import numpy as np
import optax
import pytest

import jaxnn
from jaxnn.training.progress import epochs_bar, points_bar

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
    with epochs_bar(2, 8, shown) as bar:
        bar.show(1, {name: 0.5}, 0.1, advance=1)
        bar.show(1, {name: 0.25}, 0.1, advance=1)
    with points_bar(1, 2, name, False, shown) as bar:
        bar.show(np.arange(1), 2, {name: np.array([0.25])})
        bar.advance(1)


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
