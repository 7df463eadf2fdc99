"""``darknet rig guide``: the Hardware Guide of 2016, its table and its claims, answered."""

from __future__ import annotations

import json

import click

from .options import json_option

__all__ = ["guide"]


@click.command(short_help="The Hardware Guide's table and claims, answered.")
@json_option
def guide(as_json: bool) -> None:
    """Print the Hardware Guide's table of 2016 as published, and what becomes of its claims.

    Each claim is answered with the numbers: from the catalogue, from published measurements, and
    from the predictor with the guide's own box.
    """
    from ..rig import answers, check_box, guide_cards, read_box
    from ..rig.listing import guide_rows
    from ..rig.words import aligned

    box, given = read_box("guide"), answers()
    findings = check_box(box)
    if as_json:
        document = {
            "cards": [card.to_dict() for card in guide_cards()],
            "claims": [answer.to_dict() for answer in given],
            "box": [finding.to_dict() for finding in findings],
        }
        print(json.dumps(document, indent=1))
        return
    print("\n".join(aligned(guide_rows())))
    print("\nwhat it claims:")
    for answer in given:
        print(f"\n{answer.claim}?\n  {answer.holds}: {answer.why}")
    print(f"\n{box.name} (darknet rig check guide):")
    for finding in findings:
        print(f"  {finding}")
