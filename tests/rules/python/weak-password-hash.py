import hashlib


def weak(password, user, salt):
    # ruleid: penstock.python.weak-password-hash
    hashlib.md5(password.encode()).hexdigest()
    # ruleid: penstock.python.weak-password-hash
    hashlib.sha1(user.password.encode()).hexdigest()
    # ruleid: penstock.python.weak-password-hash
    hashlib.sha256((salt + password).encode()).hexdigest()
    # ruleid: penstock.python.weak-password-hash
    hashlib.new("md5", password.encode())
    state = hashlib.sha512()
    # ruleid: penstock.python.weak-password-hash
    state.update(password.encode())


def strong(password, data, salt):
    # ok: penstock.python.weak-password-hash
    hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1)
    # ok: penstock.python.weak-password-hash
    hashlib.pbkdf2_hmac("sha256", password.encode(), salt, 600_000)
    # ok: penstock.python.weak-password-hash
    hashlib.sha256(data).hexdigest()
    # ok: penstock.python.weak-password-hash
    hashlib.md5(data, usedforsecurity=False)
