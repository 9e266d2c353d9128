import asyncio
import os

import uvicorn
from fastapi import FastAPI
from flask import Flask

app = Flask(__name__)
# ruleid: penstock.python.debug-mode
app.debug = True
# ruleid: penstock.python.debug-mode
app.config["DEBUG"] = True
# ruleid: penstock.python.debug-mode
api = FastAPI(title="shop", debug=True)

if __name__ == "__main__":
    # ruleid: penstock.python.debug-mode
    app.run(host="0.0.0.0", debug=True)
    # ruleid: penstock.python.debug-mode
    uvicorn.run("shop:api", reload=True)

# ok: penstock.python.debug-mode
app.run(debug=os.environ.get("DEBUG") == "1")
# ok: penstock.python.debug-mode
app.run(debug=False)
# ok: penstock.python.debug-mode
uvicorn.run("shop:api")
# ok: penstock.python.debug-mode
asyncio.run(main(), debug=True)
# ok: penstock.python.debug-mode
logger.debug = True
# ok: penstock.python.debug-mode
DEBUG = True
