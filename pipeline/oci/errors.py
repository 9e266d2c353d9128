"""Why an image cannot be scanned as it is."""

from pipeline.errors import PenstockError
from pipeline.model.gap import GapReason


class ImageError(PenstockError):
    """Raised while an image is opened; `open_image` turns it into a BadImage."""

    def __init__(self, reason: GapReason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
