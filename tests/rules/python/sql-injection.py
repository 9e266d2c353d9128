import pandas
import sqlalchemy
from django.db.models.expressions import RawSQL
from psycopg import sql
from sqlalchemy import text

TABLE = "items"


def f_string(cursor, name):
    # ruleid: penstock.python.sql-injection
    cursor.execute(f"SELECT * FROM users WHERE name = '{name}'")


def percent(cursor, name):
    # ruleid: penstock.python.sql-injection
    cursor.execute("SELECT * FROM users WHERE name = '%s'" % name)


def percent_tuple(cursor, name, age):
    # ruleid: penstock.python.sql-injection
    cursor.executemany("DELETE FROM users WHERE name = '%s' AND age = %d" % (name, age), [])


def plus(connection, name):
    # ruleid: penstock.python.sql-injection
    connection.execute("SELECT * FROM users WHERE name = '" + name + "'")


def format_call(connection, name):
    # ruleid: penstock.python.sql-injection
    connection.executescript("DELETE FROM users WHERE name = '{}'".format(name))


def through_a_variable(session, name):
    query = f"SELECT id FROM users WHERE name = '{name}'"
    # ruleid: penstock.python.sql-injection
    return session.execute(text(query))


def through_a_branch(session, name, order):
    query = "SELECT id FROM users"
    if name:
        query += f" WHERE name = '{name}'"
    # ruleid: penstock.python.sql-injection
    return session.execute(query)


def sqlalchemy_text(session, name):
    # ruleid: penstock.python.sql-injection
    statement = sqlalchemy.text("SELECT * FROM users WHERE name = '" + name + "'")
    return session.scalars(statement)


def other_libraries(model, engine, name):
    # ruleid: penstock.python.sql-injection
    model.objects.raw(f"SELECT * FROM users WHERE name = '{name}'")
    # ruleid: penstock.python.sql-injection
    RawSQL(f"SELECT count(*) FROM {name}", ())
    # ruleid: penstock.python.sql-injection
    pandas.read_sql(f"SELECT * FROM users WHERE name = '{name}'", engine)


async def asyncpg(connection, name):
    # ruleid: penstock.python.sql-injection
    return await connection.fetch(f"SELECT * FROM users WHERE name = '{name}'")


def parameters(cursor, session, name):
    # ok: penstock.python.sql-injection
    cursor.execute("SELECT * FROM users WHERE name = ?", (name,))
    # ok: penstock.python.sql-injection
    cursor.execute("SELECT * FROM users WHERE name = %s", (name,))
    # ok: penstock.python.sql-injection
    session.execute(text("SELECT * FROM users WHERE name = :name"), {"name": name})


def constants(cursor):
    # ok: penstock.python.sql-injection
    cursor.execute(f"SELECT * FROM {TABLE} WHERE id = 1")
    # ok: penstock.python.sql-injection
    cursor.execute("SELECT * FROM users " + "WHERE id = 1")
    # ok: penstock.python.sql-injection
    cursor.execute("SELECT * FROM %s" % TABLE)


def placeholders_only(cursor, ids):
    placeholders = ", ".join("?" for _ in ids)
    # ok: penstock.python.sql-injection
    cursor.execute(f"SELECT * FROM users WHERE id IN ({placeholders})", ids)


def numbers(cursor, limit):
    # ok: penstock.python.sql-injection
    cursor.execute(f"SELECT * FROM users ORDER BY id LIMIT {int(limit)}")


def composed(cursor, column):
    query = sql.SQL("SELECT {} FROM users").format(sql.Identifier(column))
    # ok: penstock.python.sql-injection
    cursor.execute(query)


def not_sql(executor, name):
    # ok: penstock.python.sql-injection
    executor.execute(f"restart {name}")
    # ok: penstock.python.sql-injection
    print(f"SELECT one of {name}")
