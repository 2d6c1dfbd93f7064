"""How optax is applied: one step of an optimiser, and which optimisers are refused."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import optax

from jaxnn.errors import ShapeError
from jaxnn.textbook.checks.arguments import described
from jaxnn.textbook.evaluation_point import evaluation_params, nodes_of
from jaxnn.textbook.network import Layer, Params

Extras = Mapping[str, Any]

# class of an optimiser's state -> why that cannot train a network, and what to use
NOT_USABLE = {
    optax.LookaheadState: (
        "optax.lookahead trains pairs of parameters, optax.LookaheadParams(fast, slow), and not "
        "W^[l], b^[l]: take optax.contrib.schedule_free(optimizer, learning_rate), which averages "
        "parameters too"
    ),
    optax.contrib.DifferentiallyPrivateAggregateState: (
        "optax.contrib.dpsgd and differentially_private_aggregate clip the gradient of each "
        "example, and training has that of the mean over a batch: apply them by hand to "
        "jax.vmap(jax.grad(…)) of jaxnn.loss on one example each"
    ),
    optax.contrib.SAMState: (
        "optax.contrib.sam leaves the parameters at an adversarial point between its steps, which "
        "is not where they should be measured: give it opaque_mode=True, which makes both steps "
        "in one update"
    ),
}

GIVEN = "value, grad, value_fn, obj_fn and grad_fn"


def extras_of(value: jax.Array, gradients: Params, value_fn: Callable[[Params], jax.Array]) -> Any:
    """Return what an optimiser of optax may ask for beside gradients, state and parameters.

    `value` is E of the batch, (), and `value_fn` is params -> E of the same batch, with the same
    neurons dropped.
    """

    def of_params(params: Params, *, obj_fn: Any = None, grad_fn: Any = None) -> jax.Array:
        del obj_fn, grad_fn  # a line search passes on the extras that it does not use
        return value_fn(params)

    return {
        "value": value,
        "grad": gradients,
        "value_fn": of_params,
        "obj_fn": value_fn,  # as optax.contrib.sophia calls it
        "grad_fn": lambda params, _: jax.grad(value_fn)(params),  # optax.contrib.sam
    }


def updates_of(
    optimizer: optax.GradientTransformation,
    gradients: Params,
    opt_state: optax.OptState,
    params: Params,
    extras: Extras,
) -> tuple[Any, optax.OptState]:
    """Return (updates, state) of an optimiser, which gets those extras that it takes."""
    taken = {name: extras[name] for name in _taken(optimizer, extras)}
    # optax counts its steps in int32, and multiplies (1,) by (n,)
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        return optimizer.update(gradients, opt_state, params, **taken)


def apply_optimizer(
    optimizer: optax.GradientTransformation,
    gradients: Params,
    opt_state: optax.OptState,
    params: Params,
    *,
    value: jax.Array,
    value_fn: Callable[[Params], jax.Array],
) -> tuple[Params, optax.OptState]:
    """Return parameters and optimiser state after one update.

    `value` is E of the batch, (), and `value_fn` is params -> E of the same batch.
    """
    check_kind(optimizer)
    check_state(opt_state)
    extras = extras_of(value, gradients, value_fn)
    try:
        updates, opt_state = updates_of(optimizer, gradients, opt_state, params, extras)
    except Exception:
        check_state_of(optimizer, params, opt_state)
        raise
    check_updates(updates, params)
    new_params: Any = optax.apply_updates(params, updates)
    return new_params, opt_state


def first_state(optimizer: optax.GradientTransformation, params: Params) -> optax.OptState:
    """Return an optimiser's state before the first update."""
    check_kind(optimizer)
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        return optimizer.init(params)


def check_kind(optimizer: Any) -> None:
    """Raise an error unless an object is an optimiser of optax."""
    if isinstance(optimizer, optax.GradientTransformation):
        return
    rule = "optimizer must be an optax.GradientTransformation, got"
    if isinstance(optimizer, optax.MultiSteps):
        mended = "give optax.MultiSteps(…).gradient_transformation()"
        raise TypeError(f"{rule} {optimizer!r}: {mended}")
    if isinstance(optimizer, float):
        raise TypeError(f"{rule} {optimizer!r}: write optax.sgd({optimizer!r})")
    if isinstance(optimizer, str):
        raise TypeError(f"{rule} the text {optimizer!r}: write {_lines_for(optimizer)}")
    name = nearest_optimizer(optimizer)
    if not callable(optimizer):
        raise TypeError(f"{rule} {described(optimizer)}: write optax.{name}(1e-3)")
    raise TypeError(
        f"{rule} {described(optimizer)}: give what a call of it returns, such as optax.{name}(1e-3)"
    )


def _lines_for(name: str) -> str:
    """Return the argument that makes the optimiser of a name; a few where optax has none of it."""
    known = nearest_optimizer(name.lower())
    if known == name.lower():
        return f"optimizer=optax.{known}(1e-3)"
    return "optimizer=optax.adam(1e-3), optax.adamw(1e-3), optax.sgd(1e-2) or another of optax"


def nearest_optimizer(value: Any) -> str:
    """Return the name in optax of an optimiser, a function or a text; adam if it has none such."""
    name = str(value if isinstance(value, str) else getattr(value, "__name__", "adam"))
    maker = getattr(optax, name, None)
    takes = inspect.signature(maker).parameters if inspect.isfunction(maker) else ()
    return name if "learning_rate" in takes else "adam"


