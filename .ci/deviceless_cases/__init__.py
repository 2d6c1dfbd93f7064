"""Programs compiled for devices that are not here: see `.ci/deviceless` and `cases`."""
