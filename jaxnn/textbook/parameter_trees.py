"""How parameters are shown: their sizes in a line, and in a notebook as a tree that unfolds."""

from __future__ import annotations

import warnings
from importlib.util import find_spec
from typing import Any

import jax

from jaxnn.textbook.network import Layer
from jaxnn.textbook.shared_members import SharedParams, symbols_of_members


def dtype_of(params: Any) -> Any:
    """Return the type of parameters, that of W^[1].

    >>> dtype_of((Layer(jax.numpy.ones((2, 3)), jax.numpy.ones(2)),)).name
    'float32'
    """
    return jax.tree.leaves(params)[0].dtype


def sizes_of(params: Any) -> str:
    """Return the sizes and the type of `Params`, of which there may be several, stacked.

    >>> sizes_of((Layer(jax.numpy.ones((4, 3)), jax.numpy.ones(4)),))
    'layers 3 → 4, float32'
    """
    if isinstance(params, SharedParams):
        params = (*params.shared, params.members[-1])
    sizes = [params[0].W.shape[-1], *(layer.W.shape[-2] for layer in params)]
    shown = [*sizes[:5], "…", *sizes[-2:]] if len(sizes) > 8 else sizes
    return f"layers {' → '.join(map(str, shown))}, {params[0].W.dtype}"


def named_arrays(params: Any) -> dict[str, Any]:
    """Return the arrays of `Params`, or of `SharedParams`, by the textbook's names.

    >>> list(named_arrays((Layer(1, 2), Layer(3, 4))))
    ['W^[1]', 'b^[1]', 'W^[2]', 'b^[2]']
    """
    if isinstance(params, SharedParams):
        names = jax.tree.leaves(symbols_of_members(params))
        return dict(zip(names, jax.tree.leaves(params), strict=True))
    layers = enumerate(params, start=1)
    return {
        f"{name}^[{l}]": array for l, layer in layers for name, array in layer._asdict().items()
    }


def has_sizes(params: Any) -> bool:
    """Return whether a value is `Params` whose W^[l] are matrices, perhaps stacked."""
    if isinstance(params, SharedParams):
        params = (*params.shared, params.members[-1])
    elif not is_params(params):
        return False
    return all(len(getattr(x.W, "shape", ())) > 1 for x in params)


def is_params(value: Any) -> bool:
    """Return whether a value is a tuple of layers, or `SharedParams`."""
    if isinstance(value, SharedParams):
        return True
    return isinstance(value, tuple) and bool(value) and all(isinstance(x, Layer) for x in value)


def tree_of(value: Any, render: Any) -> Any:
    """Return a NamedTuple as treescope's tree, in which each W^[l] and b^[l] has its name.

    Args:
        value: the NamedTuple.
        render: treescope's renderer of what is inside, as `__treescope_repr__` gets it.
    """
    from treescope import repr_lib

    def named(field: Any) -> Any:
        return jax.tree.map(
            lambda x: named_arrays(x) if is_params(x) else x, field, is_leaf=is_params
        )

    fields = {name: named(field) for name, field in value._asdict().items()}
    # None: the paths that treescope copies would be those of the tuples, not of these names
    return repr_lib.render_object_constructor(type(value), fields, None, render)


def html_tree(value: Any) -> str:
    """Return a tree that unfolds as HTML; "" where treescope, which Flax brings, cannot draw it."""
    if find_spec("treescope") is None:
        return ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # NumPy 2.5 on what treescope uses
            import treescope

            return treescope.render_to_html(value)
    except Exception:  # such as of an array that was deleted
        return ""
