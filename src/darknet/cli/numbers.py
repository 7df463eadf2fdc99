"""Numbers as options: click's, but for what is no number."""

from __future__ import annotations

import math
from typing import Any

import click

__all__ = ["FloatRange"]


class FloatRange(click.FloatRange):
    """click's range without "nan", which is neither below a limit nor above one."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """The number; click's error where it is none, or not in the range."""
        found: float = super().convert(value, param, ctx)
        if math.isnan(found):
            self.fail(f"{value!r} is not a number.", param, ctx)
        return found
