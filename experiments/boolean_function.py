"""The article from start to finish: its numbers beside ours, then F(x, y, z) = xy + z̄ learnt.

python experiments/boolean_function.py
python experiments/boolean_function.py --epochs 5000 --learning-rate 1 --seed 3
"""

from __future__ import annotations

import argparse
from typing import Any

from shared.common import (
    before_jax,
    console,
    learning_figure,
    parser,
    ready,
    run,
    save_figure,
    save_json,
)


def options() -> argparse.Namespace:
    """Return the options of the command line."""
    made = parser(__doc__, out="boolean_function")
    text = "epochs; each is one step of gradient descent on all eight rows"
    made.add_argument("--epochs", type=int, default=2000, metavar="N", help=text)
    text = "learning rate η of gradient descent"
    made.add_argument("--learning-rate", type=float, default=0.5, metavar="RATE", help=text)
    return made.parse_args()


if __name__ == "__main__":
    before_jax(options)

import jax
import jax.numpy as jnp
import optax
from rich.table import Table
from rich.text import Text

import jaxnn

NET = jaxnn.Network(sizes=(3, 3, 1), activations=(jaxnn.sigmoid, jaxnn.sigmoid))


def articles_params() -> jaxnn.Params:
    """Return the initial weights of the article, and biases of 0: it has none."""
    W1 = jnp.array([[0.9, 0.8, 0.1], [0.3, 0.5, 0.6], [0.2, 0.4, 0.7]])
    W2 = jnp.array([[0.3, 0.5, 0.9]])
    return jaxnn.Layer(W1, jnp.zeros(3)), jaxnn.Layer(W2, jnp.zeros(1))


def compare_numbers(output: Any) -> dict[str, float]:
    """Print the article's worked example beside ours, and return ours."""
    params, x, y = articles_params(), jnp.array([1.0, 0.0, 1.0]), jnp.array([0.0])
    example = jaxnn.explain(NET, params, x, y, cost=jaxnn.squared_error)
    output.print(str(example))
    weight = example.weight(2, 1, 1)
    rounded = jaxnn.weighted_sum(params[1], jnp.array([0.73, 0.71, 0.71]))
    outputs, targets = jnp.array([1.0, 5.0, 3.0, 6.0]), jnp.array([2.0, 3.0, 5.0, 9.0])
    o = jnp.array([0.77])  # the article continues with rounded numbers
    by_article = (
        jaxnn.squared_error.derivative(o, y)[0] * jaxnn.sigmoid.derivative(jnp.array(1.2)) * 0.73
    )
    numbers = [
        ("z_1^[1] = 1 × 0.9 + 0 × 0.8 + 1 × 0.1", "1", example.z[0][0]),
        ("z_2^[1] = 1 × 0.3 + 0 × 0.5 + 1 × 0.6", "0.9", example.z[0][1]),
        ("a_1^[1] = σ(1)", "0.731058578630", example.a[1][0]),
        ("a_2^[1] = a_3^[1] = σ(0.9)", "0.710949502625", example.a[1][1]),
        ("z_1^[2], a^[1] rounded to 2 digits", "1.213", rounded[0]),
        ("a_1^[2] from that", "0.7708293339958", jaxnn.sigmoid(rounded)[0]),
        ("z_1^[2] unrounded", "", example.z[1][0]),
        ("a_1^[2] unrounded", "0.77", example.a[2][0]),
        ("Σ (y − a), targets 2, 3, 5, 9", "4", jaxnn.total_error(outputs, targets)),
        ("Σ |y − a|, outputs 1, 5, 3, 6", "8", jaxnn.absolute_error(outputs, targets)),
        ("½ Σ (y − a)², of the same", "9", jaxnn.squared_error(outputs, targets)),
        ("E = ½ (0 − a)², a = 0.77", "0.29645", jaxnn.squared_error(o, y)),
        ("E unrounded", "", example.E),
        ("∂E/∂a = a − 0", "0.77", weight.factors.dE_da),
        ("∂a/∂z = σ(z)(1 − σ(z))", "", weight.factors.da_dz),
        ("∂z/∂w_11^[2] = a_1^[1]", "0.73", weight.factors.dz_dw),
        ("0.77 × σ′(1.2) × 0.73", "0.1", by_article),
        ("∂E/∂w_11^[2], their product", "0.1", weight.gradient),
        ("0.3 − 0.5 × that of the article", "0.25", 0.3 - 0.5 * by_article),
        ("w_11^[2] ← 0.3 − 0.5 ∂E/∂w", "0.25", weight.new),
    ]
    table = Table("quantity", "the article", "here", title="Example (1, 0, 1), target 0, η = 0.5")
    for name, theirs, ours in numbers:
        table.add_row(name, theirs, f"{ours:.12f}")
    output.print(table)
    return {name: float(ours) for name, _, ours in numbers}


def main() -> None:
    """Compare the numbers, then learn all eight rows."""
    chosen = options()
    jax.config.update("jax_enable_x64", True)
    ready(chosen.out)
    output = console()
    numbers = compare_numbers(output)
    X, Y = jaxnn.boolean_function()
    init_key, fit_key = jax.random.split(jax.random.key(chosen.seed))
    uniform = jax.nn.initializers.uniform(1.0)
    start = jaxnn.init(NET, init_key, weights=uniform, dtype=jnp.float64)
    result = jaxnn.fit(
        NET,
        (X, Y),
        cost=jaxnn.squared_error,
        optimizer=optax.sgd(chosen.learning_rate),
        params=start,
        key=fit_key,
        epochs=chosen.epochs,
        batch_size=8,
        record_every=max(1, chosen.epochs // 100),
    )
    A = jaxnn.predict(NET, result.params, X)
    table = Table("x", "y", "z", "F = xy + z̄", "network", title="After gradient descent")
    for x, y, a in zip(X.T, Y[0], A[0], strict=True):
        right = "green" if (a >= 0.5) == (y >= 0.5) else "red"
        table.add_row(*(f"{v:.0f}" for v in x), f"{y:.0f}", Text(f"{a:.4f}", right))
    output.print(table)
    accuracy = result.history["accuracy"]
    learnt = next((k for k in range(len(accuracy)) if (accuracy[k:] == 1).all()), None)
    scores = jaxnn.evaluate(NET, result.params, (X, Y), cost=jaxnn.squared_error)
    rows_right = round(8 * scores["accuracy"])
    when = f", from epoch {learnt + 1} on" if learnt is not None else ""
    output.print(f"{rows_right} of 8 rows right{when}")

    save_json(
        chosen.out,
        "results.json",
        {
            "example": numbers,
            "rows_right": rows_right,
            "first_epoch_with_all_rows_right": None if learnt is None else learnt + 1,
            "final_loss": result.history["loss"][-1].item(),
            "outputs": [round(float(a), 6) for a in A[0]],
            "seed": chosen.seed,
        },
    )
    from jaxnn import plots

    save_figure(chosen.out, "learning_curves.png", learning_figure(result.history))
    save_figure(chosen.out, "network.png", plots.network_diagram(NET, result.params).figure)
    example = jaxnn.explain(NET, result.params, X[:, 2], Y[:, 2], cost=jaxnn.squared_error)
    example.to_html(
        chosen.out / "worked_example.html",
        title="F(x, y, z) = xy + z̄",
        input_names=["x", "y", "z"],
        class_names=["F"],
        data=(X, Y),
        run=result,
    )
    output.print(
        f"written to {chosen.out}/: results.json, learning_curves.png, network.png, and "
        "worked_example.html, an interactive page"
    )


if __name__ == "__main__":
    run(main)
