"""Seals receipts, so that the shop can tell its own from others'."""

import os
from pathlib import Path

from cryptography.fernet import Fernet


def seal(receipt: Path) -> Path:
    """Write the sealed receipt beside the plain one."""
    sealed = receipt.with_suffix(".sealed")
    sealed.write_bytes(Fernet(os.environ["SHOP_RECEIPT_KEY"]).encrypt(receipt.read_bytes()))
    return sealed
