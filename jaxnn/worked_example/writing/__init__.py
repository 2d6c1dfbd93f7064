"""The equations of a worked example, as text for a terminal and as LaTeX."""
