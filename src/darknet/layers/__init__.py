"""Every section of a .cfg, one class each: the table of contents.

    net         NetSection
    conv        Convolutional, Deconvolutional, Local
    dense       Connected, Dropout, Softmax, Cost, Activation, Logistic
    pool        Maxpool, LocalAvgpool, Avgpool, Upsample, Crop
    norm        Batchnorm, Normalization, L2norm
    route       Route, Shortcut, ScaleChannels, Sam, Empty
    reorg       Reorg, Reorg3d
    (recurrent) rnn, gru, lstm, crnn, conv_lstm, history: to come
    (heads)     yolo, region, detection, Gaussian_yolo, iseg: to come

To add a layer see CONTRIBUTING.md.
"""

from __future__ import annotations

from collections.abc import Mapping

from .base import ALEXEYAB as ALEXEYAB
from .base import PJREDDIE as PJREDDIE
from .base import Fork as Fork
from .base import Layer as Layer
from .base import Node as Node
from .base import Shape as Shape
from .base import WeightSpec as WeightSpec
from .base import sections as sections
from .conv import Convolutional as Convolutional
from .conv import Deconvolutional as Deconvolutional
from .conv import Local as Local
from .dense import Activation as Activation
from .dense import Connected as Connected
from .dense import Cost as Cost
from .dense import Dropout as Dropout
from .dense import Logistic as Logistic
from .dense import Softmax as Softmax
from .net import NetSection as NetSection
from .norm import Batchnorm as Batchnorm
from .norm import L2norm as L2norm
from .norm import Normalization as Normalization
from .ops import Ops as Ops
from .pool import Avgpool as Avgpool
from .pool import Crop as Crop
from .pool import LocalAvgpool as LocalAvgpool
from .pool import Maxpool as Maxpool
from .pool import Upsample as Upsample
from .reorg import Reorg as Reorg
from .reorg import Reorg3d as Reorg3d
from .route import Empty as Empty
from .route import Route as Route
from .route import Sam as Sam
from .route import ScaleChannels as ScaleChannels
from .route import Shortcut as Shortcut

NOT_YET: Mapping[str, str] = (
    dict.fromkeys(("yolo", "region", "detection", "Gaussian_yolo", "iseg"), "a detection head")
    | dict.fromkeys(("rnn", "gru", "lstm", "crnn", "conv_lstm", "history"), "a recurrent layer")
    | dict.fromkeys(("contrastive", "implicit"), "an AlexeyAB layer")
)
"""Sections that Darknet has and this version does not run, with what they are."""
