"""Testing a device: `jaxnn.self_test` compares its numbers with float64 NumPy.

A compiler may turn right equations into a program that computes wrong numbers.  Run the test on a
new device, or after an update of JAX.  It takes some seconds, nearly all of them compilation:

>>> import jaxnn
>>> checked = jaxnn.self_test()
cpu; jax ..., jaxlib ..., numpy ...
largest relative difference from float64 NumPy:
network                       m    predict       loss   gradient   backward     update
3-3-1, sigmoid                8 ...
5-7-1, tanh, identity      8192 ...
3-3-3, identity           40000 ...
64-32-10, relu, softmax    1797 ...
>>> checked.largest < 1e-4
True

Each row is a network with m examples, each column a function that was compiled: the predictions,
the cost, its gradient by JAX and by hand, and an update.  The products are computed with the
highest precision of the device, so that the differences are rounding: on a CPU 1e-8 to 5e-6.  A
difference above 1e-4 raises `jaxnn.WrongNumbers`, which names the function and the network.

The tests of jaxnn compare much more with float64 NumPy: random networks, memory layouts and up to
65,536 examples, and also `fit`, `evaluate`, `sweep`, ensembles and the scikit-learn estimators.
`.ci/versions` repeats this for the releases of JAX from 0.7.2 to the newest; the table is in
`experiments/benchmarks/README.md`.  Two releases are refused by `import jaxnn`, with the reason:

- jaxlib 0.10.2 computes wrong sums over a few numbers on CPUs
  ([jax#39103](https://github.com/jax-ml/jax/issues/39103)).
- jaxlib 0.11.1 needs a time for a scan that grows with the square of its length
  ([jax#40101](https://github.com/jax-ml/jax/issues/40101)).
"""
