// An MCP server over standard input and output for tests: it answers without saying in a schema what it gives. It notes
// each call that changes something in the file that it is given.
import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";

const [noted, forgetful] = process.argv.slice(2);
const say = (id, result) => console.log(JSON.stringify({ jsonrpc: "2.0", id, result }));
const text = { type: "string" };
const reads = forgetful ? undefined : { readOnlyHint: true };
const tools = [
  {
    name: "find",
    description: "Finds deals of a stage",
    inputSchema: { type: "object", properties: { dealStage: text, limit: { type: "integer" } }, required: ["dealStage"] },
    annotations: reads,
  },
  { name: "motto", inputSchema: { type: "object" }, annotations: reads },
  { name: "close", inputSchema: { type: "object", properties: { id: text } } },
  { name: "purge", inputSchema: { type: "object" }, annotations: { readOnlyHint: true, destructiveHint: true } },
];
const deals = {
  open: [
    { dealId: "d1", amount: 250, closesOn: "2026-11-30", owner: { name: "Ada", email: "ada@payready.test" }, tags: [] },
    { dealId: "d2", amount: 99.5, closesOn: "2026-12-01", owner: null, tags: ["new"], note: "Call Ben first" },
  ],
  won: [{ dealId: "d3", amount: 10, closesOn: null, owner: { name: "Cleo", email: "cleo@payready.test" }, tags: [] }],
  strange: [{ dealId: 7 }],
};

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if (message.method === "initialize") {
    say(message.id, {
      protocolVersion: message.params.protocolVersion,
      capabilities: { tools: {} },
      serverInfo: { name: "deals", version: "1.0.0" },
    });
  } else if (message.method === "tools/list") {
    say(message.id, { tools });
  } else if (message.method === "tools/call") {
    const { name, arguments: given } = message.params;
    if (name === "find") {
      const found = JSON.stringify({ total: deals[given.dealStage].length, deals: deals[given.dealStage] });
      say(message.id, { content: [{ type: "text", text: found }] });
    } else if (name === "motto") {
      say(message.id, { content: [{ type: "text", text: "42" }] });
    } else {
      appendFileSync(noted, `${name}\n`);
      say(message.id, { content: [{ type: "text", text: "done" }] });
    }
  }
}
