"""How a network learns: one module a part. What computes is `darknet.interp.training`."""
