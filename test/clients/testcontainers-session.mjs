// What a user of testcontainers for Node writes. Run by node-clients.root.test.ts where it is installed; any failure ends it.
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const { GenericContainer, Network, Wait } = createRequire(`${process.cwd()}/`)("testcontainers");

const serve = "mkdir /www; echo tested > /www/index.html; echo listening; exec httpd -f -p 8080 -h /www";
const network = await new Network().start();
const web = await new GenericContainer("busybox:latest")
  .withCommand(["sh", "-c", serve])
  .withExposedPorts(8080)
  .withNetwork(network)
  .withNetworkAliases("web")
  .withEnvironment({ WHO: "tester" })
  .withLabels({ kind: "test" })
  .withTmpFs({ "/scratch": "rw" })
  .withCopyContentToContainer([{ content: "given", target: "/given" }])
  .withWaitStrategy(Wait.forHttp("/index.html", 8080))
  .start();
const address = `http://${web.getHost()}:${web.getMappedPort(8080)}/index.html`;
assert.equal(await (await fetch(address)).text(), "tested\n");
const run = await web.exec(["sh", "-c", "cat /given; echo $WHO"]);
assert.deepEqual([run.exitCode, run.output], [0, "giventester\n"]);
console.log("ok http, exec, content");

const client = await new GenericContainer("busybox")
  .withCommand(["sh", "-c", "wget -qO- http://web:8080/ && echo fetched; exec sleep 1000"])
  .withNetwork(network)
  .withWaitStrategy(Wait.forLogMessage("fetched"))
  .start();
// testcontainers unrefs the connection of logs: it does not keep this program running.
const running = setInterval(() => {}, 1000);
const logs = await client.logs();
const said = await new Promise((resolve) => {
  let text = "";
  logs.on("data", (chunk) => {
    text += chunk;
    if (text.includes("fetched")) resolve(text);
  });
});
clearInterval(running);
assert.match(said, /tested\nfetched/);
const listening = await new GenericContainer("busybox")
  .withCommand(["sh", "-c", "exec httpd -f -p 80"])
  .withExposedPorts(80)
  .withHealthCheck({ test: ["CMD", "true"], interval: 200, timeout: 1000, retries: 3 })
  .withWaitStrategy(Wait.forAll([Wait.forListeningPorts(), Wait.forHealthCheck()]))
  .start();
await listening.restart();
console.log("ok networks, logs, ports, health");

await Promise.all([client.stop(), web.stop(), listening.stop()]);
await network.stop();
console.log("ok end");
process.exit(0);
