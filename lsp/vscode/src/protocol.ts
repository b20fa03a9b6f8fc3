/**
 * What the server is asked beyond the language server protocol. The other side is `lsp/src/shown/`.
 *
 * Lines and characters count from 0, as everywhere in the protocol.
 */
import { RequestType, type Location, type Range } from "vscode-languageclient/node";

/** Which text a question is about. */
export interface About {
  textDocument: { uri: string };
}

/** A box of the graph, in the order in which they are drawn. */
export interface GraphStep {
  /** The `id` of its element in the picture. */
  id: string;
  name: string;
  /** What kind of step, and its modifiers. */
  detail: string;
  kind: "quiet" | "effect" | "container" | "end";
  /** How many boxes it stands in. */
  depth: number;
  /** Where it is written, in the playbook or in a module; nothing where that cannot be opened. */
  location: Location | null;
}

/** The graph of a playbook, or why there is none. */
export type Graph =
  | { playbook: string; svg: string; steps: GraphStep[] }
  | { playbook: string | null; reason: string };

export const graph = new RequestType<About, Graph, void>("sophia/graph");

/** A line of the sheet that `sophia plan` prints. */
export interface PlanRow {
  what: string;
  bound: string;
  detail: string;
  /** Whether it only explains the row above it. */
  remark: boolean;
}

/** Lines of one kind: effects, data, cost. */
export interface PlanSection {
  title: string;
  rows: PlanRow[];
}

/** What a playbook would do, send and cost, or why that is not known. */
export type Plan =
  | { playbook: string; sections: PlanSection[] }
  | { playbook: string | null; reason: string };

export const plan = new RequestType<About, Plan, void>("sophia/plan");

/** A test that stands in a playbook. */
export interface WrittenTest {
  title: string;
  range: Range;
}

/** The tests of one file. */
export interface TestsOfFile {
  uri: string;
  playbook: string;
  tests: WrittenTest[];
}

export const tests = new RequestType<Record<string, never>, TestsOfFile[], void>("sophia/tests");

/** What a run is given. */
export interface Input {
  name: string;
  type: string;
  /** As it is written; nothing where the input is required. */
  default: string | null;
  documentation: string | null;
}

/** The inputs of a playbook. */
export interface Inputs {
  playbook: string | null;
  inputs: Input[];
}

export const inputs = new RequestType<About, Inputs, void>("sophia/inputs");

/** A place that labelled data comes through. */
export interface LabelStop {
  /** What it comes through. */
  what: string;
  /** What is to be known of it there; empty where nothing is. */
  note: string;
  location: Location;
}

/** A flow that is not allowed: where it would leave, and how the data gets there. */
export interface LabelPath {
  code: string;
  message: string;
  /** What would leave, as it is written there. */
  subject: string;
  /** Where it would leave. */
  range: Range;
  stops: LabelStop[];
}

export const labelPaths = new RequestType<About, LabelPath[], void>("sophia/labelPaths");
