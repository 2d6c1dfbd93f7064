"""Every optimiser that optax exports trains a network, or is refused by name with the reason."""

import functools
import inspect
import types
import warnings

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import jaxnn
from jaxnn.textbook.evaluation_point import evaluation_params
from jaxnn.textbook.network import Layer
from tests.support.tables import quick
from tests.sweeps.test_sweeps import close

NET = jaxnn.mlp(3, 2, 1, hidden="tanh", output="sigmoid")
DATA = tuple(map(np.asarray, jaxnn.boolean_function()))
COST = "binary_cross_entropy"
SETTINGS = {"cost": COST, "batch_size": 4, "progress": False}
contrib = optax.contrib


def scaled(*parts, by=-0.1):
    """Return a chain of transformations of gradients with a learning rate."""
    return optax.chain(*parts, optax.scale(by))


def sgd(learning_rate=0.2):
    return optax.sgd(learning_rate)


def quiet(factory, *arguments, **options):
    """Return the value of a factory, without the warnings of optax's own arguments."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return factory(*arguments, **options)


def norm(updates):
    return optax.tree.norm(updates)


def every_second(step):
    return step % 2 == 0


def first_layer(params):
    return (True, *[False] * (len(params) - 1))


def layers(params):
    return ("a", *["b"] * (len(params) - 1))


def kinds(params):
    return tuple(Layer("W", "b") for _ in params)


def matrices(params):
    return jax.tree.map(lambda _: contrib.MuonDimensionNumbers(), params)


# optimisers that train a network alone
OPTIMIZERS = {
    "optax.adabelief": lambda: optax.adabelief(0.05),
    "optax.adadelta": lambda: optax.adadelta(1.0),
    "optax.adafactor": lambda: optax.adafactor(0.05),
    "optax.adagrad": lambda: optax.adagrad(0.1),
    "optax.adam": lambda: optax.adam(0.05),
    "optax.adamax": lambda: optax.adamax(0.05),
    "optax.adamaxw": lambda: optax.adamaxw(0.05),
    "optax.adamw": lambda: optax.adamw(0.05),
    "optax.adan": lambda: optax.adan(0.05),
    "optax.amsgrad": lambda: optax.amsgrad(0.05),
    "optax.fromage": lambda: optax.fromage(0.05),
    "optax.lamb": lambda: optax.lamb(0.05),
    "optax.lars": lambda: optax.lars(1.0, trust_coefficient=0.1),
    "optax.lbfgs": lambda: optax.lbfgs(),
    "optax.lion": lambda: optax.lion(0.02),
    "optax.nadam": lambda: optax.nadam(0.05),
    "optax.nadamw": lambda: optax.nadamw(0.05),
    "optax.noisy_sgd": lambda: optax.noisy_sgd(0.2, key=0),
    "optax.novograd": lambda: optax.novograd(0.05),
    "optax.optimistic_adam": lambda: quiet(optax.optimistic_adam, 0.05),
    "optax.optimistic_adam_v2": lambda: optax.optimistic_adam_v2(0.05),
    "optax.optimistic_gradient_descent": lambda: optax.optimistic_gradient_descent(0.2),
    "optax.polyak_sgd": lambda: optax.polyak_sgd(1.0),
    "optax.radam": lambda: optax.radam(0.05),
    "optax.rmsprop": lambda: optax.rmsprop(0.05),
    "optax.rprop": lambda: optax.rprop(0.05),
    "optax.sgd": lambda: optax.sgd(0.2),
    "optax.sign_sgd": lambda: optax.sign_sgd(0.02),
    "optax.signum": lambda: optax.signum(0.02),
    "optax.sm3": lambda: optax.sm3(0.1),
    "optax.yogi": lambda: optax.yogi(0.05),
    "optax.contrib.acprop": lambda: contrib.acprop(0.02),
    "optax.contrib.ademamix": lambda: contrib.ademamix(0.02),
    "optax.contrib.adopt": lambda: contrib.adopt(0.05),
    "optax.contrib.cocob": lambda: contrib.cocob(),
    "optax.contrib.dadapt_adamw": lambda: contrib.dadapt_adamw(1.0, estim_lr0=0.01),
    "optax.contrib.dog": lambda: contrib.dog(1.0, init_step=("learning_rate", 0.1)),
    "optax.contrib.dowg": lambda: contrib.dowg(1.0, init_estim_sq_dist=0.01),
    "optax.contrib.galore": lambda: contrib.galore(0.05, rank=1),
    "optax.contrib.madgrad": lambda: contrib.madgrad(0.1),
    "optax.contrib.mechanize": lambda: contrib.mechanize(optax.sgd(1.0), s_init=0.1),
    "optax.contrib.momo": lambda: contrib.momo(0.5),
    "optax.contrib.momo_adam": lambda: contrib.momo_adam(0.05),
    "optax.contrib.muon": lambda: contrib.muon(0.05),
    "optax.contrib.prodigy": lambda: contrib.prodigy(1.0, estim_lr0=0.01),
    "optax.contrib.sam": lambda: contrib.sam(
        sgd(), optax.chain(contrib.normalize(), optax.sgd(0.05)), opaque_mode=True
    ),
    "optax.contrib.schedule_free": lambda: contrib.schedule_free(sgd(), 0.2),
    "optax.contrib.schedule_free_adamw": lambda: contrib.schedule_free_adamw(0.05),
    "optax.contrib.schedule_free_sgd": lambda: contrib.schedule_free_sgd(0.5),
    "optax.contrib.simplified_ademamix": lambda: contrib.simplified_ademamix(0.01),
    "optax.contrib.sophia": lambda: contrib.sophia(0.02),
}

# parts of optimisers, each inside an optimiser that trains a network
PARTS = {
    "optax.adaptive_grad_clip": lambda: scaled(optax.adaptive_grad_clip(0.5), by=-0.5),
    "optax.add_decayed_weights": lambda: scaled(optax.add_decayed_weights(1e-4)),
    "optax.add_noise": lambda: scaled(optax.add_noise(1e-4, 0.5, 0)),
    "optax.apply_every": lambda: scaled(optax.apply_every(2)),
    "optax.apply_if_finite": lambda: optax.apply_if_finite(optax.polyak_sgd(1.0), 2),
    "optax.centralize": lambda: scaled(optax.centralize()),
    "optax.chain": lambda: optax.chain(optax.clip(1.0), optax.polyak_sgd(1.0)),
    "optax.clip": lambda: scaled(optax.clip(1.0)),
    "optax.clip_by_block_rms": lambda: scaled(optax.clip_by_block_rms(1.0)),
    "optax.clip_by_global_norm": lambda: scaled(optax.clip_by_global_norm(1.0)),
    "optax.conditionally_mask": lambda: optax.conditionally_mask(sgd(), every_second),
    "optax.conditionally_transform": lambda: optax.chain(
        optax.conditionally_transform(optax.clip(0.1), every_second), sgd()
    ),
    "optax.ema": lambda: scaled(optax.ema(0.5)),
    "optax.flatten": lambda: optax.flatten(optax.adam(0.05)),
    "optax.freeze": lambda: scaled(optax.freeze((True, False))),
    "optax.identity": lambda: scaled(optax.identity()),
    "optax.inject_hyperparams": lambda: optax.inject_hyperparams(optax.polyak_sgd)(1.0),
    "optax.masked": lambda: optax.chain(
        optax.masked(optax.scale_by_adam(), first_layer), optax.scale(-0.05)
    ),
    "optax.multi_transform": lambda: optax.multi_transform({"a": sgd(), "b": sgd()}, layers),
    "optax.named_chain": lambda: optax.named_chain(("clip", optax.clip(1.0)), ("sgd", sgd())),
    "optax.normalize_by_update_norm": lambda: scaled(optax.normalize_by_update_norm(), by=-0.02),
    "optax.partition": lambda: optax.partition({"a": sgd(), "b": optax.polyak_sgd(1.0)}, layers),
    "optax.scale": lambda: optax.scale(-0.2),
    "optax.scale_by_adadelta": lambda: scaled(optax.scale_by_adadelta(), by=-1.0),
    "optax.scale_by_adam": lambda: scaled(optax.scale_by_adam()),
    "optax.scale_by_adamax": lambda: scaled(optax.scale_by_adamax()),
    "optax.scale_by_adan": lambda: scaled(optax.scale_by_adan()),
    "optax.scale_by_amsgrad": lambda: scaled(optax.scale_by_amsgrad()),
    "optax.scale_by_backtracking_linesearch": lambda: optax.chain(
        optax.sgd(1.0), optax.scale_by_backtracking_linesearch(8)
    ),
    "optax.scale_by_belief": lambda: scaled(optax.scale_by_belief(), by=-0.02),
    "optax.scale_by_distance_over_gradients": lambda: optax.chain(
        optax.scale_by_distance_over_gradients(reps_rel=0.01), optax.scale(-1.0)
    ),
    "optax.scale_by_factored_rms": lambda: scaled(optax.scale_by_factored_rms(), by=-0.02),
    "optax.scale_by_lbfgs": lambda: optax.chain(
        optax.scale_by_lbfgs(), optax.scale(-1.0), optax.scale_by_zoom_linesearch(8)
    ),
    "optax.scale_by_learning_rate": lambda: optax.scale_by_learning_rate(0.2),
    "optax.scale_by_lion": lambda: scaled(optax.scale_by_lion(), by=-0.02),
    "optax.scale_by_novograd": lambda: scaled(optax.scale_by_novograd()),
    "optax.scale_by_optimistic_gradient": lambda: scaled(optax.scale_by_optimistic_gradient()),
    "optax.scale_by_param_block_norm": lambda: scaled(optax.scale_by_param_block_norm()),
    "optax.scale_by_param_block_rms": lambda: scaled(optax.scale_by_param_block_rms()),
    "optax.scale_by_polyak": lambda: scaled(optax.scale_by_polyak(), by=-1.0),
    "optax.scale_by_radam": lambda: scaled(optax.scale_by_radam()),
    "optax.scale_by_rms": lambda: scaled(optax.scale_by_rms(), by=-0.02),
    "optax.scale_by_rprop": lambda: scaled(optax.scale_by_rprop(0.05), by=-1.0),
    "optax.scale_by_rss": lambda: scaled(optax.scale_by_rss()),
    "optax.scale_by_schedule": lambda: optax.scale_by_schedule(lambda step: -0.2 / (step + 1)),
    "optax.scale_by_sign": lambda: scaled(optax.scale_by_sign(), by=-0.02),
    "optax.scale_by_sm3": lambda: scaled(optax.scale_by_sm3()),
    "optax.scale_by_stddev": lambda: scaled(optax.scale_by_stddev(), by=-0.01),
    "optax.scale_by_trust_ratio": lambda: scaled(optax.scale_by_trust_ratio()),
    "optax.scale_by_yogi": lambda: scaled(optax.scale_by_yogi()),
    "optax.scale_by_zoom_linesearch": lambda: optax.chain(
        optax.sgd(1.0), optax.scale_by_zoom_linesearch(8)
    ),
    "optax.snapshot": lambda: optax.chain(optax.snapshot("norm", norm), sgd()),
    "optax.stateless": lambda: optax.stateless(
        lambda updates, _: jax.tree.map(lambda g: -0.2 * g, updates)
    ),
    "optax.stateless_with_tree_map": lambda: optax.stateless_with_tree_map(lambda g, _: -0.2 * g),
    "optax.trace": lambda: scaled(optax.trace(0.5)),
    "optax.with_extra_args_support": lambda: optax.with_extra_args_support(sgd()),
    "optax.zero_nans": lambda: scaled(optax.zero_nans()),
    "optax.contrib.normalize": lambda: scaled(contrib.normalize(), by=-0.05),
    "optax.contrib.reduce_on_plateau": lambda: optax.chain(sgd(), contrib.reduce_on_plateau()),
    "optax.contrib.scale_by_acprop": lambda: scaled(contrib.scale_by_acprop(), by=-0.02),
    "optax.contrib.scale_by_ademamix": lambda: scaled(contrib.scale_by_ademamix(), by=-0.02),
    "optax.contrib.scale_by_adopt": lambda: scaled(contrib.scale_by_adopt(), by=-0.05),
    "optax.contrib.scale_by_cocob": lambda: contrib.scale_by_cocob(),
    "optax.contrib.scale_by_galore": lambda: scaled(contrib.scale_by_galore(rank=1), by=-0.05),
    "optax.contrib.scale_by_madgrad": lambda: contrib.scale_by_madgrad(0.1),
    "optax.contrib.scale_by_muon": lambda: optax.partition(
        {"W": scaled(contrib.scale_by_muon(weight_dimension_numbers=matrices)), "b": sgd()},
        kinds,
    ),
    "optax.contrib.scale_by_simplified_ademamix": lambda: scaled(
        contrib.scale_by_simplified_ademamix(), by=-0.01
    ),
    "optax.contrib.split_real_and_imaginary": lambda: contrib.split_real_and_imaginary(sgd()),
}

# transformations that run, but are not made to lower the loss
RUNNING = {
    "optax.keep_params_nonnegative": lambda: optax.chain(sgd(), optax.keep_params_nonnegative()),
    "optax.selective_transform": lambda: optax.selective_transform(
        sgd(), freeze_mask=(True, False)
    ),
    "optax.set_to_zero": lambda: optax.set_to_zero(),
    "optax.contrib.hutchinson_estimator_diag_hessian": lambda: scaled(
        contrib.hutchinson_estimator_diag_hessian(), by=-0.01
    ),
}

# name -> (optimiser, the error's text)
REFUSED = {
    "optax.lookahead": (
        lambda: optax.lookahead(sgd(), 2, 0.5),
        r"optimizer cannot be used: optax.lookahead trains pairs of parameters, .* and not "
        r"W\^\[l\], b\^\[l\]: take optax.contrib.schedule_free",
    ),
    "optax.measure_with_ema": (
        lambda: optax.measure_with_ema(norm, 0.5),
        r"optimizer must return updates of the shapes of W\^\[l\] and b\^\[l\], .*, got \[",
    ),
    "optax.monitor": (
        lambda: optax.chain(optax.monitor({"norm": norm}), sgd()),
        r"optimizer with state .*MonitorState.* cannot be used in a compiled loop: its state must "
        r"keep its structure, .*jaxnn.update in a loop of your own takes it",
    ),
    "optax.contrib.differentially_private_aggregate": (
        lambda: contrib.differentially_private_aggregate(1.0, 0.1, key=0),
        r"clip the gradient of each example, and training has that of the mean .*jax.vmap",
    ),
    "optax.contrib.dpsgd": (
        lambda: quiet(contrib.dpsgd, 0.1, 1.0, 0.1, seed=0),
        r"clip the gradient of each example, and training has that of the mean .*jax.vmap",
    ),
    "optax.contrib.sam between its steps": (
        lambda: contrib.sam(sgd(), sgd()),
        r"optax.contrib.sam leaves the parameters at an adversarial point .*opaque_mode=True",
    ),
    "optax.contrib.sam in a chain": (
        lambda: optax.chain(contrib.sam(sgd(), sgd(), opaque_mode=True), optax.clip(1.0)),
        r"optimizer with state SAMState.* cannot train W\^\[l\] and b\^\[l\]: its update raises "
        r"TypeError: .*unexpected keyword argument 'value'.* It is given value, grad, value_fn, "
        r"obj_fn and grad_fn, and no other argument",
    ),
    "optax.MultiSteps": (
        lambda: optax.MultiSteps(sgd(), 2),
        r"got <optax.*MultiSteps.*: give optax.MultiSteps\(…\).gradient_transformation\(\)",
    ),
    "optax.flatten around schedule_free": (
        lambda: optax.flatten(contrib.schedule_free_sgd()),
        r"its optax.contrib.schedule_free averages parameters in another structure, .*inside",
    ),
    "schedule_free twice": (
        lambda: contrib.schedule_free(contrib.schedule_free_sgd(), 1.0),
        r"several optax.contrib.schedule_free in it average the same W\^\[l\] or b\^\[l\]",
    ),
    "no optimiser": (
        lambda: optax.adam,
        r"must be an optax.GradientTransformation, got the function adam.*optax.adam\(1e-3\)",
    ),
}

# other names of rows of the table, which raise a DeprecationWarning
DEPRECATED = {"optax.inject_stateful_hyperparams"}

# functions without a return type that return no optimiser
NO_OPTIMIZERS = {
    "optax.matrix_inverse_pth_root", "optax.sigmoid_binary_cross_entropy", "optax.update_moment",
    "optax.update_infinity_moment", "optax.update_moment_per_elem_norm",
    "optax.contrib.schedule_free_eval_params",
}  # fmt: skip

TRAINING = OPTIMIZERS | PARTS
EVERY = TRAINING | RUNNING
# one optimiser for each set of extra arguments: these are in the quick suite
SPECIAL = [
    "optax.adam", "optax.lbfgs", "optax.polyak_sgd", "optax.contrib.sam", "optax.contrib.sophia",
    "optax.contrib.schedule_free_sgd", "optax.contrib.reduce_on_plateau",
    "optax.inject_hyperparams", "optax.scale_by_backtracking_linesearch",
]  # fmt: skip

# those of `SPECIAL` with which the quick suite trains networks to the end
TRAINED = [
    "optax.adam", "optax.lbfgs", "optax.contrib.schedule_free_sgd",
]  # fmt: skip


def exported():
    """Return the functions of optax that may make an optimiser: name -> whether it says so."""
    found = {}
    for home, module in (("optax", optax), ("optax.contrib", optax.contrib)):
        for name, function in vars(module).items():
            if name.startswith("_") or not isinstance(
                function, types.FunctionType | functools.partial
            ):
                continue
            returned = inspect.signature(function).return_annotation
            says_so = "GradientTransformation" in str(returned)
            if says_so or returned is inspect.Signature.empty:
                found[f"{home}.{name}"] = says_so
    return found


def rows(table):
    """Return the rows for the functions that this release of optax has."""
    modules = {"optax": optax, "optax.contrib": contrib}

    def is_there(name):
        home, _, function = name.rpartition(".")
        return home not in modules or hasattr(modules[home], function.split()[0])

    return [name for name in table if is_there(name)]


KNOWN = EVERY.keys() | REFUSED.keys() | DEPRECATED
EXPORTED = exported()


def test_every_optimizer_that_optax_exports_is_in_the_table():
    new = [name for name in EXPORTED if name not in KNOWN | NO_OPTIMIZERS]
    assert not new, f"say in this module's table what becomes of {new}"


def fresh(optimizer):
    init_key, train_key = jax.random.split(jax.random.key(0))
    return jaxnn.TrainState.create(jaxnn.init(NET, init_key), optimizer, train_key)


def finite(tree):
    return all(bool(jnp.isfinite(leaf).all()) for leaf in jax.tree.leaves(tree))


def loss_of(params):
    return jaxnn.loss(NET, params, *DATA, cost=COST)


@pytest.mark.thorough_cases(6)
@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("name", quick(rows(EVERY), {*OPTIMIZERS, *SPECIAL}))
def test_a_compiled_epoch_is_the_loop_over_update(name):
    optimizer = EVERY[name]()
    X, Y = DATA
    step = functools.partial(jaxnn.update, NET, COST, optimizer)
    by_hand = fresh(optimizer)
    for half in (slice(0, 4), slice(4, 8)):
        by_hand, _ = step(by_hand, (X[:, half], Y[:, half]))
    pass_over = jax.jit(
        functools.partial(jaxnn.epoch, NET, COST, optimizer, data=DATA, batch_size=4, shuffle=False)
    )
    state, _ = pass_over(fresh(optimizer))
    close(state.params, by_hand.params, 1e-4)
    for _ in range(20):
        state, _ = pass_over(state)
    assert finite(state.params)
    if name in TRAINING:
        before = fresh(optimizer).params
        assert loss_of(evaluation_params(state.opt_state, state.params)) < loss_of(before)


@pytest.mark.slow
@pytest.mark.parametrize("name", quick(rows(EVERY), TRAINED))
def test_fit_learns_and_a_sweep_is_fit(name):
    optimizer = EVERY[name]()
    start = jaxnn.init(NET, jax.random.split(jax.random.key(0))[0])
    options = {"optimizer": optimizer, "key": jax.random.key(0), **SETTINGS}
    one = jaxnn.fit(NET, DATA, epochs=3, params=start, **options)
    many = jaxnn.sweep(NET, DATA, grid={"seed": [0, 1]}, epochs=3, **options)
    close(many.params(0), one.params, 1e-4)
    longer = jaxnn.fit(NET, DATA, epochs=20, **options)
    assert finite(longer.params)
    if name in TRAINING:
        assert longer.history["loss"][-1] < longer.history["loss"][0]


@pytest.mark.quick_cases(3)
@pytest.mark.parametrize("name", rows(REFUSED))
def test_what_cannot_train_a_network_is_refused_before_training(name, tmp_path):
    make, text = REFUSED[name]
    optimizer = make()
    options = {"optimizer": optimizer, "epochs": 1, "key": jax.random.key(0), **SETTINGS}
    options["checkpoint"] = jaxnn.Checkpoints(tmp_path / "run")
    with pytest.raises((TypeError, ValueError), match=text):
        jaxnn.fit(NET, DATA, **options)
    params = jaxnn.init(NET, jax.random.key(0))
    if name not in ("no optimiser", "optax.MultiSteps"):  # sweep: a factory; its own message
        with pytest.raises((TypeError, ValueError), match=text):
            jaxnn.sweep(NET, DATA, grid={"seed": [0]}, **options)
        state = jaxnn.TrainState(params, optimizer.init(params), 0, jax.random.key(0))
        with pytest.raises((TypeError, ValueError), match=text):
            jaxnn.epoch(NET, COST, optimizer, state, DATA, batch_size=4)
    with pytest.raises((TypeError, ValueError), match=text):
        jaxnn.explain(NET, params, DATA[0][:, 0], DATA[1][:, 0], cost=COST, optimizer=optimizer)
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    quick(
        ["optax.lbfgs", "optax.partition", "optax.contrib.schedule_free_sgd"], ["optax.partition"]
    ),
)
def test_a_mesh_changes_no_number(name):
    mesh = jaxnn.parallel.mesh(data=2, model=2)
    options = {"optimizer": EVERY[name](), "epochs": 3, "key": jax.random.key(0), **SETTINGS}
    one = jaxnn.fit(NET, DATA, **options)
    many = jaxnn.fit(NET, DATA, mesh=mesh, fully_sharded=True, **options)
    close(many.params, one.params, 1e-5)
