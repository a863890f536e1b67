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
        subnets: ["172.17.0.0/24", "fd00:17::/64"],
        gateway: "172.17.0.1",
        internal: false,
        masquerade: true,
        hostIpv4: undefined,
        hostIpv6: "2001:db8::7",
        trustedLinks: ["wg0"],
        resolverPort: 53,
      },
      {
        bridge: "br-aaaabbbbcccc",
        subnets: ["10.9.0.0/24", "fd00:9::/64"],
        gateway: "10.9.0.1",
        internal: true,
        masquerade: true,
        hostIpv4: undefined,
        hostIpv6: undefined,
        trustedLinks: [],
        resolverPort: 5353,
      },
    ],
    published: [web, { ...web, hostIp: "::", address: "fd00:9::2" }, names],
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
	map published_any6 {
		type inet_proto . inet_service : ipv6_addr . inet_service
		elements = { tcp . 8080 : fd00:9::2 . 80 }
	}
	map published_at6 {
		type ipv6_addr . inet_proto . inet_service : ipv6_addr . inet_service
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
		iifname "wg0" accept
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
		icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
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
		ip6 daddr != ::1 fib daddr type local jump publish
	}
	chain output {
		type nat hook output priority -100; policy accept;
		fib daddr type local jump publish
	}
	chain loopback6 {
		type filter hook output priority filter; policy accept;
		ip6 saddr ::1 ct status dnat meta l4proto tcp reject with tcp reset
		ip6 saddr ::1 ct status dnat reject
	}
	chain publish {
		dnat ip to ip daddr . meta l4proto . th dport map @published_at
		dnat ip to meta l4proto . th dport map @published_any
		dnat ip6 to ip6 daddr . meta l4proto . th dport map @published_at6
		dnat ip6 to meta l4proto . th dport map @published_any6
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
		oifname "berth0" ip6 saddr fd00:17::/64 ct status dnat masquerade
		oifname != @bridges ip6 saddr fd00:17::/64 snat ip6 to 2001:db8::7
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
