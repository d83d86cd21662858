"""The scenes of stress.py, one a file; each has a function `play`."""
