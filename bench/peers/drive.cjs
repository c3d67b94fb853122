// What both drivers share: for each line `{"nodes", "packets", "text"}` on standard input, puts so many
// packets through a chain, checks what comes out, and answers with a line.
"use strict";

const readline = require("node:readline");

// Packets on their way at a time: as many as one of our channels holds.
const WINDOW = 64;

// `open(nodes, received)` makes a chain of so many nodes that calls `received(text)` at its end, and
// gives back `send(text)`; what it needs until then it awaits.
module.exports = async function drive(open) {
  const chains = new Map();
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const { nodes, packets, text } = JSON.parse(line);
    if (!chains.has(nodes)) {
      chains.set(nodes, await chain(open, nodes));
    }
    await pump(chains.get(nodes), packets, text, text + "!".repeat(nodes));
    process.stdout.write(`${packets}\n`);
  }
  process.exit(0);
};

async function chain(open, nodes) {
  const made = { received: null, send: null };
  made.send = await open(nodes, (text) => made.received(text));
  return made;
}

function pump(chain, packets, text, expected) {
  return new Promise((done) => {
    let sent = 0;
    let received = 0;
    let filling = false;
    const fill = () => {
      filling = true;
      while (sent < packets && sent - received < WINDOW) {
        sent += 1;
        chain.send(text);
      }
      filling = false;
    };
    chain.received = (result) => {
      if (result !== expected) {
        throw new Error(`expected ${expected.length} characters, got ${String(result).length}`);
      }
      received += 1;
      if (received === packets) {
        done();
      } else if (!filling) {
        fill();
      }
    };
    fill();
  });
}
