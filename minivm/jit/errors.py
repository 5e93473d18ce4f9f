"""The one error the build raises.

In: what went wrong, with its place and cause. Out: `BuildError`, whose text is fit for the user.
"""

from __future__ import annotations


class BuildError(Exception):
    """The build can't go on. The message names place and cause; it may have several lines."""


class MissingToolError(BuildError):
    """Something a build needs is not installed."""
