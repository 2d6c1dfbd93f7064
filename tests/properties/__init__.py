"""Laws that hold for networks, data and weights of any shape.

`HYPOTHESIS_PROFILE=long pytest tests/properties` tries 200 examples of each law.
"""
