"""A trained embedding is a lookup table, and only its weights are trained in the first layer."""

from dataclasses import replace

import jax
import numpy as np
import optax
import pandas as pd
import pytest
from scipy.special import erf

import jaxnn
from jaxnn.tables import embedding
from tests.support.frames import cities, people, trained


@pytest.fixture(scope="module")
def model():
    return trained(cities(), "value")


def blocks(model):
    return {block.name: block for block in model.columns.blocks}


def gelu(z):
    return 0.5 * z * (1 + erf(z / np.sqrt(2)))


def by_lookup(model, frame):
    """Return the predictions in float64, where a city's vector is read from a table."""
    columns, block = model.columns, blocks(model)["city"]
    first, *rest = [tuple(np.asarray(part, float) for part in layer) for layer in model.params]
    i = columns.blocks[0].stop - columns.blocks[0].start  # x comes first
    table = first[0][i : i + block.embedding, block.start : block.stop].T
    (x, city) = columns.inputs
    place = {name: number for number, name in enumerate(city.categories)}
    numbers = [
        len(place) + 1 if pd.isna(name) else place.get(name, len(place)) for name in frame["city"]
    ]
    z = (frame["x"].to_numpy() - x.centre) / x.scale
    a = np.vstack([z / np.sqrt(1 + (z / 3) ** 2), table[numbers].T])  # smooth clip
    for W, b in rest[:-1]:
        a = gelu(W @ a + b[:, None])
    W, b = rest[-1]
    return (W @ a + b[:, None])[0] * columns.target.scale + columns.target.mean


def test_the_embedding_is_a_lookup_table(model):
    assert blocks(model)["city"].embedding == 8
    assert model.network.sizes == (len(model.columns.input_names), 1 + 8, 8, 1)
    assert model.network.activations[0] == jaxnn.identity
    frame = cities(50, seed=1)
    frame.loc[:3, "city"] = "nowhere"
    frame.loc[4:6, "city"] = None
    np.testing.assert_allclose(model.predict(frame), by_lookup(model, frame), rtol=1e-4, atol=1e-5)


def assert_fixed(model):
    """The weights outside of the blocks are 1 and 0 to the bit, b^[1] is 0, the blocks moved."""
    W, b = map(np.asarray, model.params[0])
    trains = embedding.trained_weights(model.columns.blocks).astype(bool)
    np.testing.assert_array_equal(W[~trains], embedding.passed_on(model.columns.blocks)[~trains])
    assert not b.any()
    assert W[trains].std() > 0.5
    city = blocks(model)["city"]
    missing = W[1:, city.stop - 1]  # training saw no missing city
    assert not missing.any()
    assert W[1:, city.start : city.stop - 2].any(axis=0).all()


@pytest.mark.thorough_cases(2)
@pytest.mark.parametrize(
    "optimizer", [None, optax.lion, optax.adam(1e-2), optax.lbfgs()], ids=["adamw",
    "lion", "adam", "lbfgs"],
)  # fmt: skip
@pytest.mark.thorough
def test_only_the_embedding_is_trained(optimizer, tmp_path):
    model = trained(cities(), "value", optimizer=optimizer, weight_decay=0.3)
    assert_fixed(model)


@pytest.mark.thorough
def test_a_run_that_goes_on_trains_only_the_embedding(tmp_path):
    options = {"optimizer": optax.adamw(1e-2, weight_decay=0.3), "checkpoint": tmp_path / "run"}
    trained(cities(), "value", epochs=2, **options)
    assert_fixed(trained(cities(), "value", epochs=4, **options))


@pytest.mark.thorough
def test_members_train_only_the_embedding():
    model = trained(cities(), "value", members=2)
    assert not np.array_equal(*(params[0].W for params in model.members))
    for params in model.members:
        assert_fixed(replace(model, members=(params,)))


@pytest.mark.thorough
def test_nothing_is_dropped_of_the_embedding():
    model = trained(cities(), "value", dropout=0.5)
    assert model.network.dropout == (0.0, 0.0, 0.5)
    assert_fixed(model)


@pytest.mark.thorough
@pytest.mark.parametrize("optimizer", [None, optax.lion])
def test_inputs_that_training_never_saw_keep_the_weight_0(optimizer):
    frame = people().dropna()
    model = trained(frame, optimizer=optimizer)
    unused = ~model.columns.transform(frame).any(axis=1)
    names = np.array(model.columns.input_names)[unused]
    assert "job = (missing)" in names
    assert "job = (other)" in names
    W = np.asarray(model.params[0].W)
    assert not W[:, unused].any()
    assert W[:, ~unused].any(axis=0).all()


def test_an_optimiser_is_left_as_it_is_where_nothing_is_embedded():
    columns = jaxnn.Columns.fit(people(), target="rich")
    optimizer = optax.sgd(0.1)
    assert embedding.embedding_alone(optimizer, columns.blocks, 2) is optimizer
    key = jax.random.key(0)
    network = jaxnn.mlp(len(columns.input_names), 3, 2)
    unused = np.zeros(len(columns.input_names), bool)
    params = embedding.initial_params(network, key, blocks=columns.blocks, unused=unused)
    jax.tree.map(np.testing.assert_array_equal, params, jaxnn.init(network, key))
