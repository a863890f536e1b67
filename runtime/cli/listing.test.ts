import assert from "node:assert/strict";
import { test } from "node:test";
import { type Listing, labelFields, printListing } from "./listing.ts";

const listing: Listing<"ID" | "Names" | "Labels"> = {
  titles: { ID: "CONTAINER ID", Names: "NAMES", Labels: "LABELS" },
  columns: ["ID", "Names"],
};
const rows = [
  { ID: "1", Names: "web", ...labelFields({ "com.example.tier": "front", a: "b" }) },
  { ID: "2", Names: "db", ...labelFields(null) },
];

test("a listing as table, with a template, as JSON", () => {
  assert.equal(
    printListing(listing, rows, undefined),
    "CONTAINER ID   NAMES\n1              web\n2              db\n",
  );
  assert.equal(printListing(listing, rows, "table"), printListing(listing, rows, undefined));
  assert.equal(
    printListing(listing, rows, 'table {{.Names}}\\t{{.Label "com.example.tier"}}'),
    "NAMES     TIER\nweb       front\ndb\n",
  );
  assert.equal(printListing(listing, rows, "{{.ID}}:{{.Labels}}"), "1:a=b,com.example.tier=front\n2:\n");
  assert.equal(
    printListing(listing, rows, "json"),
    '{"ID":"1","Names":"web","Labels":"a=b,com.example.tier=front"}\n{"ID":"2","Names":"db","Labels":""}\n',
  );
  assert.throws(
    () => printListing(listing, rows, "{{.Name}}"),
    /there is no \.Name; there are ID, Names, Labels/,
  );
});
