"""Darknet for Python: run the networks of .cfg and .weights files.

    net = darknet.load("cfg/tiny.cfg", "tiny.weights")
    net.classify("dog.jpg").top(5)
    net.validate("photographs/")           # folders named after the classes -> accuracy
    net.predict(batch)                     # N x channels x height x width -> N x outputs

`import darknet` imports nothing heavy; numpy and the engine come with the first `load`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .api import Net as Net
    from .api import load as load
    from .cfg import Cfg as Cfg
    from .cfg import Data as Data
    from .export import Exported as Exported
    from .network import Network as Network
    from .tasks.classify import Classification as Classification
    from .tasks.scores import Validation as Validation
    from .visualize import Visualization as Visualization
    from .weights import Header as Header
    from .weights import Weights as Weights

from .errors import CfgError as CfgError
from .errors import DarknetError as DarknetError
from .errors import DivergedError as DivergedError
from .errors import DownloadError as DownloadError
from .errors import EngineError as EngineError
from .errors import GtpError as GtpError
from .errors import IllegalMoveError as IllegalMoveError
from .errors import ImageError as ImageError
from .errors import InputError as InputError
from .errors import NamesError as NamesError
from .errors import NetworkError as NetworkError
from .errors import RecordError as RecordError
from .errors import UnsupportedError as UnsupportedError
from .errors import WeightsError as WeightsError

__version__ = "0.1.0"

_LAZY = {
    "Cfg": "cfg",
    "Classification": "tasks.classify",
    "Data": "cfg",
    "Exported": "export",
    "Header": "weights",
    "Net": "api",
    "Network": "network",
    "Visualization": "visualize",
    "Validation": "tasks.scores",
    "Weights": "weights",
    "load": "api",
}

__all__ = [
    "Cfg",
    "CfgError",
    "Classification",
    "DarknetError",
    "Data",
    "DivergedError",
    "DownloadError",
    "EngineError",
    "Exported",
    "GtpError",
    "Header",
    "IllegalMoveError",
    "ImageError",
    "InputError",
    "NamesError",
    "Net",
    "Network",
    "NetworkError",
    "RecordError",
    "UnsupportedError",
    "Validation",
    "Visualization",
    "Weights",
    "WeightsError",
    "__version__",
    "load",
]


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'darknet' has no attribute {name!r}")
    value = getattr(import_module(f".{_LAZY[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
