"""From a judged bundle to signed statements beside the image, and back."""
