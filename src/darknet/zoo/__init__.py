"""The networks that are known by name, and where their weights are.

    models              every network, by name
    Model               one of them: cfg, weights, licence, published and measured scores
    find, named         the network of a name, or None, or an error
    read_cfg            the cfg that a user's word means: a model's, or a file's

What is asked for less often has modules of its own: cache (the folder of downloaded weights),
download (into it), local (a model's weights on this machine), compare and chart (side by side).
"""

from __future__ import annotations

from .catalogue import Import as Import
from .catalogue import Measured as Measured
from .catalogue import Model as Model
from .catalogue import Published as Published
from .catalogue import Shipped as Shipped
from .catalogue import WeightsFile as WeightsFile
from .catalogue import check_word as check_word
from .catalogue import find as find
from .catalogue import models as models
from .catalogue import named as named
from .catalogue import read_cfg as read_cfg

__all__ = [
    "Import",
    "Measured",
    "Model",
    "Published",
    "Shipped",
    "WeightsFile",
    "check_word",
    "find",
    "models",
    "named",
    "read_cfg",
]
