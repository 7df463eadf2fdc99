"""The Hardware Guide as a program: what a box of parts does with a network and photographs.

    box = rig.read_box("guide")                    # or a rig file, or "this", once measured
    request = rig.Request(network=network, box=box, photos=rig.look_at("photographs/"))
    found = rig.predict(request)                   # images/s, days, money, what binds: as ranges
    rig.remedies(found)                            # what would help, and how much
    rig.check_box(box)                             # does it fit together?
    rig.plan(network, budget=5000)                 # the best boxes for the money

All of it is arithmetic on figures with sources (gpus.toml, parts.toml); importing it imports
neither numpy nor torch. `darknet.rig.measure` measures the machine at hand, and needs the engines
that it measures; `darknet.rig.charts` draws, with matplotlib. docs/rig.md says how the model works,
what it assumes, and how far off it was for cards that it was not fitted to.
"""

from __future__ import annotations

from .box import Box as Box
from .box import Cards as Cards
from .catalogue import Gpu as Gpu
from .catalogue import find_gpu as find_gpu
from .catalogue import find_part as find_part
from .catalogue import gpus as gpus
from .catalogue import parts as parts
from .check import Finding as Finding
from .check import check_box as check_box
from .facts import Fact as Fact
from .facts import Source as Source
from .guide import Answer as Answer
from .guide import GuideCard as GuideCard
from .guide import answers as answers
from .guide import guide_cards as guide_cards
from .money import Money as Money
from .photos import IMAGENET as IMAGENET
from .photos import Photos as Photos
from .photos import look_at as look_at
from .planning import Candidate as Candidate
from .planning import Plan as Plan
from .planning import plan as plan
from .prediction import Prediction as Prediction
from .prediction import predict as predict
from .ranges import Range as Range
from .remedy import Remedy as Remedy
from .remedy import remedies as remedies
from .request import Request as Request
from .rig_file import read_box as read_box
from .rig_file import read_prices as read_prices
from .rig_file import this_rig as this_rig
from .stages import Stage as Stage

__all__ = [
    "IMAGENET",
    "Answer",
    "Box",
    "Candidate",
    "Cards",
    "Fact",
    "Finding",
    "Gpu",
    "GuideCard",
    "Money",
    "Photos",
    "Plan",
    "Prediction",
    "Range",
    "Remedy",
    "Request",
    "Source",
    "Stage",
    "answers",
    "check_box",
    "find_gpu",
    "find_part",
    "gpus",
    "guide_cards",
    "look_at",
    "parts",
    "plan",
    "predict",
    "read_box",
    "read_prices",
    "remedies",
    "this_rig",
]
