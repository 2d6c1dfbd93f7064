"""The equations as compiled programs: epochs of one network, and of many at once."""
