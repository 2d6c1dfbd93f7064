"""In scikit-learn's place: its `MLPClassifier` and `MLPRegressor`, and a search, trained by jaxnn.

Change the import, and nothing else:

    from jaxnn.interop.sklearn import MLPClassifier        # was: from sklearn.neural_network import

All parameters, methods and attributes of scikit-learn's classes exist and mean the same.  With the
same `random_state` the first weights and the batches are the same, so in float64 the coefficients
and loss curves agree with scikit-learn's to rounding; `solver="lbfgs"` is SciPy's, as there.
Predictions follow `coefs_` and `intercepts_` set by hand.  All checks of `check_estimator` that
apply pass, and so do scikit-learn's own tests of its networks, but for five that read private
attributes.

>>> from sklearn.datasets import load_iris
>>> from jaxnn.interop.sklearn import MLPClassifier, MLPSearchCV
>>> X, y = load_iris(return_X_y=True)
>>> classifier = MLPClassifier((10,), learning_rate_init=0.05, tol=1e-3, random_state=0)
>>> classifier.fit(X, y).score(X, y) > 0.95
True

Beyond scikit-learn:

| what | how |
| --- | --- |
| any optimiser of optax | `optimizer=optax.adamw(0.01)`; to pickle: `partial(optax.adamw, 0.01)` |
| any activation, one or a list of one per hidden layer | `activation=["gelu", "tanh"]` |
| any cost | `cost="squared_error"`, or a callable `(a, y) -> scalar` |
| dropout, one probability or one per layer | `dropout=0.2` |
| the weight of each class | `class_weight="balanced"`, or a dict |
| an ensemble, trained as one compiled function | `n_members=5` |
| the type of the calculation; float32 is the fastest | `dtype="float32"` |
| the outputs of every layer | `classifier.activations(X)` |
| the network and its parameters, for jaxnn | `classifier.network_`, `classifier.params_` |

`MLPSearchCV` has the interface of `GridSearchCV`, and trains all points and folds of one
architecture together:

>>> search = MLPSearchCV(classifier, {"alpha": [1e-4, 1.0]}, cv=3).fit(X, y)
>>> search.cv_results_["mean_test_score"].shape
(2,)

**Tables.** In a `Pipeline` a `ColumnTransformer` turns the columns of a data frame into numbers,
learnt from the training part alone, and `joblib` writes the whole of it to a file:

>>> import joblib, pandas, tempfile
>>> from sklearn.compose import ColumnTransformer
>>> from sklearn.pipeline import Pipeline
>>> from sklearn.preprocessing import OneHotEncoder, StandardScaler
>>> trees = pandas.DataFrame({
...     "height": [20.5, 31.0, 18.0, 29.0] * 5, "bark": ["smooth", "rough", "rough", "rough"] * 5,
...     "leaf": ["broad", "needle"] * 10})
>>> columns = ColumnTransformer([
...     ("number", StandardScaler(), ["height"]),
...     ("kind", OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["bark"])])
>>> classifier = MLPClassifier((4,), dtype="float32", learning_rate_init=0.05, random_state=0)
>>> pipeline = Pipeline([("columns", columns), ("network", classifier)])
>>> pipeline.fit(trees[["height", "bark"]], trees["leaf"]).score(trees, trees["leaf"])
1.0
>>> with tempfile.TemporaryDirectory() as folder:
...     path, = joblib.dump(pipeline, f"{folder}/trees.joblib")
...     pipeline = joblib.load(path)
>>> pipeline.predict(pandas.DataFrame({"height": [19.0], "bark": ["silver"]})).tolist()
['broad']

Its last step holds a network and parameters of jaxnn, so that `jaxnn.explain` writes every number
of one row out; of two classes the target is 1 for the second:

>>> import jaxnn
>>> classifier = pipeline["network"]
>>> names = pipeline["columns"].get_feature_names_out().tolist()
>>> x = pipeline["columns"].transform(trees[:1])[0].astype("float32")
>>> dict(zip(names, x.round(2).tolist()))
{'number__height': -0.75, 'kind__bark_rough': 0.0, 'kind__bark_smooth': 1.0}
>>> y = (trees["leaf"][:1] == classifier.classes_[1]).to_numpy("float32")
>>> net, params = classifier.network_, classifier.params_
>>> example = jaxnn.explain(net, params, x, y, cost="binary_cross_entropy")
>>> with tempfile.TemporaryDirectory() as folder:
...     page = example.to_html(f"{folder}/row.html", input_names=names)
...     page.stat().st_size > 10_000
True

The first fit of an architecture compiles for about a second, on the smallest tables longer than
scikit-learn trains.  Measured times and scores: `experiments/benchmarks/README.md`.

scikit-learn's tables hold one example per row, X (m, n_0), and `coefs_` are W^[l]ᵀ,
(n_{l-1}, n_l).  Only this package turns them into columns and W^[l], (n_l, n_{l-1}).
"""

from __future__ import annotations

from jaxnn.interop.sklearn.classifier import MLPClassifier
from jaxnn.interop.sklearn.regressor import MLPRegressor
from jaxnn.interop.sklearn.search import MLPSearchCV

__all__ = ["MLPClassifier", "MLPRegressor", "MLPSearchCV"]
