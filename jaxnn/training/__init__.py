"""`fit`: the loop over epochs on the host, with validation, early stopping and progress."""
