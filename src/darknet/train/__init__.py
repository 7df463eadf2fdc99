"""Training: photographs in, weights out.

augment.py warp.py colour.py    what is done to a photograph, drawn at random
photographs.py loader.py        decoded pixels, and batches of them made ahead
"""
