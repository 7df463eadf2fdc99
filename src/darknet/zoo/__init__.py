"""The networks that are known by name, and where their weights are.

    models              every network, by name
    Model               one of them: cfg, weights, licence, published and measured scores
    find, named         the network of a name, or None, or an error
    read_cfg            the cfg that a user's word means: a model's, or a file's

What is asked for less often has modules of its own: cache (the folder of downloaded weights),
download (into it), local (a model's weights on this machine), compare and chart (side by side).
"""

from __future__ import annotations

from .models import Import as Import
from .models import Measured as Measured
from .models import Model as Model
from .models import Published as Published
from .models import WeightsFile as WeightsFile
from .models import find as find
from .models import models as models
from .models import named as named
from .models import read_cfg as read_cfg

__all__ = [
    "Import",
    "Measured",
    "Model",
    "Published",
    "WeightsFile",
    "find",
    "models",
    "named",
    "read_cfg",
]
