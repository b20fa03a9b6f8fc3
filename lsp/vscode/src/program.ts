/**
 * Finding the program `sophia`: the setting, then the one that the extension carries, then the `PATH`.
 *
 * Kept true: what is found is a file that exists; a setting that points nowhere is said, never passed over.
 */
import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
import { promisify } from "node:util";

/** Where a program came from. */
export type Origin = "setting" | "carried" | "path";

/** A program that can be started. */
export interface Program {
  path: string;
  origin: Origin;
  /** As `sophia --version` says it: `0.1.0`. */
  version: string;
}

/** Why there is none, in words for a person. */
export class NoProgram extends Error {}

const executable = process.platform === "win32" ? "sophia.exe" : "sophia";

/**
 * The program to start.
 *
 * @param setting what `sophia.server.path` says; empty where it says nothing
 * @param extension the folder of the extension
 */
export async function findProgram(setting: string, extension: string): Promise<Program> {
  const wanted = setting.trim();
  if (wanted !== "") {
    if (!isAbsolute(wanted) || !(await isProgram(wanted))) {
      throw new NoProgram(
        `The setting \`sophia.server.path\` is \`${wanted}\`, and there is no program at that place.`,
      );
    }
    return answering(wanted, "setting");
  }
  const carried = join(extension, "server", executable);
  if (await isProgram(carried)) {
    return answering(carried, "carried");
  }
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const candidate = join(folder, executable);
    if (isAbsolute(folder) && (await isProgram(candidate))) {
      return answering(candidate, "path");
    }
  }
  throw new NoProgram(
    "The program `sophia` was not found: the extension carries none for this machine, and none is on the `PATH`.",
  );
}

/** Whether two versions understand each other: before 1.0 the second number decides, later the first. */
export function fitsTogether(one: string, other: string): boolean {
  const [first, second] = one.split(".");
  const [otherFirst, otherSecond] = other.split(".");
  return first === otherFirst && (first !== "0" || second === otherSecond);
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function answering(path: string, origin: Origin): Promise<Program> {
  try {
    const { stdout } = await promisify(execFile)(path, ["--version"], { timeout: 10_000 });
    const version = /\d+\.\d+\.\d+\S*/.exec(stdout)?.[0];
    if (version === undefined) {
      throw new NoProgram(`\`${path}\` does not say its version; it is not the program \`sophia\`.`);
    }
    return { path, origin, version };
  } catch (cause) {
    if (cause instanceof NoProgram) {
      throw cause;
    }
    throw new NoProgram(`\`${path}\` cannot be started: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}
