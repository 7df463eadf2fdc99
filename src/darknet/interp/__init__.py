"""Interpreters of the layers' operations: numpy (the oracle), OpenVINO, ONNX, torch.

Each module implements `darknet.layers.Ops` for its own tensors. None imports another, and nothing
imports one before it is needed.
"""
