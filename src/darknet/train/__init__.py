"""Training: photographs in, weights out.

    schedule  losses  optimizer          how fast, what is made small, how a step is taken
    augment  warp  colour                what is done to a photograph, drawn at random
    photographs  loader                  decoded pixels, batches made ahead
    sources  held_out                    which photographs and classes, what is validated with
    transfer                             starting from what another network has learned
    plan  trainer  averaged  diagnosis   the loop, and what it can go on from
    parallel                             more than one process
    checkpoint  record  tensorboard  curve   what is kept of a run
    validation  session                  a run from beginning to end

What computes is `darknet.interp.training`. This package imports torch only in the modules that
need it.
"""
