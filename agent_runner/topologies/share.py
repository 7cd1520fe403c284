"""How far the whole is while topologies stand within topologies, and some of them go on at the same time."""


class Share:
    """What one topology contributes to the progress of the run that it belongs to."""

    def __init__(self, whole: "Share | None" = None) -> None:
        self._whole = whole or self
        self._own = 0.0
        self._parts: list[Share] = []

    def split(self, number: int) -> "list[Share]":
        """So many equal parts; from now on only they say how far this one is."""
        self._parts = [Share(self._whole) for _ in range(number)]
        return self._parts

    def reach(self, share: float) -> float:
        """This one is so far, from 0 to 1, and never goes back. Returns how far the whole is."""
        self._own = max(self._own, share)
        return self._whole.done

    @property
    def done(self) -> float:
        if self._parts:
            return sum(part.done for part in self._parts) / len(self._parts)
        return self._own
