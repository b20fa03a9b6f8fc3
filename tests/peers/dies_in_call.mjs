// An MCP server over standard input and output for one test: in its first `send` it writes the text down
// and dies before it answers, so nobody can know from outside whether the effect happened.
import { appendFileSync, existsSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

const [sent, marker] = process.argv.slice(2);
const say = (id, result) => console.log(JSON.stringify({ jsonrpc: "2.0", id, result }));

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if (message.method === "initialize") {
    say(message.id, {
      protocolVersion: message.params.protocolVersion,
      capabilities: { tools: {} },
      serverInfo: { name: "post", version: "1.0.0" },
    });
  } else if (message.method === "tools/list") {
    const text = { type: "string" };
    const inputSchema = { type: "object", properties: { text }, required: ["text"] };
    say(message.id, { tools: [{ name: "send", description: "Sends a text", inputSchema }] });
  } else if (message.method === "tools/call") {
    appendFileSync(sent, `${message.params.arguments.text}\n`);
    if (!existsSync(marker)) {
      writeFileSync(marker, "died once");
      process.exit(1);
    }
    say(message.id, { content: [{ type: "text", text: "sent" }] });
  }
}
