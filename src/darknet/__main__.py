"""``python -m darknet`` is the command ``darknet``."""

from .cli import main

raise SystemExit(main())
