const cp = require("child_process");
const { exec, execSync, execFile } = require("node:child_process");

function shell(name) {
  // ruleid: penstock.javascript.command-injection
  cp.exec("ls " + name, () => {});
  // ruleid: penstock.javascript.command-injection
  cp.execSync(`ls ${name}`);
  // ruleid: penstock.javascript.command-injection
  exec(`ls ${name}`);
  // ruleid: penstock.javascript.command-injection
  execSync(name);
  // ruleid: penstock.javascript.command-injection
  cp.spawn(name, [], { shell: true });
  // ruleid: penstock.javascript.command-injection
  require("child_process").exec(name);
}

function harmless(name, pattern) {
  // ok: penstock.javascript.command-injection
  cp.exec("ls | wc -l");
  // ok: penstock.javascript.command-injection
  cp.execFile("ls", [name]);
  // ok: penstock.javascript.command-injection
  execFile("ls", [name]);
  // ok: penstock.javascript.command-injection
  cp.spawn("ls", [name]);
  // ok: penstock.javascript.command-injection
  /a+/.exec(name);
  // ok: penstock.javascript.command-injection
  pattern.exec(name);
}
