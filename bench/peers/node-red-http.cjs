// The work of bench/web.py as a flow of Node-RED: http in, a function, http response. It listens on a free
// port of this machine, which it prints, keeps its flow in memory, and reports to nobody.
"use strict";

const http = require("node:http");
const RED = require("node-red");
const runtime = require("./node-red-settings.cjs");

const express = require(require.resolve("express", { paths: [require.resolve("node-red")] }));

const FLOW = [
  { id: "flow", type: "tab", label: "flow" },
  { id: "in", z: "flow", type: "http in", url: "/concat", method: "post", wires: [["join"]] },
  {
    id: "join",
    z: "flow",
    type: "function",
    outputs: 1,
    func: "msg.payload = { output: msg.payload.left + msg.payload.right }; return msg;",
    wires: [["out"]],
  },
  { id: "out", z: "flow", type: "http response", wires: [] },
];

(async () => {
  const app = express();
  const server = http.createServer(app);
  RED.init(server, { ...runtime, httpNodeRoot: "/" });
  app.use(RED.httpNode);
  await RED.start();
  const running = new Promise((done) => RED.events.once("flows:started", done));
  await RED.runtime.flows.setFlows({ flows: { flows: FLOW }, deploymentType: "full" });
  await running;
  server.listen(0, "127.0.0.1", () => process.stdout.write(`${server.address().port}\n`));
})();
