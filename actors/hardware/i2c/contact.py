"""How well a chip is connected: a bad contact or a cable that is too long lets single transfers fail, and the next one succeed."""

from __future__ import annotations

import errno
from typing import Final

from actors.errors import Fault

BAD_CONTACT: Final = "bad_contact"
"""Code of a chip that answers sometimes."""
PASSING: Final = frozenset({errno.ENXIO, getattr(errno, "EREMOTEIO", 121), errno.EIO, errno.EAGAIN})
"""Errors of one transfer after which the next one may succeed: not acknowledged, broken off, another master."""
GAP: Final = 11
"""Failures in a row up to which a chip answers sometimes; a measurement with all its tries has more, and then it is not there."""
WEIGHT: Final = 0.01
"""Of one transfer in the share of those that failed: that of about the last hundred."""
LOOSE, FIRM = 0.04, 0.01
"""Share of failures from which a contact counts as bad, and below which as good again."""


class Contact:
    """The transfers with one chip, over the generations of its child. Its child's thread writes; anybody reads.

    `transfers` and `failed` are counted since the daemon started, `share` is 0 to 1.
    """

    def __init__(self) -> None:
        self.transfers = 0
        self.failed = 0
        self.share = 0.0
        self.bad = False
        self._gap: int | None = None

    def answered(self) -> None:
        """Note a transfer that succeeded."""
        self.transfers += 1
        if self._gap and self._gap <= GAP:
            for _ in range(min(self._gap, 3)):  # one hiccup is no bad contact, however long
                self.share += (1.0 - self.share) * WEIGHT
        self._gap = 0
        self.share -= self.share * WEIGHT
        self.bad = self.share > (FIRM if self.bad else LOOSE)

    def missed(self, number: int | None) -> None:
        """Note a transfer that failed with this error number."""
        self.transfers += 1
        self.failed += 1
        if self._gap is not None:
            self._gap = self._gap + 1 if number in PASSING else GAP + 1

    @property
    def never(self) -> bool:
        """Whether the chip has never answered."""
        return self._gap is None

    @property
    def sometimes(self) -> bool:
        """Whether a failure just now came shortly after an answer."""
        return self._gap is not None and self._gap <= GAP

    def fault(self, where: str) -> Fault:
        """Return what is wrong, in words."""
        text = f"{where} answers sometimes: {self.failed} of {self.transfers} transfers failed; bad contact, or the cable is too long"
        return Fault(BAD_CONTACT, text)
