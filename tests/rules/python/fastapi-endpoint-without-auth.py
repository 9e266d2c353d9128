from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Header, Security

app = FastAPI()
router = APIRouter(prefix="/items")
guarded = APIRouter(dependencies=[Depends(require_user)])


# ruleid: penstock.python.fastapi-endpoint-without-auth
@app.post("/items")
def create(item: Item):
    return item


# ruleid: penstock.python.fastapi-endpoint-without-auth
@app.delete("/items/{number}")
async def remove(number: int):
    return number


# ruleid: penstock.python.fastapi-endpoint-without-auth
@router.put("/{number}")
def change(number: int, db: Session = Depends(get_db)):
    return db, number


# ruleid: penstock.python.fastapi-endpoint-without-auth
@router.patch("/{number}")
def patch(number: int, db: Annotated[Session, Depends(get_session)]):
    return db, number


# ruleid: penstock.python.fastapi-endpoint-without-auth
@app.post("/everything")
def no_parameters():
    return None


# ok: penstock.python.fastapi-endpoint-without-auth
@app.get("/items")
def read():
    return []


# ok: penstock.python.fastapi-endpoint-without-auth
@app.post("/login")
def login(form: Form):
    return form


# ok: penstock.python.fastapi-endpoint-without-auth
@app.post("/items/own")
def own(item: Item, user: User = Depends(find_user)):
    return item, user


# ok: penstock.python.fastapi-endpoint-without-auth
@app.post("/items/secured")
async def secured(item: Item, user: User = Security(find_user)):
    return item, user


# ok: penstock.python.fastapi-endpoint-without-auth
@app.post("/items/annotated")
def annotated(item: Item, user: Annotated[User, Depends(find_user)]):
    return item, user


# ok: penstock.python.fastapi-endpoint-without-auth
@app.post("/items/alias")
def alias(item: Item, user: CurrentUser):
    return item, user


# ok: penstock.python.fastapi-endpoint-without-auth
@app.post("/items/header")
def by_header(item: Item, key: str = Header()):
    return item, key


# ok: penstock.python.fastapi-endpoint-without-auth
@app.post("/items/decorated", dependencies=[Depends(require_user)])
def decorated(item: Item):
    return item


# ok: penstock.python.fastapi-endpoint-without-auth
@guarded.post("/")
def by_router(item: Item):
    return item


# ok: penstock.python.fastapi-endpoint-without-auth
@other.post("/")
def somewhere_else(item: Item):
    return item
