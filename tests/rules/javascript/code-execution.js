const vm = require("vm");

function executed(text, request) {
  // ruleid: penstock.javascript.code-execution
  eval(text);
  // ruleid: penstock.javascript.code-execution
  eval("1 + " + text);
  // ruleid: penstock.javascript.code-execution
  eval(`1 + ${text}`);
  // ruleid: penstock.javascript.code-execution
  new Function("a", request.body.code);
  // ruleid: penstock.javascript.code-execution
  Function(text)();
  // ruleid: penstock.javascript.code-execution
  vm.runInNewContext(text, {});
}

function harmless(text, model) {
  // ok: penstock.javascript.code-execution
  eval("1 + 1");
  // ok: penstock.javascript.code-execution
  eval(`1 + 1`);
  // ok: penstock.javascript.code-execution
  new Function("a", "return a");
  // ok: penstock.javascript.code-execution
  model.eval(text);
  // ok: penstock.javascript.code-execution
  JSON.parse(text);
}
