"""`self_test`: a comparison of this device's numbers with the equations in float64 NumPy."""
