"""Laws that hold for networks, data and weights of any shape."""
