"""scikit-learn's `MLPClassifier`, `MLPRegressor` and a grid search over them, trained by jaxnn.

    from jaxnn.interop.sklearn import MLPClassifier        # was: from sklearn.neural_network import

All parameters, methods and attributes of scikit-learn's classes are there and mean the same; the
first weights and the order of the examples come from the same random numbers, so that in float64
the coefficients agree to rounding.  Beyond them: any optax optimiser, any activation and cost,
dropout, class weights, ensembles, every layer's outputs.

scikit-learn's tables hold one example a row, X (m, n_0), and its `coefs_` are (n_{l-1}, n_l); they
are turned into columns and W^[l] (n_l, n_{l-1}) here, and nowhere else.
"""

from __future__ import annotations

from jaxnn.interop.sklearn.classifier import MLPClassifier
from jaxnn.interop.sklearn.regressor import MLPRegressor
from jaxnn.interop.sklearn.search import MLPSearchCV

__all__ = ["MLPClassifier", "MLPRegressor", "MLPSearchCV"]
