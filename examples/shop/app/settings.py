"""What changes from one installation of the shop to the next."""

import os
from pathlib import Path

FOLDER = Path(__file__).parent
DATABASE = os.environ.get("SHOP_DATABASE", "shop.db")
REPORTS = Path(os.environ.get("SHOP_REPORTS", "reports"))
WAREHOUSE = os.environ.get("SHOP_WAREHOUSE", "http://127.0.0.1:8081")

SIGNING_KEY = "f3b0c44298fc1c149afbf4c8996fb924"
