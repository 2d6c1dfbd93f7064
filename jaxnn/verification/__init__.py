"""`self_test` compares the numbers of this device with the equations in float64 NumPy."""
