import assert from "node:assert/strict";
import { test } from "node:test";
import { parseReference, printFamiliar, type Reference } from "../../model/reference.ts";
import { historyOf } from "./describe.ts";
import { imageFilter } from "./image-filter.ts";
import type { Image } from "./image-store.ts";
import { type ImageUser, planRemoval } from "./removal.ts";
import type { Digest } from "./resolved.ts";

const hex = "ab12".repeat(16);
const digest: Digest = `sha256:${"d".repeat(64)}`;

function image(config: Partial<Image["config"]> = {}): Image {
  return {
    id: `sha256:${hex}`,
    layers: [],
    chain: [digest],
    config: {
      architecture: "amd64",
      os: "linux",
      created: "2024-05-01T00:00:00Z",
      rootfs: { type: "layers", diff_ids: [digest] },
      ...config,
    },
  };
}

function references(...names: string[]): Reference[] {
  return names.map((name) => parseReference(name).reference as Reference);
}

/** Shows what removing `name` does to an image with `names`: what is untagged, and `delete`. */
function removal(names: string[], name: string, users: ImageUser[] = [], force = false): string {
  const plan = planRemoval(image(), references(...names), users, {
    name,
    reference: /^[0-9a-f]{12,}$/.test(name) ? undefined : references(name)[0],
    force,
  });
  return [...plan.untag.map(printFamiliar), ...(plan.remove ? ["delete"] : [])].join(" ");
}

const stopped: ImageUser = { id: "c".repeat(64), running: false };
const running: ImageUser = { id: "e".repeat(64), running: true };

test("a name goes alone while there are others, and takes the image with it when it was the last", () => {
  assert.equal(removal(["a:1", "a:2"], "a:1"), "a:1");
  assert.equal(removal(["a:1"], "a:1"), "a:1 delete");
  assert.equal(removal(["a:1", `a@${digest}`], "a:1"), `a:1 a@${digest} delete`);
  assert.equal(removal(["a:1", "b:1", `a@${digest}`], "a:1"), `a:1 a@${digest}`);
  assert.equal(removal(["a:1", "a:2", `a@${digest}`], "a:1"), "a:1");
});

test("an id removes the image with all names of one repository; of several only by force", () => {
  assert.equal(removal(["a:1"], hex.slice(0, 12)), "a:1 delete");
  assert.equal(removal([], hex), "delete");
  assert.throws(
    () => removal(["a:1", "b:1"], hex),
    /\(must be forced\) - image is referenced in multiple repositories/,
  );
  assert.equal(removal(["a:1", "b:1"], hex, [], true), "a:1 b:1 delete");
});

test("containers hold their image: stopped ones until forced, running ones always", () => {
  assert.throws(
    () => removal(["a:1"], "a:1", [stopped]),
    /unable to remove repository reference "a:1" \(must force\) - container cccccccccccc/,
  );
  assert.equal(removal(["a:1"], "a:1", [stopped], true), "a:1 delete");
  assert.equal(removal(["a:1"], "a:1", [running], true), "a:1");
  assert.equal(removal(["a:1", "a:2"], "a:1", [running]), "a:1");
  assert.throws(
    () => removal(["a:1"], hex, [stopped]),
    /\(must be forced\) - image is being used by stopped container cccccccccccc/,
  );
  assert.throws(
    () => removal(["a:1"], hex, [stopped, running], true),
    /\(cannot be forced\) - image is being used by running container eeeeeeeeeeee/,
  );
});

test("filters of images", () => {
  const labelled = image({ config: { Labels: { a: "1" } } });
  const check = (filters: Record<string, string[]>, names: string[] = ["team/app:1", `team/app@${digest}`]) =>
    imageFilter(
      filters,
      () => image({ created: "2024-06-01T00:00:00Z" }),
      Date.parse("2024-05-02T00:00:00Z") / 1000,
    )({
      image: labelled,
      references: references(...names),
    });
  assert.equal(check({ label: ["a"] }), true);
  assert.equal(check({ label: ["a=1", "b"] }), false);
  assert.equal(check({ label: ["constructor"] }), false);
  assert.equal(check({ "label!": ["a"] }), false);
  assert.equal(check({ dangling: ["true"] }), false);
  assert.equal(check({ dangling: ["true"] }, [`team/app@${digest}`]), true);
  assert.equal(check({ reference: ["team/app"] }), true);
  assert.equal(check({ reference: ["team/*:1"] }), true);
  assert.equal(check({ reference: ["*:1"] }), false);
  assert.equal(check({ reference: ["team/ap?"] }), true);
  assert.equal(check({ reference: ["docker.io/team/app:1"] }), true);
  assert.equal(check({ before: ["x"] }), true);
  assert.equal(check({ since: ["x"] }), false);
  assert.equal(check({ until: ["12h"] }), true);
  assert.equal(check({ until: ["48h"] }), false);
  assert.throws(() => check({ color: ["red"] }), /invalid filter 'color'/);
});

test("history pairs steps with layers, newest first", () => {
  const history = [
    { created: "2024-01-01T00:00:00Z", created_by: "COPY a" },
    { created_by: "CMD x", empty_layer: true },
  ];
  const items = historyOf(image({ history }), { references: references("a:1"), layerBytes: () => 7 });
  assert.deepEqual(
    items.map(({ Id, CreatedBy, Size, Tags }) => [Id.slice(0, 11), CreatedBy, Size, Tags?.[0]]),
    [
      ["sha256:ab12", "CMD x", 0, "a:1"],
      ["<missing>", "COPY a", 7, undefined],
    ],
  );
});
