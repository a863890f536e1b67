import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type ContainerResolvers,
  containerResolvConf,
  ownHostsEntry,
  parseExtraHost,
  parseResolvConf,
  printHosts,
  printResolvConf,
} from "./name-files.ts";

function conf(host: string, change: Partial<ContainerResolvers> = {}): string {
  const wanted = { resolvers: [], fallback: "172.17.0.1", dns: [], dnsSearch: [], dnsOptions: [], ...change };
  return printResolvConf(containerResolvConf(parseResolvConf(host), wanted));
}

const office =
  "# by hand\nnameserver 10.1.1.1 ; first\nnameserver ::1\ndomain old\nsearch corp.example lab\noptions ndots:2\n";

test("a container on the default bridge gets the host's nameservers that it can reach", () => {
  assert.equal(conf(office), "nameserver 10.1.1.1\nsearch corp.example lab\noptions ndots:2\n");
  assert.equal(conf("nameserver 127.0.0.53\n"), "nameserver 172.17.0.1\n");
  assert.equal(conf("nameserver fe80::1%eth0\nnameserver bogus\n"), "nameserver 172.17.0.1\n");
  assert.equal(
    conf("nameserver 10.0.0.1\nnameserver 10.0.0.2\nnameserver 10.0.0.3\nnameserver 10.0.0.4\n").split("\n")
      .length,
    4,
  );
});

test("own settings win; where containers have names the engine's resolver answers", () => {
  const own = { dns: ["9.9.9.9"], dnsSearch: ["."], dnsOptions: ["timeout:1"] };
  assert.equal(conf(office, own), "nameserver 9.9.9.9\noptions timeout:1\n");
  assert.equal(
    conf(office, { ...own, resolvers: ["172.18.0.1"] }),
    "nameserver 172.18.0.1\noptions timeout:1\n",
  );
});

test("hosts: extra names, then the container's own", () => {
  const extra = ["db:10.0.0.9", "up=host-gateway", "six:[fd00::1]", "bad", "bad:name"].flatMap(
    (text) => parseExtraHost(text, "172.17.0.1") ?? [],
  );
  const text = printHosts([...extra, ownHostsEntry("172.18.0.2", "web", "lab.example")]);
  assert.equal(
    text,
    `127.0.0.1	localhost
::1	localhost ip6-localhost ip6-loopback
fe00::	ip6-localnet
ff00::	ip6-mcastprefix
ff02::1	ip6-allnodes
ff02::2	ip6-allrouters
10.0.0.9	db
172.17.0.1	up
fd00::1	six
172.18.0.2	web.lab.example web
`,
  );
});
