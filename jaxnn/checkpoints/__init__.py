"""Training runs that survive their process: saving, loading and resuming."""
