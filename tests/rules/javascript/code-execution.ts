export function executed(text: string): unknown {
  // ruleid: penstock.javascript.code-execution
  return eval(text);
}

export function harmless(): unknown {
  // ok: penstock.javascript.code-execution
  return eval("1 + 1");
}
