// A chain of NoFlo components that each append a character.
"use strict";

const noflo = require("noflo");
const drive = require("./drive.cjs");

function append() {
  return new noflo.Component({
    inPorts: { in: { datatype: "string" } },
    outPorts: { out: { datatype: "string" } },
    process(input, output) {
      if (input.hasData("in")) {
        output.sendDone({ out: `${input.getData("in")}!` });
      }
    },
  });
}

async function open(nodes, received) {
  const loader = new noflo.ComponentLoader(__dirname);
  await loader.listComponents();
  loader.registerComponent("bench", "Append", append);
  const graph = noflo.graph.createGraph("chain");
  for (let i = 0; i < nodes; i += 1) {
    graph.addNode(`n${i}`, "bench/Append");
    if (i > 0) {
      graph.addEdge(`n${i - 1}`, "out", `n${i}`, "in");
    }
  }
  const options = { componentLoader: loader, delay: true, subscribeGraph: false };
  const network = await noflo.createNetwork(graph, options);
  await network.connect();
  const [into, outOf] = [noflo.internalSocket.createSocket(), noflo.internalSocket.createSocket()];
  network.getNode("n0").component.inPorts.in.attach(into);
  network.getNode(`n${nodes - 1}`).component.outPorts.out.attach(outOf);
  outOf.on("ip", (packet) => {
    if (packet.type === "data") {
      received(packet.data);
    }
  });
  await network.start();
  return (text) => into.post(new noflo.IP("data", text));
}

drive(open);
