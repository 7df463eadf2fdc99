"""Networks learn Go: positions become planes on the device, and a run of `darknet.train`."""
