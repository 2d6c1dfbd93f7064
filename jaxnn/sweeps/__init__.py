"""Many networks at once: sweeps over hyperparameters, ensembles and cross-validation."""
