// A chain of Node-RED function nodes that each append a character. It listens on no port, keeps its flows
// in memory, and reports to nobody.
"use strict";

const http = require("node:http");
const RED = require("node-red");
const drive = require("./drive.cjs");
const runtime = require("./node-red-settings.cjs");

const sinks = {};

const settings = { ...runtime, functionGlobalContext: { sinks } };

const started = (async () => {
  RED.init(http.createServer(), settings);
  await RED.start();
})();

const flows = [];

function code(id, flow, func, next) {
  return { id, z: flow, type: "function", outputs: 1, func, wires: next ? [[next]] : [[]] };
}

async function open(nodes, received) {
  await started;
  const flow = `flow${nodes}`;
  sinks[flow] = received;
  flows.push({ id: flow, type: "tab", label: flow });
  for (let i = 0; i < nodes; i += 1) {
    const next = i + 1 < nodes ? `${flow}-n${i + 1}` : `${flow}-sink`;
    flows.push(code(`${flow}-n${i}`, flow, 'msg.payload += "!"; return msg;', next));
  }
  flows.push(code(`${flow}-sink`, flow, `global.get("sinks").${flow}(msg.payload);`));
  const running = new Promise((done) => RED.events.once("flows:started", done));
  await RED.runtime.flows.setFlows({ flows: { flows }, deploymentType: "full" });
  await running;
  const first = RED.nodes.getNode(`${flow}-n0`);
  return (text) => first.receive({ payload: text });
}

drive(open);
