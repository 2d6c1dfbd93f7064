"""Whether there is a notebook that shows widgets."""

from __future__ import annotations

import sys
from importlib.util import find_spec


def shows_widgets() -> bool:
    """Return whether this runs in a Jupyter kernel, and anywidget is installed."""
    if "IPython" not in sys.modules or find_spec("anywidget") is None:
        return False
    from IPython.core.getipython import get_ipython

    return getattr(get_ipython(), "kernel", None) is not None
