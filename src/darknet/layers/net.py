"""The first section, ``[net]``: the size of the input, and how training goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..errors import NetworkError
from ..options import choice, flag, integer, integers, number, numbers, text
from .base import ALEXEYAB, Shape

__all__ = ["NetSection"]

POLICIES = ("constant", "step", "exp", "poly", "steps", "sigmoid", "random", "sgdr", "cosine")
OPTIMIZERS = ("sgd", "nesterov", "adam", "adamw", "muon")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class NetSection:
    """The whole network: what goes in, and how it is trained."""

    names_in_file: ClassVar[tuple[str, ...]] = ("net", "network")

    # What goes in.
    width: int = integer(0, "Width of the input image.", minimum=0)
    height: int = integer(0, "Height of the input image.", minimum=0)
    channels: int = integer(0, "Channels of the input image.", minimum=0)
    inputs: int = integer(0, "Number of inputs of a network without an image.", minimum=0)
    names: str = text("", "Class list: a shipped one (imagenet) or a file beside the cfg. Ours.")
    letter_box: int = integer(
        0, "1: photographs are fitted in with grey around.", fork=ALEXEYAB, ignored=True
    )

    # How much at once.
    batch: int = integer(1, "Images in one step of training.", minimum=1)
    subdivisions: int = integer(1, "Parts that a batch is computed in.", minimum=1)
    time_steps: int = integer(1, "Steps in time of recurrent layers.", minimum=1, ignored=True)
    track: int = integer(0, "1: batches are sequences of frames.", fork=ALEXEYAB, ignored=True)
    augment_speed: int = integer(2, "Frames skipped in a sequence.", fork=ALEXEYAB, ignored=True)
    sequential_subdivisions: int = integer(1, "Parts of a sequence.", fork=ALEXEYAB, ignored=True)
    init_sequential_subdivisions: int = integer(
        1, "The same, at the start.", fork=ALEXEYAB, ignored=True
    )
    dynamic_minibatch: int = integer(
        0, "1: batch follows the image size.", fork=ALEXEYAB, ignored=True
    )
    optimized_memory: int = integer(0, "A detail of C's GPU code.", fork=ALEXEYAB, ignored=True)
    workspace_size_limit_MB: int = integer(
        1024, "A detail of C's GPU code.", fork=ALEXEYAB, ignored=True
    )
    use_cuda_graph: int = integer(0, "A detail of C's GPU code.", fork=ALEXEYAB, ignored=True)

    # The steps.
    learning_rate: float = number(0.001, "Size of a step.")
    learning_rate_min: float = number(0.00001, "policy=sgdr, cosine: smallest rate.", fork=ALEXEYAB)
    optimizer: str = choice(
        "sgd", "How a step is taken; adam=1 is optimizer=adam. Ours.", OPTIMIZERS
    )
    momentum: float = number(0.9, "Share of the last step that goes on.")
    decay: float = number(0.0001, "Weights shrink by this share of the rate.")
    adam: bool = flag(False, "1: Adam instead of plain steps.")
    B1: float = number(0.9, "Adam: memory of the mean.")
    B2: float = number(0.999, "Adam: memory of the square.")
    eps: float = number(1e-7, "Adam: added to the root.")
    policy: str = choice("constant", "How the rate changes (cosine is ours).", POLICIES)
    burn_in: int = integer(0, "Batches over which the rate grows from 0.", minimum=0)
    power: float = number(4, "Exponent of policy=poly and of the burn-in.")
    max_batches: int = integer(0, "Batches in all.", minimum=0)
    max_epochs: int = integer(0, "Passes over the data in all.", minimum=0, fork=ALEXEYAB)
    step: int = integer(1, "policy=step: batches between changes.")
    scale: float = number(1, "policy=step: factor at each change.")
    steps: tuple[int, ...] = integers((), "policy=steps: batches at which the rate changes.")
    scales: tuple[float, ...] = numbers((), "policy=steps: factors at those.")
    seq_scales: tuple[float, ...] = numbers(
        (), "Factors on time_steps.", fork=ALEXEYAB, ignored=True
    )
    gamma: float = number(1, "policy=exp, sigmoid: base.")
    sgdr_cycle: int = integer(
        0, "policy=sgdr: batches of the first cycle; 0: max_batches.", fork=ALEXEYAB
    )
    sgdr_mult: int = integer(2, "policy=sgdr: growth of the cycles.", fork=ALEXEYAB)
    loss_scale: float = number(
        1, "Factor on the loss, for half precision.", fork=ALEXEYAB, ignored=True
    )
    ema_alpha: float = number(
        0, "Memory of the averaged weights; 0: none are kept.", minimum=0, maximum=1, fork=ALEXEYAB
    )
    rolling: float = number(
        0.01,
        "Share of the newest batch in the rolling means and variances. Ours.",
        minimum=1e-6,
        maximum=1,
    )
    value_scale: float = number(
        0.5, "Weight of the loss of a second output: one value through [logistic]. Ours.", minimum=0
    )
    try_fix_nan: int = integer(0, "1: NaN weights are replaced.", fork=ALEXEYAB, ignored=True)
    seen: int = integer(0, "Images seen before the start.", fork=ALEXEYAB, ignored=True)
    iteration: int = integer(0, "Batches done before the start.", fork=ALEXEYAB, ignored=True)
    notruth: int = integer(0, "1: there are no labels.", ignored=True)
    random: int = integer(0, "1: unlabelled random data.", ignored=True)
    unsupervised: int = integer(0, "1: labels are not read.", fork=ALEXEYAB, ignored=True)

    # What is done to the photographs.
    min_crop: int = integer(0, "Smallest size a photograph is scaled to; 0: width.", minimum=0)
    max_crop: int = integer(
        0, "Largest size a photograph is scaled to; 0: twice the width.", minimum=0
    )
    max_ratio: float = number(0, "The same as a ratio to the width.")
    min_ratio: float = number(0, "The same as a ratio to the width.")
    center: int = integer(0, "1: crops from the middle.")
    clip: float = number(0, "Largest size of a gradient.", ignored=True)
    flip: int = integer(1, "1: mirror half of them.", fork=ALEXEYAB)
    alternate_flip: bool = flag(
        False,
        "1: a photograph is mirrored at random in the first epoch, then in every other. Ours.",
    )
    angle: float = number(0, "Turn by up to this many degrees.")
    aspect: float = number(1, "Stretch by up to this factor.")
    saturation: float = number(1, "Change saturation by up to this factor.")
    exposure: float = number(1, "Change brightness by up to this factor.")
    hue: float = number(0, "Change hue by up to this share of the circle.")
    translate: int = integer(
        0, "Move by up to this many whole pixels, edges repeated. Ours.", minimum=0
    )
    reflect: bool = flag(
        False, "1: beyond its edge a photograph is mirrored, not its edge repeated. Ours."
    )
    cutout: int = integer(0, "Side of a square that becomes grey; 0: none. Ours.", minimum=0)
    blur: int = integer(0, "1: blur the background, 2: everything.", fork=ALEXEYAB, ignored=True)
    gaussian_noise: int = integer(0, "1: add noise.", fork=ALEXEYAB, ignored=True)
    mixup: int = integer(0, "1: mix pairs of photographs.", fork=ALEXEYAB)
    mixup_alpha: float = number(
        0.2, "mixup=1: shares are drawn from Beta(this, this). Ours.", minimum=1e-3
    )
    cutmix: int = integer(0, "1: paste a part of another.", fork=ALEXEYAB, ignored=True)
    mosaic: int = integer(0, "1: four photographs in one.", fork=ALEXEYAB, ignored=True)
    mosaic_bound: int = integer(0, "1: no boxes beyond the tile.", fork=ALEXEYAB, ignored=True)
    label_smooth_eps: float = number(
        0,
        "Share of every label that is spread over all classes.",
        minimum=0,
        maximum=1,
        fork=ALEXEYAB,
    )
    teacher_share: float = number(
        1,
        "Share of the truth that a teacher (--teacher) says, not the label. Ours.",
        minimum=0,
        maximum=1,
    )
    contrastive: int = integer(0, "1: contrastive learning.", fork=ALEXEYAB, ignored=True)
    contrastive_jit_flip: int = integer(
        0, "1: its pairs are jittered.", fork=ALEXEYAB, ignored=True
    )
    contrastive_color: int = integer(
        0, "1: its pairs differ in colour.", fork=ALEXEYAB, ignored=True
    )
    resize_step: int = integer(32, "Steps of random sizes.", fork=ALEXEYAB, ignored=True)
    attention: int = integer(0, "1: draw attention maps.", fork=ALEXEYAB, ignored=True)
    adversarial_lr: float = number(0, "Rate of adversarial training.", fork=ALEXEYAB, ignored=True)
    max_chart_loss: float = number(20, "Top of C's chart.", fork=ALEXEYAB, ignored=True)
    num_sigmas_reject_badlabels: float = number(0, "Reject outliers.", fork=ALEXEYAB, ignored=True)
    badlabels_rejection_percentage: float = number(
        0, "Reject the worst.", fork=ALEXEYAB, ignored=True
    )
    equidistant_point: int = integer(
        0, "Batch at which rejection starts.", fork=ALEXEYAB, ignored=True
    )
    weights_reject_freq: int = integer(
        0, "Batches between rejections.", fork=ALEXEYAB, ignored=True
    )
    train_images_num: int = integer(0, "Number of training images.", fork=ALEXEYAB, ignored=True)

    def input_shape(self) -> Shape:
        """The image that goes in, or a vector of ``inputs``; NetworkError when neither is given."""
        if self.width and self.height and self.channels:
            return Shape(self.channels, self.height, self.width)
        if self.inputs:
            return Shape(self.inputs)
        raise NetworkError("no input: expected width, height and channels, or inputs")
