"""What changes from one installation of the shop to the next."""

import os
from pathlib import Path

FOLDER = Path(__file__).parent
DATABASE = os.environ.get("SHOP_DATABASE", "shop.db")
REPORTS = Path(os.environ.get("SHOP_REPORTS", "reports"))
WAREHOUSE = os.environ.get("SHOP_WAREHOUSE", "http://127.0.0.1:8081")

WAREHOUSE_USER = os.environ.get("SHOP_WAREHOUSE_USER", "")
WAREHOUSE_PASSWORD = os.environ.get("SHOP_WAREHOUSE_PASSWORD", "")
SIGNING_KEY = os.environ["SHOP_SIGNING_KEY"]
