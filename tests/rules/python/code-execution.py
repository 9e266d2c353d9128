import ast
import builtins
import re


def executed(text, request):
    # ruleid: penstock.python.code-execution
    eval(text)
    # ruleid: penstock.python.code-execution
    exec(request.body)
    # ruleid: penstock.python.code-execution
    eval(f"1 + {text}")
    # ruleid: penstock.python.code-execution
    exec("x = " + text, {})
    # ruleid: penstock.python.code-execution
    compile(text, "<string>", "exec")
    # ruleid: penstock.python.code-execution
    builtins.eval(text)


def harmless(text, model, frame):
    # ok: penstock.python.code-execution
    eval("1 + 1")
    # ok: penstock.python.code-execution
    ast.literal_eval(text)
    # ok: penstock.python.code-execution
    re.compile(text)
    # ok: penstock.python.code-execution
    model.eval()
    # ok: penstock.python.code-execution
    frame.eval("a + b")
    # ok: penstock.python.code-execution
    exec(compile("x = 1", "<string>", "exec"))