def check_optimizer(
    optimizer: optax.GradientTransformation, params: Params, opt_state: Any = None
) -> None:
    """Raise an error unless an optimiser can train these parameters; nothing is computed.

    `params` and `opt_state` may be shapes; `opt_state` is the state to go on from, or None.

    Raises:
        TypeError: it cannot, and why; the state is of another optimiser.
        ShapeError: its updates are not of the shapes of W^[l] and b^[l].
    """
    before = check_state_of(optimizer, params, opt_state)
    try:
        updates, after = jax.eval_shape(partial(one_update, optimizer), params, before)
    except Warning:  # which the user asked to be an error
        raise
    except Exception as error:
        raise TypeError(
            f"optimizer with state {_names_of(before)} cannot train W^[l] and b^[l]: its update "
            f"raises {type(error).__name__}: {error}. It is given {GIVEN}, and no other argument"
        ) from error
    check_updates(updates, params)
    if _avals(after) != _avals(before):
        raise TypeError(
            f"optimizer with state {_names_of(before)} cannot be used in a compiled loop: its "
            "state must keep its structure, shapes and types, and an update turns it from "
            f"{_avals(before)} into {_avals(after)}. jaxnn.update in a loop of your own takes it"
        )
    jax.eval_shape(evaluation_params, after, params)


def check_state_of(
    optimizer: optax.GradientTransformation, params: Params, opt_state: Any = None
) -> Any:
    """Return the shapes of an optimiser's first state; raise an error if `opt_state` has others."""
    before = jax.eval_shape(lambda params: first_state(optimizer, params), params)
    check_state(before)
    if opt_state is not None and jax.tree.structure(opt_state) != jax.tree.structure(before):
        raise TypeError(
            f"state.opt_state must be one of this optimizer, {_names_of(before)}, got "
            f"{_names_of(opt_state)}: give the optimizer that the state was trained with, or "
            "jaxnn.TrainState.create(state.params, optimizer, key)"
        )
    return before


def some_updates(optimizer: optax.GradientTransformation, params: Params) -> Any:
    """Return parameters and state after three updates with an arbitrary cost."""
    opt_state = first_state(optimizer, params)
    for _ in range(3):
        updates, opt_state = one_update(optimizer, params, opt_state)
        new_params: Any = optax.apply_updates(params, updates)
        params = new_params
    return params, opt_state


def one_update(
    optimizer: optax.GradientTransformation, params: Params, opt_state: optax.OptState
) -> tuple[Any, optax.OptState]:
    """Return (updates, state) for the arbitrary cost."""
    E, gradients = jax.value_and_grad(_some_cost)(params)
    extras = extras_of(E, gradients, _some_cost)
    return updates_of(optimizer, gradients, opt_state, params, extras)


def _some_cost(params: Params) -> jax.Array:
    """Return a number that depends on every W^[l] and b^[l], ()."""
    leaves = jax.tree.leaves(params)
    return sum((jnp.sum(leaf**2) for leaf in leaves[1:]), jnp.sum(leaves[0] ** 2))


def _taken(optimizer: optax.GradientTransformation, extras: Extras) -> Iterator[str]:
    """Yield the names of the extra arguments that an optimiser's update takes.

    `optax.with_extra_args_support` would drop those of `MultiSteps`, whose type does not say that
    it takes them, and pass all to an update that names a few.
    """
    update = optimizer.update
    of_steps = isinstance(getattr(update, "__self__", None), optax.MultiSteps)
    if not (of_steps or isinstance(optimizer, optax.GradientTransformationExtraArgs)):
        return
    parameters = inspect.signature(update).parameters
    takes_all = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    yield from (name for name in extras if takes_all or name in parameters)


def check_state(opt_state: Any) -> None:
    """Raise an error if a state is that of an optimiser that cannot train a network."""
    for node in nodes_of(opt_state, lambda node: type(node) in NOT_USABLE):
        opaque = isinstance(node, optax.contrib.SAMState) and node.cache is None
        if not opaque:
            raise TypeError(f"optimizer cannot be used: {NOT_USABLE[type(node)]}")


def check_updates(updates: Any, params: Params) -> None:
    """Raise an error unless updates have the parameters' shapes: optax would broadcast a scalar."""
    found = [(jax.tree_util.keystr(k), jnp.shape(u)) for k, u in _with_paths(updates)]
    wanted = [(jax.tree_util.keystr(k), jnp.shape(p)) for k, p in _with_paths(params)]
    if found != wanted:
        raise ShapeError(
            f"optimizer must return updates of the shapes of W^[l] and b^[l], {wanted}, got {found}"
        )


def _with_paths(tree: Any) -> list[tuple[Any, Any]]:
    return jax.tree_util.tree_flatten_with_path(tree)[0]


def _avals(tree: Any) -> Any:
    """Return a tree's structure, shapes and types."""
    return jax.tree.map(lambda leaf: f"{leaf.dtype}{list(leaf.shape)}", tree)


def _names_of(opt_state: Any) -> str:
    """Return the names of the state's classes, such as ScaleByAdamState."""
    kinds = [type(node).__name__ for node in nodes_of(opt_state, _is_kind_of_state)]
    return ", ".join(dict.fromkeys(kinds)) or repr(opt_state)


def _is_kind_of_state(node: Any) -> bool:
    return hasattr(node, "_fields") and not isinstance(node, Layer)
