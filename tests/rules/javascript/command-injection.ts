import * as cp from "child_process";
import { exec } from "node:child_process";

export function shell(name: string): void {
  // ruleid: penstock.javascript.command-injection
  cp.exec(`ls ${name}`);
  // ruleid: penstock.javascript.command-injection
  exec("ls " + name);
}

export function harmless(pattern: RegExp, name: string): void {
  // ok: penstock.javascript.command-injection
  exec("ls");
  // ok: penstock.javascript.command-injection
  pattern.exec(name);
}
