import asyncio
import os
import shlex
import subprocess
from subprocess import check_output


def shell(name):
    # ruleid: penstock.python.command-injection
    subprocess.run(f"ls {name}", shell=True, check=True)
    # ruleid: penstock.python.command-injection
    subprocess.Popen("ls " + name, shell=True)
    # ruleid: penstock.python.command-injection
    check_output("ls %s" % name, shell=True)
    # ruleid: penstock.python.command-injection
    subprocess.getoutput("ls {}".format(name))


def operating_system(name):
    # ruleid: penstock.python.command-injection
    os.system("convert " + name)
    # ruleid: penstock.python.command-injection
    os.popen(f"convert {name}")


def from_outside(request):
    command = request.query_params["command"]
    # ruleid: penstock.python.command-injection
    os.system(command)


async def asynchronous(name):
    # ruleid: penstock.python.command-injection
    await asyncio.create_subprocess_shell(f"ls {name}")


def lists(name):
    # ok: penstock.python.command-injection
    subprocess.run(["ls", name], check=True)
    # ok: penstock.python.command-injection
    subprocess.run(["ls", name], shell=False)


def literals():
    # ok: penstock.python.command-injection
    subprocess.run("ls | wc -l", shell=True)
    # ok: penstock.python.command-injection
    os.system("clear")
    command = "ls | wc -l"
    # ok: penstock.python.command-injection
    subprocess.run(command, shell=True)


def quoted(name, words):
    # ok: penstock.python.command-injection
    subprocess.run(f"ls {shlex.quote(name)} | wc -l", shell=True)
    # ok: penstock.python.command-injection
    subprocess.run(shlex.join(words), shell=True)
