import assert from "node:assert/strict";
import { test } from "node:test";
import { type PublishedTarget, printPublish, printRemoval, printRuleset, printUnpublish } from "./ruleset.ts";

const web: PublishedTarget = {
  protocol: "tcp",
  containerPort: 80,
  hostIp: "0.0.0.0",
  hostPort: 8080,
  address: "172.17.0.2",
};
const names: PublishedTarget = {
  protocol: "udp",
  containerPort: 53,
  hostIp: "127.0.0.1",
  hostPort: 5300,
  address: "172.17.0.2",
};

test("two networks, one internal with its resolver on another port, and two published ports", () => {
  const text = printRuleset({
    table: "berth_0badcafe",
    networks: [
      {
        bridge: "berth0",
        subnet: "172.17.0.0/24",
        gateway: "172.17.0.1",
        internal: false,
        masquerade: true,
        resolverPort: 53,
      },
      {
        bridge: "br-aaaabbbbcccc",
        subnet: "10.9.0.0/24",
        gateway: "10.9.0.1",
        internal: true,
        masquerade: true,
        resolverPort: 5353,
      },
    ],
    published: [web, names],
  });
  assert.equal(
    text,
    `table inet berth_0badcafe
delete table inet berth_0badcafe
table inet berth_0badcafe {
	set bridges {
		type ifname
		elements = { "berth0", "br-aaaabbbbcccc" }
	}
	map published_any {
		type inet_proto . inet_service : ipv4_addr . inet_service
		elements = { tcp . 8080 : 172.17.0.2 . 80 }
	}
	map published_at {
		type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service
		elements = { 127.0.0.1 . udp . 5300 : 172.17.0.2 . 53 }
	}
	map into {
		type ifname : verdict
		elements = { "berth0" : jump into_berth0, "br-aaaabbbbcccc" : jump into_br_2daaaabbbbcccc }
	}
	map from_internal {
		type ifname : verdict
		elements = { "br-aaaabbbbcccc" : jump from_br_2daaaabbbbcccc }
	}
	map to_host {
		type ifname : verdict
		elements = { "br-aaaabbbbcccc" : jump host_br_2daaaabbbbcccc }
	}
	chain into_berth0 {
		iifname "berth0" accept
		ct state established,related accept
		ct status dnat accept
		drop
	}
	chain into_br_2daaaabbbbcccc {
		iifname "br-aaaabbbbcccc" accept
		drop
	}
	chain from_br_2daaaabbbbcccc {
		oifname != "br-aaaabbbbcccc" drop
	}
	chain host_br_2daaaabbbbcccc {
		ct state established,related accept
		ip daddr 10.9.0.1 meta l4proto { tcp, udp } th dport 53 accept
		ip daddr 10.9.0.1 ct status dnat meta l4proto { tcp, udp } accept
		drop
	}
	chain raw {
		type filter hook prerouting priority raw; policy accept;
		iifname @bridges ip daddr 127.0.0.0/8 drop
	}
	chain prerouting {
		type nat hook prerouting priority dstnat; policy accept;
		iifname "br-aaaabbbbcccc" ip daddr 10.9.0.1 meta l4proto { tcp, udp } th dport 53 redirect to :5353
		ip daddr != 127.0.0.0/8 fib daddr type local jump publish
	}
	chain output {
		type nat hook output priority -100; policy accept;
		meta nfproto ipv4 fib daddr type local jump publish
	}
	chain publish {
		dnat ip to ip daddr . meta l4proto . th dport map @published_at
		dnat ip to meta l4proto . th dport map @published_any
	}
	chain forward {
		type filter hook forward priority filter; policy accept;
		iifname vmap @from_internal
		oifname vmap @into
	}
	chain input {
		type filter hook input priority filter; policy accept;
		iifname vmap @to_host
	}
	chain postrouting {
		type nat hook postrouting priority srcnat; policy accept;
		oifname @bridges ip saddr 127.0.0.0/8 masquerade
		oifname "berth0" ip saddr 172.17.0.0/24 ct status dnat masquerade
		oifname != @bridges ip saddr 172.17.0.0/24 masquerade
	}
}
`,
  );
});

test("one mapping more, one less, and all gone", () => {
  assert.equal(
    printPublish("berth", [web, names]),
    `add element inet berth published_any { tcp . 8080 : 172.17.0.2 . 80 }
add element inet berth published_at { 127.0.0.1 . udp . 5300 : 172.17.0.2 . 53 }
`,
  );
  assert.equal(
    printUnpublish("berth", [web]),
    "delete element inet berth published_any { tcp . 8080 : 172.17.0.2 . 80 }\n",
  );
  assert.equal(printRemoval("berth"), "table inet berth\ndelete table inet berth\n");
});
